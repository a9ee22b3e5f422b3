# SPDX-License-Identifier: MIT
"""Linux is the oracle: each program of tests/abi prints the same on the host and in the guest."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted((ROOT / "tests" / "abi").glob("*.c"))
RECEIVE = "cat >/tmp/$0; chmod +x /tmp/$0; exec /tmp/$0 </dev/null 2>&1"
TIMEOUT_S = 60


def program_name(path: Path) -> str:
    """What a test is called after."""
    return path.stem


@pytest.fixture(params=PROGRAMS, ids=program_name)
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A program built with musl, linked statically."""
    source: Path = request.param
    binary = tmp_path / source.stem
    command = ["musl-gcc", "-static", "-O1", "-g", "-Wall", "-Werror", "-pthread"]
    subprocess.run([*command, "-o", str(binary), str(source)], check=True)
    return binary


@pytest.mark.parametrize("cpu_count", [1, 4])
def test_output_and_status_are_those_of_linux(program: Path, cpu_count: int) -> None:
    on_host = subprocess.run(
        [str(program)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT_S,
    )
    command = [str(ROOT / "vitrine"), "run", "--smp", str(cpu_count), "--", "sh", "-c", RECEIVE]
    command.append(program.name)  # a program sees its own name in /proc
    with program.open("rb") as binary:
        in_guest = subprocess.run(command, stdin=binary, capture_output=True, timeout=TIMEOUT_S)
    assert in_guest.stdout.decode() == on_host.stdout.decode(), in_guest.stderr.decode()
    assert in_guest.returncode == on_host.returncode
