# SPDX-License-Identifier: MIT
"""What the bridge makes of Bochs's words, without a Bochs."""

import xml.dom.minidom
from typing import Optional

import pytest

from debug.host import bochs_registers
from debug.host.bochs_breakpoints import undo

REGS = """\
CPU0:
rax: ffffffff_8017dbc0
r8 : 00000000_00000008
rip: ffffffff_8010d0f0
eflags 0x00000046: id vip vif ac vm rf nt IOPL=0 of df if tf sf ZF af PF cf
"""
SREG = "es:0x0010, dh=0x00cf9300, dl=0x0000ffff, valid=1\ncs:0x0008, dh=0x00af9b00, valid=1\n"
CREG = "CR0=0x80010033: PG cd\nCR2=page fault laddr=0x0000000000584980\nCR3=0x00000018d000\n"
CREG += (
    "    PCD=page-level cache disable=0\nCR4=0x003406a0: pks\nCR8: 0x0\nEFER=0x00000d01: ffxsr\n"
)
FPU = "FPU = {\n  cwd = 0x037f\n  st0 = {\n    exp = 0x3fff\n"
FPU += "    fraction = 0x8000000000000000\n  }\n}"
SSE = "SSE = {\n  mxcsr = 0x00001f80\n  xmm00_0 = 0x5e2343\n  xmm00_1 = 0x1\n}\n"
ANSWERS = {
    "regs": REGS,
    "sreg": SREG,
    "creg": CREG,
    'show "cpu1.FPU"': FPU,
    'show "cpu1.SSE"': SSE,
    'show "cpu1.GS"': "GS = {\n  selector = 0x0\n  base = 0xffffffff8017dbc0\n}\n",
    'show "cpu1.MSR"': "MSR = {\n  apicbase = 0xfee00900\n  kernelgsbase = 0x7f00\n}\n",
}


def read(name: str) -> Optional[int]:
    """The value of a register among ANSWERS."""
    values = bochs_registers.read_all(lambda command: ANSWERS.get(command, ""), 1)
    for register, value in zip(bochs_registers.TABLE, values):
        if register.name == name:
            return None if value is None else int.from_bytes(value, "little")
    raise KeyError(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rax", 0xFFFFFFFF8017DBC0),
        ("r8", 8),
        ("rip", 0xFFFFFFFF8010D0F0),
        ("eflags", 0x46),
        ("cs", 8),
        ("es", 0x10),
        ("cr0", 0x80010033),
        ("cr2", 0x584980),
        ("cr3", 0x18D000),
        ("cr8", 0),
        ("efer", 0xD01),
        ("st0", 0x3FFF8000000000000000),
        ("fctrl", 0x37F),
        ("mxcsr", 0x1F80),
        ("xmm0", 1 << 64 | 0x5E2343),
        ("gs_base", 0xFFFFFFFF8017DBC0),
        ("k_gs_base", 0x7F00),
        ("rbx", None),
    ],
)
def test_a_register_is_found_in_the_debuggers_words(name: str, value: Optional[int]) -> None:
    assert read(name) == value


def test_a_register_that_is_not_told_is_unavailable_not_zero() -> None:
    values = bochs_registers.read_all(lambda command: "", 0)
    sizes = sum(register.bits // 4 for register in bochs_registers.TABLE)
    assert bochs_registers.encode(values) == b"x" * sizes


def test_the_target_description_has_every_register_in_order() -> None:
    tree = xml.dom.minidom.parseString(bochs_registers.target_description())
    names = [element.getAttribute("name") for element in tree.getElementsByTagName("reg")]
    assert names == [register.name for register in bochs_registers.TABLE]


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("55 48 89 e5", (1, 8)),  # push %rbp
        ("41 57 41 56", (2, 8)),  # push %r15
        ("48 83 ec 18", (4, 0x18)),  # sub $0x18,%rsp
        ("48 83 ec 80", (4, -0x80)),
        ("48 81 ec 00 01 00 00", (7, 0x100)),
        ("f3 0f 1e fa", (4, 0)),  # endbr64
        ("31 c0 c3", None),  # xor %eax,%eax: what EAX was is lost
        ("41", None),
        ("48 81 ec 00", None),  # the rest is not mapped
        ("", None),
    ],
)
def test_only_instructions_without_a_trace_are_taken_back(
    code: str, result: Optional[tuple[int, int]]
) -> None:
    assert undo(bytes.fromhex(code)) == result
