# SPDX-License-Identifier: MIT
"""Hostile program files: an errno for each kind, nothing leaked, and the kernel runs on."""

import subprocess
from pathlib import Path

import pytest

from debug.host.paths import ROOT
from tests.system.conftest import MachineMaker, Target

SOURCE = ROOT / "tests" / "system" / "programs" / "bad_elf.c"
RECEIVE = "cat >/tmp/bad_elf; chmod +x /tmp/bad_elf; exec /tmp/bad_elf </dev/null"
ERRORS = {
    "Exec format error",
    "No such file or directory",
    "Permission denied",
    "Symbolic link loop",
    "Cannot allocate memory",
    "Invalid argument",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The program that makes and executes the files."""
    binary: Path = tmp_path_factory.mktemp("bad_elf") / "bad_elf"
    command = ["musl-gcc", "-static", "-O2", "-g", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*command, "-o", str(binary), str(SOURCE)], check=True)
    return binary.read_bytes()


@pytest.mark.parametrize("cpu_count", [1, 4])
def test_each_hostile_file_gives_an_errno_and_leaks_nothing(
    cpu_count: int, machine: MachineMaker, program: bytes
) -> None:
    target = Target("qemu", cpu_count)
    with machine(target, ["sh", "-c", RECEIVE], stdin=program) as guest:
        assert guest.wait_exit() == 0
    results = dict(line.split(": ", 1) for line in bytes(guest.stdout).decode().splitlines())
    assert results.pop("a good file") == "executed, status 7"
    assert "leaked" not in results, bytes(guest.stdout).decode()
    assert len(results) >= 20
    assert {kind: text for kind, text in results.items() if text not in ERRORS} == {}
