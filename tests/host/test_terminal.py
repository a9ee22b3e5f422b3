# SPDX-License-Identifier: MIT
"""The Ctrl-A commands of the console."""

from debug.host.terminal import EscapeFilter


def test_what_is_typed_reaches_the_guest() -> None:
    escape = EscapeFilter()
    assert escape.feed(b"ls\r\x03") == b"ls\r\x03"
    assert not escape.wants_to_leave


def test_escape_twice_sends_one() -> None:
    assert EscapeFilter().feed(b"a\x01\x01b") == b"a\x01b"


def test_escape_x_leaves_and_drops_the_rest() -> None:
    escape = EscapeFilter()
    assert escape.feed(b"a\x01") == b"a"
    assert escape.feed(b"xb") == b""
    assert escape.wants_to_leave


def test_other_keys_after_the_escape_are_swallowed() -> None:
    escape = EscapeFilter()
    assert escape.feed(b"\x01qz") == b"z"
    assert not escape.wants_to_leave
