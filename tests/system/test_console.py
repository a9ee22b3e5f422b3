# SPDX-License-Identifier: MIT
"""The shell on the serial console, as a person at the keyboard has it."""

from typing import Iterator

import pytest

from tests.harness import Machine
from tests.harness.machine import PROMPT
from tests.system.conftest import MachineMaker, Target


@pytest.fixture
def shell(machine: MachineMaker, target: Target) -> Iterator[Machine]:
    """A machine whose shell has shown its prompt."""
    with machine(target) as guest:
        guest.expect(PROMPT)
        yield guest


@pytest.fixture
def quick_shell(machine: MachineMaker) -> Iterator[Machine]:
    """The same on one target, for what does not depend on it."""
    with machine(Target("qemu", 2)) as guest:
        guest.expect(PROMPT)
        yield guest


def test_shell_answers_and_its_exit_ends_the_machine(shell: Machine) -> None:
    assert shell.shell("echo $((6 * 7))") == "42\n"
    shell.send("exit 3\n")
    assert shell.wait_exit() == 3


def start_foreground_job(shell: Machine) -> None:
    """Have the shell wait for a job that does nothing."""
    shell.send("sh -c 'echo started; exec sleep 1000'\n")
    shell.expect(rb"\nstarted\r*\n")


def test_interrupt_key_ends_the_foreground_job(quick_shell: Machine) -> None:
    start_foreground_job(quick_shell)
    quick_shell.send(b"\x03")
    quick_shell.expect(PROMPT)
    assert quick_shell.shell("echo $?") == "130\n"


def test_suspend_key_stops_the_job_and_fg_continues_it(quick_shell: Machine) -> None:
    start_foreground_job(quick_shell)
    quick_shell.send(b"\x1a")
    quick_shell.expect(rb"Stopped.*" + PROMPT)
    assert "Stopped" in quick_shell.shell("jobs")
    quick_shell.send("fg\n")
    quick_shell.expect(rb"sleep 1000")
    quick_shell.send(b"\x03")
    quick_shell.expect(PROMPT)


def test_erase_key_removes_what_was_typed(quick_shell: Machine) -> None:
    quick_shell.send(b"echo wrong\x7f\x7f\x7f\x7f\x7fright\n")
    quick_shell.expect(rb"\nright\r*\n")


def test_end_of_file_key_ends_the_shell(quick_shell: Machine) -> None:
    quick_shell.send(b"\x04")
    assert quick_shell.wait_exit() == 0
