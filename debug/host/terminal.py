# SPDX-License-Identifier: MIT
"""The user's terminal while the guest has it: raw, and always given back as it was."""

import os
import termios
import tty
from types import TracebackType
from typing import Optional, Type

ESCAPE = 0x01  # Ctrl-A
LEAVE = ord("x")


class RawTerminal:
    """Raw mode for the length of a `with` block; nothing without a terminal."""

    def __init__(self, descriptor: Optional[int]) -> None:
        self.descriptor = descriptor

    def __enter__(self) -> "RawTerminal":
        if self.descriptor is not None:
            self._saved = termios.tcgetattr(self.descriptor)
            tty.setraw(self.descriptor)
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self.descriptor is not None:
            termios.tcsetattr(self.descriptor, termios.TCSADRAIN, self._saved)


class EscapeFilter:
    """Takes the Ctrl-A commands out of what is typed: Ctrl-A x leaves, twice sends one."""

    def __init__(self) -> None:
        self.wants_to_leave = False
        self._is_escaped = False

    def feed(self, data: bytes) -> bytes:
        """What of the typed bytes is for the guest."""
        passed = bytearray()
        for byte in data:
            if not self._is_escaped:
                self._is_escaped = byte == ESCAPE
                if byte != ESCAPE:
                    passed.append(byte)
                continue
            self._is_escaped = False
            if byte == LEAVE:
                self.wants_to_leave = True
                break
            if byte == ESCAPE:
                passed.append(ESCAPE)
        return bytes(passed)


def terminal_environment(descriptor: int) -> dict[str, str]:
    """What the guest should know of the terminal."""
    size = os.get_terminal_size(descriptor)
    return {
        "TERM": os.environ.get("TERM", "linux"),
        "VITRINE_ROWS": str(size.lines),
        "VITRINE_COLS": str(size.columns),
    }
