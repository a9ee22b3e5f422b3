# SPDX-License-Identifier: MIT
"""The debug link's host end: frames on COM2, taken apart and put together.

The channels are read from debug/link.def, where the kernel reads them too. A frame is MAGIC,
channel (one byte), payload length (uint16_t, little endian), payload. A decoder that meets
bytes which are no frame skips them one at a time, counts them and goes on.
"""

import re
import struct
from dataclasses import dataclass

from debug.host.paths import ROOT

MAGIC = ord("V")
PAYLOAD_MAX = 4096
HEADER = struct.Struct("<BBH")


def read_channels(text: str) -> dict[str, int]:
    """Channel numbers by name from the text of link.def."""
    lines = re.findall(r'^LINK_CHANNEL\((\w+), (\d+), ".*"\)$', text, re.MULTILINE)
    return {name: int(number) for name, number in lines}


CHANNELS = read_channels((ROOT / "debug/link.def").read_text())
LOG = CHANNELS["LOG"]
STDOUT = CHANNELS["STDOUT"]
STDERR = CHANNELS["STDERR"]
STDIN = CHANNELS["STDIN"]
STDIN_WANT = CHANNELS["STDIN_WANT"]
EXIT = CHANNELS["EXIT"]
PANIC = CHANNELS["PANIC"]


@dataclass(frozen=True)
class Frame:
    """One message of one channel."""

    channel: int
    payload: bytes


def encode(channel: int, payload: bytes) -> bytes:
    """The bytes of one frame."""
    if len(payload) > PAYLOAD_MAX:
        raise ValueError(f"a frame takes at most {PAYLOAD_MAX} bytes, not {len(payload)}")
    return HEADER.pack(MAGIC, channel, len(payload)) + payload


class Decoder:
    """Turns the byte stream into frames. `skipped` counts the bytes outside of any frame."""

    def __init__(self) -> None:
        self.skipped = 0
        self._pending = bytearray()
        self._known = frozenset(CHANNELS.values())

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes in, return the frames that they complete."""
        self._pending += data
        frames: list[Frame] = []
        at = 0
        while True:
            start = self._pending.find(MAGIC, at)
            self.skipped += (len(self._pending) if start < 0 else start) - at
            at = len(self._pending) if start < 0 else start
            if len(self._pending) - at < HEADER.size:
                break
            _, channel, size = HEADER.unpack_from(self._pending, at)
            if channel not in self._known or size > PAYLOAD_MAX:
                self.skipped += 1
                at += 1
                continue
            end = at + HEADER.size + size
            if end > len(self._pending):
                break
            frames.append(Frame(channel, bytes(self._pending[at + HEADER.size : end])))
            at = end
        del self._pending[:at]
        return frames
