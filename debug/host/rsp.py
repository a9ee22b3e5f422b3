# SPDX-License-Identifier: MIT
"""GDB's remote serial protocol, the framing: packets with their sums, acknowledged, in and out.

GDB manual, appendix E.1 "Overview" and E.4 "Interrupts". What packets mean is the target's
affair. Run-length encoding is not used; in binary data 0x7d escapes.
"""

import socket
from typing import Union

INTERRUPT_BYTE = 0x03
ESCAPE = 0x7D
ESCAPE_MASK = 0x20
RECEIVE_SIZE = 65536


class Interrupt:
    """GDB's Ctrl-C, which comes outside packets."""


class Ended:
    """GDB has gone."""


INTERRUPT = Interrupt()
ENDED = Ended()
Item = Union[bytes, Interrupt, Ended]


def checksum(payload: bytes) -> bytes:
    """The two digits after `#`."""
    return b"%02x" % (sum(payload) & 0xFF)


def unescape(data: bytes) -> bytes:
    """Binary data of a packet as it was meant."""
    result = bytearray()
    is_escaped = False
    for byte in data:
        if is_escaped:
            result.append(byte ^ ESCAPE_MASK)
            is_escaped = False
        elif byte == ESCAPE:
            is_escaped = True
        else:
            result.append(byte)
    return bytes(result)


class RspConnection:
    """The stub's end of one connection with GDB."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._received = bytearray()
        self._acknowledges = True
        self._last_sent = b""

    @property
    def has_input(self) -> bool:
        """Whether `receive` may find something without reading from the connection."""
        return bool(self._received)

    def stop_acknowledging(self) -> None:
        """From here on as after QStartNoAckMode."""
        self._acknowledges = False

    def send(self, payload: bytes) -> None:
        """One packet."""
        self._last_sent = b"$" + payload + b"#" + checksum(payload)
        self.connection.sendall(self._last_sent)

    def receive(self) -> Item:
        """The next packet's payload, an interrupt, or the end. Waits for it."""
        while True:
            item = self._take_item()
            if item is not None:
                return item
            try:
                data = self.connection.recv(RECEIVE_SIZE)
            except ConnectionResetError:
                data = b""
            if not data:
                return ENDED
            self._received += data

    def _take_item(self) -> Item | None:
        received = self._received
        while received:
            first = received[0]
            if first == INTERRUPT_BYTE:
                del received[0]
                return INTERRUPT
            if first == ord("$"):
                end = received.find(b"#")
                if end < 0 or len(received) < end + 3:
                    return None
                payload, digits = bytes(received[1:end]), bytes(received[end + 1 : end + 3])
                del received[: end + 3]
                if not self._acknowledges:
                    return payload
                is_right = digits.lower() == checksum(payload)
                self.connection.sendall(b"+" if is_right else b"-")
                if is_right:
                    return payload
            else:
                del received[0]
                if first == ord("-") and self._acknowledges:
                    self.connection.sendall(self._last_sent)
        return None
