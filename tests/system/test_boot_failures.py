# SPDX-License-Identifier: MIT
"""What the loader hands over may be wrong: the kernel says so on COM1 and halts.

GDB stops the machine at kmain and spoils the hand-over before the kernel has read it.
"""

import time
from pathlib import Path

import pytest

from debug.host import gdb
from debug.host.session import GuestOptions, Session
from tests.system.conftest import Target

LIMIT_S = 60.0
AT_KMAIN = ("thbreak kmain", "continue")
# Tags: Multiboot2 specification, 3.6; the information begins with its size, each tag is padded.
SPOIL = """import gdb
memory = gdb.selected_inferior()
start = int(gdb.parse_and_eval("information"))
def number(address):
    return int.from_bytes(memory.read_memory(address, 4), "little")
def change(address, value):
    memory.write_memory(address, value.to_bytes(4, "little"))
place = start + 8
while number(place):
    kind, size = number(place), number(place + 4)
    {action}
    place += (size + 7) & ~7
"""
MEMORY_MAP, ACPI_OLD, ACPI_NEW, UNKNOWN = 6, 14, 15, 0x7FFF


HANDOVERS = {
    "wrong-magic": ("set variable $edi = 1", "", "wrong magic"),
    "no-memory-map": (
        "",
        f"if kind == {MEMORY_MAP}: change(place, {UNKNOWN})",
        "no memory map tag",
    ),
    "no-acpi-pointer": (
        "",
        f"if kind in ({ACPI_OLD}, {ACPI_NEW}): change(place, {UNKNOWN})",
        "no ACPI root pointer tag",
    ),
    "tag-beyond-the-end": (
        "",
        f"if kind == {MEMORY_MAP}: change(place + 4, 1 << 20); break",
        "a tag reaches beyond the boot information",
    ),
    "absurd-size": (
        "set variable *(unsigned *)(unsigned long)information = 0xffffffff",
        "",
        "size",
    ),
}


def failure_of(session: Session) -> str:
    """Why the kernel does not start."""
    deadline = time.monotonic() + LIMIT_S
    while not session.boot_failure:
        assert time.monotonic() < deadline, f"no word on COM1: {bytes(session.console_tail)!r}"
        assert not session.ended, "the machine ended without a word"
        session.pump(0.2)
    return session.boot_failure


@pytest.mark.parametrize("name", HANDOVERS)
def test_a_wrong_handover_is_told_on_the_serial_line(name: str, tmp_path: Path) -> None:
    command, action, words = HANDOVERS[name]
    script = tmp_path / "spoil.py"
    script.write_text(SPOIL.format(action=action or "pass"))
    with Session(GuestOptions(run_folder=tmp_path / "run")) as session:
        commands = [*AT_KMAIN, command or f"source {script}"]
        gdb.run_commands(session, commands, LIMIT_S)
        session.emulator.gdb_endpoint_close()
        session.emulator.resume()
        assert words in failure_of(session)


@pytest.mark.parametrize("mib", [8, 16])
def test_too_little_memory_is_told_on_the_serial_line(
    target: Target, mib: int, tmp_path: Path
) -> None:
    options = GuestOptions(
        run_folder=tmp_path / "run",
        emulator=target.emulator,
        cpu_count=target.cpu_count,
        memory_mib=mib,
    )
    with Session(options) as session:
        session.emulator.resume()
        assert "too little memory" in failure_of(session)
