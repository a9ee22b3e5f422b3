# SPDX-License-Identifier: MIT
"""A CPU's registers as GDB wants them, from what Bochs's debugger prints.

One table says which registers there are, in GDB's order for x86-64 (the features of the GDB
manual, G.5.6 "i386 Features", and one of ours for the system registers, as QEMU names them),
and where each one's value stands in the debugger's words. The target description and the
packets are derived from it.
"""

import re
from dataclasses import dataclass
from typing import Callable, Optional

GENERAL = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split()
SEGMENTS = "cs ss ds es fs gs".split()
X87_CONTROL = {
    "fctrl": "cwd",
    "fstat": "swd",
    "ftag": "twd",
    "fiseg": "fcs",
    "fioff": "fip",
    "foseg": "fds",
    "fooff": "fdp",
    "fop": "foo",
}
FLAGS = "cf:0 pf:2 af:4 zf:6 sf:7 tf:8 if:9 df:10 of:11 nt:14 rf:16 vm:17 ac:18 id:21".split()

Ask = Callable[[str], str]  # a debugger command in, its words out


@dataclass(frozen=True)
class Register:
    """One register: GDB's name, size and type, and who knows its value."""

    name: str
    bits: int
    type: str
    feature: str
    source: str  # the debugger's command; {cpu} is the CPU's number
    pattern: str  # group 1 is the value, in hexadecimal; more groups go above it
    setter: Optional[str] = None  # its name for the debugger's `set`


def parameter(name: str) -> str:
    """The pattern of a value in the parameter tree."""
    return rf"(?m)^\s*{name} = 0x([0-9a-f]+)$"


def make_table() -> list[Register]:
    """Every register, in the order of the target description."""
    core, sse, system = "core", "sse", "system"
    table = []
    for name in GENERAL:
        kind = {"rip": "code_ptr", "rsp": "data_ptr", "rbp": "data_ptr"}.get(name, "int64")
        pattern = rf"(?m)^{name} *: *([0-9a-f_]+)"
        table.append(Register(name, 64, kind, core, "regs", pattern, name))
    table.append(
        Register("eflags", 32, "i386_eflags", core, "regs", r"eflags 0x([0-9a-f]+)", "eflags")
    )
    for name in SEGMENTS:
        table.append(Register(name, 32, "int32", core, "sreg", rf"(?m)^{name}:0x([0-9a-f]+)"))
    fpu = 'show "cpu{cpu}.FPU"'
    for index in range(8):
        pattern = rf"st{index} = {{\s*exp = 0x([0-9a-f]+)\s*fraction = 0x([0-9a-f]+)"
        table.append(Register(f"st{index}", 80, "i387_ext", core, fpu, pattern))
    for name, bochs_name in X87_CONTROL.items():
        table.append(Register(name, 32, "int", core, fpu, parameter(bochs_name)))
    vectors = 'show "cpu{cpu}.SSE"'
    for index in range(16):
        low, high = (rf"xmm{index:02}_{half} = 0x([0-9a-f]+)\s" for half in (0, 1))
        table.append(Register(f"xmm{index}", 128, "vec128", sse, vectors, rf"{low}+{high}"))
    table.append(Register("mxcsr", 32, "i386_mxcsr", sse, vectors, parameter("mxcsr")))
    for name, path in (("fs_base", "FS"), ("gs_base", "GS"), ("k_gs_base", "MSR")):
        field = "kernelgsbase" if path == "MSR" else "base"
        show = f'show "cpu{{cpu}}.{path}"'
        table.append(Register(name, 64, "int64", system, show, parameter(field)))
    for name in ("cr0", "cr2", "cr3", "cr4", "cr8", "efer"):
        pattern = rf"{name.upper()}[=:](?:page fault laddr=)? ?0x([0-9a-f]+)"
        table.append(Register(name, 64, "int64", system, "creg", pattern))
    return table


TABLE = make_table()


def as_bytes(register: Register, match: re.Match[str]) -> bytes:
    """The value in GDB's byte order."""
    parts = [int(part.replace("_", ""), 16) for part in match.groups()]
    value = parts[0]
    if register.bits == 80:
        value = parts[0] << 64 | parts[1]
    elif register.bits == 128:
        value = parts[1] << 64 | parts[0]
    return value.to_bytes(register.bits // 8, "little")


def read_all(ask: Ask, cpu: int) -> list[Optional[bytes]]:
    """Every register's bytes; None where the debugger does not say. The CPU is the chosen one."""
    answers: dict[str, str] = {}
    values: list[Optional[bytes]] = []
    for register in TABLE:
        command = register.source.format(cpu=cpu)
        if command not in answers:
            answers[command] = ask(command)
        match = re.search(register.pattern, answers[command])
        values.append(as_bytes(register, match) if match else None)
    return values


def encode(values: list[Optional[bytes]]) -> bytes:
    """The answer to a `g` packet."""
    return b"".join(
        b"x" * (register.bits // 4) if value is None else value.hex().encode()
        for register, value in zip(TABLE, values)
    )


FEATURE_NAMES = {
    "core": "org.gnu.gdb.i386.core",
    "sse": "org.gnu.gdb.i386.sse",
    "system": "org.vitrine.i386.system",
}
FEATURE_TYPES = {
    "core": "".join(
        ['<flags id="i386_eflags" size="4">']
        + [
            '<field name="{0}" start="{1}" end="{1}"/>'.format(*flag.upper().split(":"))
            for flag in FLAGS
        ]
        + ["</flags>"]
    ),
    "sse": '<vector id="v4f" type="ieee_single" count="4"/>'
    '<vector id="v2d" type="ieee_double" count="2"/>'
    '<vector id="v16i8" type="int8" count="16"/>'
    '<vector id="v8i16" type="int16" count="8"/>'
    '<vector id="v4i32" type="int32" count="4"/>'
    '<vector id="v2i64" type="int64" count="2"/>'
    '<union id="vec128"><field name="v4_float" type="v4f"/><field name="v2_double" type="v2d"/>'
    '<field name="v16_int8" type="v16i8"/><field name="v8_int16" type="v8i16"/>'
    '<field name="v4_int32" type="v4i32"/><field name="v2_int64" type="v2i64"/>'
    '<field name="uint128" type="uint128"/></union>'
    '<flags id="i386_mxcsr" size="4"><field name="IE" start="0" end="0"/></flags>',
    "system": "",
}


def target_description() -> str:
    """The XML that tells GDB which registers there are."""
    text = '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target>'
    text += "<architecture>i386:x86-64</architecture>"
    for feature, name in FEATURE_NAMES.items():
        text += f'<feature name="{name}">{FEATURE_TYPES[feature]}'
        for register in TABLE:
            if register.feature == feature:
                text += f'<reg name="{register.name}" bitsize="{register.bits}"'
                text += f' type="{register.type}"/>'
        text += "</feature>"
    return text + "</target>"
