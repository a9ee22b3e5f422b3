# SPDX-License-Identifier: MIT
"""Wild pointers in every pointer argument of every system call: an errno, and nothing more."""

import subprocess
from pathlib import Path

import pytest

from debug.host.paths import BUILD, ROOT
from tests.system.conftest import MachineMaker, Target

SOURCE = ROOT / "tests" / "system" / "programs" / "wild_pointers.c"
RECEIVE = "cat >/tmp/wild_pointers; chmod +x /tmp/wild_pointers; exec /tmp/wild_pointers </dev/null"
LIMIT_S = 480.0
# One Bochs is enough: it interprets each of the trials, and one after the other with two CPUs.
TARGETS = [Target("qemu", 1), Target("qemu", 4), Target("bochs", 1)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The program, with the calls and arguments of src/sys/table.h."""
    binary: Path = tmp_path_factory.mktemp("wild_pointers") / "wild_pointers"
    command = ["musl-gcc", "-static", "-O2", "-g", "-Wall", "-Wextra", "-Werror"]
    command += ["-I", str(ROOT / "src"), "-isystem", str(BUILD / "uapi")]
    subprocess.run([*command, "-o", str(binary), str(SOURCE)], check=True)
    return binary.read_bytes()


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_no_wild_pointer_does_harm_or_leaks(
    machine: MachineMaker, target: Target, program: bytes
) -> None:
    with machine(target, ["sh", "-c", RECEIVE], stdin=program) as guest:
        assert guest.wait_exit(LIMIT_S) == 0
    *complaints, totals = bytes(guest.stdout).decode().splitlines()
    assert complaints == []
    known, made = (int(word) for word in totals.split() if word.isdigit())
    assert known > 150 and made > 15000, totals
