# SPDX-License-Identifier: MIT
"""GDB on Bochs: what a user of a stub expects of breakpoints, steps, writes and watchpoints."""

import re

import pytest

from debug.host.emulators.base import EmulatorError
from tests.harness import Debugger
from tests.system.conftest import MachineMaker, Target

BOCHS = [Target("bochs", 1), Target("bochs", 2)]
CALLS = 30
READY = "echo ready; read line"


@pytest.mark.parametrize("bochs", BOCHS, ids=str)
def test_no_hit_of_a_functions_breakpoint_is_missed(machine: MachineMaker, bochs: Target) -> None:
    loop = f"i=0; while [ $i -lt {CALLS} ]; do umask 022; i=$((i + 1)); done"
    with machine(
        bochs, ["sh", "-c", f"{READY}; {loop}; echo done; read line"], stdin=None
    ) as guest:
        guest.wait_for("the word 'ready'", lambda: b"ready\n" in guest.stdout)
        debugger = Debugger(guest)
        debugger.resume()
        debugger = Debugger(guest)
        guest.give_stdin(b"go\n")
        text = debugger.run(
            "break sys_umask",
            "python hits = 0",
            f"python\nwhile hits < {CALLS}:\n"
            " gdb.execute('continue', to_string=True)\n"
            " hits += int(gdb.parse_and_eval('$pc == (unsigned long)&sys_umask'))",
            "python print('hits', hits)",
            "bt 2",
        )
    assert f"hits {CALLS}" in text
    assert "#1" in text and "dispatch" in text


@pytest.mark.parametrize("bochs", BOCHS, ids=str)
def test_memory_and_registers_are_written(machine: MachineMaker, bochs: Target) -> None:
    with machine(bochs, ["sh", "-c", READY], stdin=None) as guest:
        guest.wait_for("the word 'ready'", lambda: b"ready\n" in guest.stdout)
        text = Debugger(guest).run(
            "print cpu_count",
            "set variable cpu_count = 77",
            "print cpu_count",
            f"set variable cpu_count = {bochs.cpu_count}",
            "set variable $rbx = 0x1122334455667788",
            "print/x $rbx",
            "print cpu_count",
        )
    values = re.findall(r"= (\S+)", text)
    count = str(bochs.cpu_count)
    assert values == [count, "77", "0x1122334455667788", count]


def test_a_watchpoint_tells_the_old_value_and_the_new(machine: MachineMaker) -> None:
    with machine(BOCHS[0], ["sh", "-c", f"{READY}; umask 027; echo x"], stdin=None) as guest:
        guest.wait_for("the word 'ready'", lambda: b"ready\n" in guest.stdout)
        debugger = Debugger(guest)
        guest.give_stdin(b"go\n")
        text = debugger.run(
            "thbreak sys_umask",
            "continue",
            "watch -location cpus[0].current->fs->umask",
            "continue",
            "info watchpoints",
        )
    assert "Old value = 18" in text and "New value = 0" in text  # the shell asks by umask(0)
    assert "already hit 1 time" in text


def test_a_step_is_one_instruction_of_one_cpu(machine: MachineMaker) -> None:
    with machine(BOCHS[1], ["sh", "-c", f"{READY}; umask 027"], stdin=None) as guest:
        guest.wait_for("the word 'ready'", lambda: b"ready\n" in guest.stdout)
        debugger = Debugger(guest)
        guest.give_stdin(b"go\n")
        text = debugger.run(
            "thbreak sys_umask",
            "continue",
            "python start = int(gdb.parse_and_eval('$pc'))",
            "python here = gdb.selected_thread().num",
            "stepi",
            "python print('moved', int(gdb.parse_and_eval('$pc')) - start)",
            "python print('same CPU', gdb.selected_thread().num == here)",
            "finish",
        )
    assert "moved 1" in text  # push %rbp
    assert "same CPU True" in text
    assert "Value returned" in text


def test_the_emulators_own_debugger_answers_monitor(machine: MachineMaker) -> None:
    with machine(BOCHS[1], ["sh", "-c", READY], stdin=None) as guest:
        guest.wait_for("the word 'ready'", lambda: b"ready\n" in guest.stdout)
        text = Debugger(guest).run("monitor ptime")
    assert re.search(r"ptime: \d+", text)


def test_while_gdb_has_the_debugger_nobody_else_uses_it(machine: MachineMaker) -> None:
    with machine(BOCHS[0], ["sh", "-c", READY], stdin=None) as guest:
        guest.wait_for("the word 'ready'", lambda: b"ready\n" in guest.stdout)
        Debugger(guest).run("print cpu_count")
        with pytest.raises(EmulatorError, match="GDB"):
            guest.session.emulator.registers()
        guest.session.emulator.gdb_endpoint_close()
        assert "rip: ffffffff_" in guest.session.emulator.registers()[0]


def test_physical_memory_is_read(machine: MachineMaker) -> None:
    with machine(BOCHS[0], ["sh", "-c", READY], stdin=None) as guest:
        guest.wait_for("the word 'ready'", lambda: b"ready\n" in guest.stdout)
        debugger = Debugger(guest)
        place = int(debugger.run("output/x (unsigned long)&cpu_count - 0xffffffff80000000"), 16)
        guest.session.emulator.gdb_endpoint_close()
        assert guest.session.emulator.read_physical_memory(place, 4) == b"\1\0\0\0"


def test_a_guest_that_restarts_ends_the_machine(machine: MachineMaker) -> None:
    with machine(BOCHS[0], ["sh", "-c", "reboot -f"]) as guest:
        guest.wait_for("the machine's end", lambda: guest.session.ended)
        assert guest.session.power_state().value == "reset"
