# SPDX-License-Identifier: MIT
"""Breakpoints in Bochs's debugger, and its defect with more than one CPU.

Bochs 2.7 lets its CPUs take turns of five instructions. An instruction that would be the first
of a turn is not compared with the breakpoints: one hit in five is missed. So an instruction
that can be taken back (a function's first one: a push, room made on the stack, endbr64) gets a
second breakpoint, the late one, behind it. A CPU that stops there has run through the first:
its instruction is taken back. With one CPU nothing is missed.

Limit: a breakpoint on any other instruction still misses one hit in five when CPUs are several.
"""

import re
from typing import Callable, Optional

from debug.host.emulators.bochs_debugger import BochsDebugger

ENDBR64 = b"\xf3\x0f\x1e\xfa"
LONGEST = 7  # bytes of an instruction that can be taken back
Reader = Callable[[int, int], bytes]  # bytes at an address, fewer where nothing is mapped


def undo(code: bytes) -> Optional[tuple[int, int]]:
    """Length of the first instruction, and what to add to RSP, to take it back; or None.

    Encodings: Intel SDM vol. 2, PUSH, SUB and ENDBR64.
    """
    if code[:1] and 0x50 <= code[0] <= 0x57:
        return 1, 8
    if code[:1] == b"\x41" and len(code) > 1 and 0x50 <= code[1] <= 0x57:
        return 2, 8
    if code[:3] == b"\x48\x83\xec" and len(code) > 3:
        return 4, int.from_bytes(code[3:4], "little", signed=True)
    if code[:3] == b"\x48\x81\xec" and len(code) >= LONGEST:
        return 7, int.from_bytes(code[3:7], "little", signed=True)
    return (4, 0) if code[:4] == ENDBR64 else None


class BochsBreakpoints:
    """What is planted in one machine. Used only while it is stopped."""

    def __init__(self, debugger: BochsDebugger, cpu_count: int, read: Reader) -> None:
        self._debugger = debugger
        self._is_unreliable = cpu_count > 1
        self._read = read
        self._numbers: dict[int, list[int]] = {}  # by address: the debugger's numbers
        self._late: dict[int, int] = {}  # the debugger's number: the address it stands for

    def insert(self, address: int) -> bool:
        """Plant one; False when the debugger has no room."""
        if address in self._numbers:
            return True
        number = self._plant(address)
        if number is None:
            return False
        self._numbers[address] = [number]
        late = self._late_place(address) if self._is_unreliable else None
        late_number = self._plant(late) if late is not None else None
        if late_number is not None:
            self._numbers[address].append(late_number)
            self._late[late_number] = address
        return True

    def _late_place(self, address: int) -> Optional[int]:
        code = self._read(address, LONGEST)
        if not code:  # not there yet: a function that will be loaded begins with a push
            return address + 1
        found = undo(code)
        return address + found[0] if found else None

    def _plant(self, address: int) -> Optional[int]:
        self._debugger.command(f"lb {address:#x}")
        listing = self._debugger.command("blist")
        numbers = re.findall(rf"(?m)^ *(\d+) lbreakpoint .* 0x0*{address:x} ", listing)
        return int(numbers[-1]) if numbers else None

    def remove(self, address: int) -> None:
        """Take one away; nothing when there is none."""
        for number in self._numbers.pop(address, []):
            self._debugger.command(f"d {number}")
            self._late.pop(number, None)

    def remove_all(self) -> None:
        """Take every one away."""
        for address in list(self._numbers):
            self.remove(address)

    def take_back(self, words: str) -> bool:
        """The machine has stopped, saying these words: put a CPU that ran through one back on it.

        The CPU that stopped is the chosen one. False when the stop means nothing: a late place
        that was reached on another way.
        """
        match = re.search(r"(?m)^\(\d+\) Breakpoint (\d+),", words)
        if match is None or int(match[1]) not in self._late:
            return True
        address = self._late[int(match[1])]
        found = undo(self._read(address, LONGEST))
        if found is None:
            return False
        stack = re.search(r"(?m)^rsp: ([0-9a-f_]+)", self._debugger.command("regs"))
        assert stack is not None
        pointer = int(stack[1].replace("_", ""), 16) + found[1]
        self._debugger.command(f"set rsp = {pointer:#x}")
        self._debugger.command(f"set rip = {address:#x}")
        return True
