# SPDX-License-Identifier: MIT
"""The debug link's host end, without a machine."""

import re

from hypothesis import given
from hypothesis import strategies as st

from debug.host import link
from debug.host.paths import ROOT

FRAMES = st.lists(
    st.builds(
        link.Frame,
        st.sampled_from(sorted(link.CHANNELS.values())),
        st.binary(max_size=300),
    ),
    max_size=8,
)


def encode_all(frames: list[link.Frame]) -> bytes:
    """The frames as they follow each other on the wire."""
    return b"".join(link.encode(frame.channel, frame.payload) for frame in frames)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data in pieces of these sizes, the rest in one."""
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return pieces + [data]


def test_every_line_of_link_def_is_a_channel_with_its_own_number() -> None:
    text = (ROOT / "debug/link.def").read_text()
    assert len(link.CHANNELS) == len(re.findall("^LINK_CHANNEL", text, re.MULTILINE))
    assert len(set(link.CHANNELS.values())) == len(link.CHANNELS)


def test_the_host_and_the_kernel_agree_on_magic_and_largest_payload() -> None:
    header = (ROOT / "debug/kernel/link.h").read_text()
    values = dict(re.findall(r"(LINK_\w+) = (\w+),", header))
    assert int(values["LINK_MAGIC"], 0) == link.MAGIC
    assert int(values["LINK_PAYLOAD_MAX"], 0) == link.PAYLOAD_MAX


@given(FRAMES, st.lists(st.integers(0, 40), max_size=30))
def test_frames_survive_any_cut_of_the_stream(frames: list[link.Frame], sizes: list[int]) -> None:
    decoder = link.Decoder()
    received = []
    for piece in cut(encode_all(frames), sizes):
        received += decoder.feed(piece)
    assert received == frames
    assert decoder.skipped == 0


@given(st.binary(max_size=64).filter(lambda data: b"V" not in data), FRAMES)
def test_garbage_before_frames_is_skipped_and_counted(
    garbage: bytes, frames: list[link.Frame]
) -> None:
    decoder = link.Decoder()
    assert decoder.feed(garbage + encode_all(frames)) == frames
    assert decoder.skipped == len(garbage)


@given(st.binary(max_size=2000), st.lists(st.integers(0, 40), max_size=30))
def test_no_stream_breaks_the_decoder(data: bytes, sizes: list[int]) -> None:
    whole, pieces = link.Decoder(), link.Decoder()
    frames = whole.feed(data)
    assert sum(map(pieces.feed, cut(data, sizes)), []) == frames
    assert whole.skipped == pieces.skipped
    assert len(encode_all(frames)) + whole.skipped <= len(data)


def test_a_magic_byte_with_a_wrong_header_does_not_hide_the_frame_behind_it() -> None:
    decoder = link.Decoder()
    assert decoder.feed(b"V\xff\x00\x00V" + link.encode(link.EXIT, b"3")) == [
        link.Frame(link.EXIT, b"3")
    ]
    assert decoder.skipped == 5
