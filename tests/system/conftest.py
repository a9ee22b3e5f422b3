# SPDX-License-Identifier: MIT
"""Fixtures of the whole-machine tests: a machine named after its test, on each emulator."""

from dataclasses import dataclass
from typing import Any, Sequence

import pytest

from debug.host.paths import DEFAULT_ROOT, INIT, KERNEL, ROOT
from tests.harness import Machine

PACKAGES = ROOT / "build" / "packages"  # where tools/make_root.py keeps them
BUSYBOX = PACKAGES / "busybox-static" / "bin" / "busybox"
BASH = PACKAGES / "bash-static" / "bin" / "bash-static"


@dataclass(frozen=True)
class Target:
    """An emulator with a number of CPUs."""

    emulator: str
    cpu_count: int

    def __str__(self) -> str:
        return f"{self.emulator}-{self.cpu_count}"


TARGETS = [Target("qemu", 1), Target("qemu", 4), Target("bochs", 1), Target("bochs", 2)]


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """The kernel, PID 1 and the root file system are there."""
    for path in (KERNEL, INIT, DEFAULT_ROOT, BUSYBOX, BASH):
        if not path.exists():
            pytest.exit(f"{path} is not built: run `make`", returncode=2)


@pytest.fixture(params=TARGETS, ids=str)
def target(request: pytest.FixtureRequest) -> Target:
    """Each emulator with each number of CPUs."""
    chosen: Target = request.param
    return chosen


class MachineMaker:
    """Machines for one test. Not started: each is a context manager."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0

    def __call__(
        self, target: Target, command: Sequence[str | bytes] = (), **options: Any
    ) -> Machine:
        name = self.name if self.count == 0 else f"{self.name}-{self.count}"
        self.count += 1
        options = {"emulator": target.emulator, "cpu_count": target.cpu_count, **options}
        return Machine(name, command, **options)


@pytest.fixture
def machine(request: pytest.FixtureRequest) -> MachineMaker:
    """Makes machines whose logs are in build/tests/<test's name>/."""
    module = request.node.path.stem
    return MachineMaker(f"{module}-{request.node.name}")
