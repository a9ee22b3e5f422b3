# SPDX-License-Identifier: MIT
"""The framing of GDB's remote protocol, against a GDB that is a socket."""

import socket
from typing import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debug.host.rsp import ENDED, INTERRUPT, RspConnection, checksum, unescape

Ends = tuple[socket.socket, RspConnection]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """GDB's end, and ours."""
    near, far = socket.socketpair()
    near.settimeout(5)
    far.settimeout(5)
    with near, far:
        yield near, RspConnection(far)


def packet(payload: bytes) -> bytes:
    """As GDB sends it."""
    return b"$" + payload + b"#" + checksum(payload)


def test_a_packet_is_acknowledged_and_taken(ends: Ends) -> None:
    gdb, ours = ends
    gdb.sendall(packet(b"qSupported"))
    assert ours.receive() == b"qSupported"
    assert gdb.recv(10) == b"+"


def test_a_packet_may_arrive_in_pieces_with_another_behind_it(ends: Ends) -> None:
    gdb, ours = ends
    whole = packet(b"m1000,4") + packet(b"g")
    gdb.sendall(whole[:5])
    gdb.sendall(whole[5:])
    assert ours.receive() == b"m1000,4"
    assert ours.receive() == b"g"


def test_a_damaged_packet_is_asked_for_again(ends: Ends) -> None:
    gdb, ours = ends
    gdb.sendall(b"$g#00" + packet(b"g"))
    assert ours.receive() == b"g"
    assert gdb.recv(10) == b"-+"


def test_an_answer_is_sent_again_when_gdb_asks(ends: Ends) -> None:
    gdb, ours = ends
    ours.send(b"OK")
    gdb.sendall(b"-" + packet(b"?"))
    assert ours.receive() == b"?"
    assert gdb.recv(100) == packet(b"OK") + packet(b"OK") + b"+"


def test_nothing_is_acknowledged_when_gdb_does_not_want_it(ends: Ends) -> None:
    gdb, ours = ends
    ours.stop_acknowledging()
    gdb.sendall(packet(b"g"))
    assert ours.receive() == b"g"
    ours.send(b"OK")
    assert gdb.recv(10) == packet(b"OK")


def test_an_interrupt_comes_outside_packets_only(ends: Ends) -> None:
    gdb, ours = ends
    gdb.sendall(b"\x03" + packet(b"X0,1:\x03"))
    assert ours.receive() is INTERRUPT
    assert ours.receive() == b"X0,1:\x03"


def test_the_end_of_the_connection_is_told(ends: Ends) -> None:
    gdb, ours = ends
    gdb.close()
    assert ours.receive() is ENDED


@given(st.binary(max_size=200))
def test_escaped_bytes_come_back(data: bytes) -> None:
    sent = b"".join(
        bytes([0x7D, byte ^ 0x20]) if byte in b"#$}*" else bytes([byte]) for byte in data
    )
    assert unescape(sent) == data
