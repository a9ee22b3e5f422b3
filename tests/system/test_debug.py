# SPDX-License-Identifier: MIT
"""`./vitrine debug`: the kernel stopped at kmain, in a GDB that knows the project's commands."""

import subprocess
from typing import Sequence

from debug.host.paths import ROOT
from tests.harness import Debugger
from tests.system.conftest import MachineMaker, Target

LIMIT_S = 90.0


def debug(
    target: Target, *gdb_arguments: str, options: Sequence[str] = ()
) -> "subprocess.CompletedProcess[str]":
    """Run the command as a user does, without a terminal."""
    command = [str(ROOT / "vitrine"), "debug", "--emu", target.emulator]
    command += ["--smp", str(target.cpu_count), *options, "--", "-batch", *gdb_arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)


def test_machine_stops_at_kmain_and_only_the_commands_print(target: Target) -> None:
    done = debug(target, "-ex", "print $rip == (unsigned long)&kmain", "-ex", "bt 1")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "$1 = 1" or lines[0] == "$1 = true", done.stdout
    assert lines[1].startswith("#0  kmain (magic="), done.stdout


def test_the_arguments_of_kmain_are_the_loaders(target: Target) -> None:
    done = debug(target, "-ex", "print/x magic")
    assert done.stdout == "$1 = 0x36d76289\n", done.stderr


def test_each_cpu_is_a_thread(target: Target) -> None:
    done = debug(target, "-ex", "python print(len(gdb.selected_inferior().threads()))")
    assert done.stdout == f"{target.cpu_count}\n", done.stderr


def test_stepping_follows_the_source(target: Target) -> None:
    done = debug(target, "-ex", "thbreak features_enable", "-ex", "continue", "-ex", "next")
    assert "features_enable () at src/arch/features.c" in done.stdout, done.stderr
    assert done.returncode == 0


def test_an_unknown_command_makes_the_status_nonzero() -> None:
    done = debug(Target("qemu", 1), "-ex", "no-such-command")
    assert done.returncode != 0
    assert "no-such-command" in done.stderr


def test_a_running_machine_is_stopped_looked_into_and_runs_on(
    machine: MachineMaker, target: Target
) -> None:
    script = "echo ready; read line; echo got $line"
    with machine(target, ["sh", "-c", script], stdin=None) as guest:
        guest.wait_for("the word 'ready'", lambda: b"ready\n" in guest.stdout)
        debugger = Debugger(guest)
        tasks = debugger.run("vt ps")
        assert "vitrine-init" in tasks
        assert debugger.run("print cpu_count").strip().endswith(f"= {target.cpu_count}")
        debugger.resume()
        guest.give_stdin(b"word\n")
        assert guest.wait_exit() == 0
        assert guest.stdout.endswith(b"got word\n")
