#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Check that every #include of the kernel points down: who may call whom, as data.

A file may include its own room, the rooms beside it on its floor, and every floor below.
What goes up goes through a table of functions that the upper room hands down, and needs no
include. A header whose name ends in _private belongs to its folder alone, and to the tests.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Optional

# From the ground up. A room is a folder, or a file that stands on another floor than its folder.
FLOORS: list[tuple[str, ...]] = [
    ("user",),  # programs: they know the kernel by its ABI alone
    ("src/lib",),
    # Declarations that every floor needs: this CPU, the log and panic, the address map.
    (
        "src/core/percpu.h",
        "src/arch/cpu.h",
        "src/arch/patch.h",
        "src/core/log.h",
        "src/mm/layout.h",
    ),
    ("trace", "debug"),  # below what they observe
    ("src/sync",),
    ("boot", "src/core/boot_info.h"),  # what the loader hands over
    ("src/arch",),
    ("src/core",),
    ("src/mm",),
    ("src/proc",),
    ("src/fs",),
    ("src/net", "src/dev"),  # sockets and drivers are files
    ("src/sys",),
    # The roof. Start-up brings every floor up; reports and self-tests read everything.
    (
        "src/core/kmain.c",
        "src/core/start_init.c",
        "src/core/start_init.h",
        "debug/kernel/report.c",
        "debug/kernel/selftest.c",
        "tests/kernel",
    ),
]
# (file, header): why it may all the same.
EXCEPTIONS: dict[tuple[str, str], str] = {}

CHECKED = ("src", "trace", "debug", "boot", "user", "tests/kernel")
OUTSIDE = ("user",)  # the kernel may not include these, though they are below
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


@dataclass(frozen=True)
class Violation:
    """An include that goes where it may not."""

    place: str
    header: str
    rule: str

    def __str__(self) -> str:
        return f"{self.place}: {self.header}: {self.rule}"


def floor_of(path: str) -> Optional[tuple[int, str]]:
    """The floor and the room of a path relative to the root; the longest match counts."""
    rooms = [
        (len(room), floor, room)
        for floor, row in enumerate(FLOORS)
        for room in row
        if path == room or path.startswith(room + "/")
    ]
    return max(rooms)[1:] if rooms else None


def resolve(root: Path, header: str) -> str:
    """An include's path relative to the root; generated headers stand where src/ has them."""
    return header if (root / header).exists() else f"src/{header}"


def broken_rule(path: str, header: str) -> Optional[str]:
    """The rule that an include breaks, if any; both paths relative to the root."""
    if (path, header) in EXCEPTIONS:
        return None
    from_floor, to_floor = floor_of(path), floor_of(header)
    if from_floor is None or to_floor is None:
        return "not in the table of floors (tools/check_layers.py)"
    is_private = header.endswith("_private.h") and not path.startswith("tests/")
    if is_private and Path(header).parent != Path(path).parent:
        return f"private to {Path(header).parent}"
    if to_floor[0] > from_floor[0]:
        return f"calls go down, but {to_floor[1]} is above {from_floor[1]}"
    if to_floor[1] in OUTSIDE and from_floor[1] != to_floor[1]:
        return f"{to_floor[1]} is no part of the kernel"
    return None


def includes(file: Path) -> Iterator[tuple[int, str]]:
    """The line number and header of each include of our own in a file."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1]


def violations(root: Path) -> list[Violation]:
    """Everything in the tree that breaks a rule."""
    found = []
    for folder in CHECKED:
        for file in sorted((root / folder).rglob("*.[chS]")):
            path = str(file.relative_to(root))
            for number, written in includes(file):
                header = resolve(root, written)
                rule = broken_rule(path, header)
                if rule:
                    found.append(Violation(f"{path}:{number}", header, rule))
    return found


def stale_exceptions(root: Path) -> list[str]:
    """Exceptions that nothing needs any more."""
    return [
        f"{path}: {header}: an exception in tools/check_layers.py, but not included"
        for path, header in EXCEPTIONS
        if header not in [resolve(root, written) for _, written in includes(root / path)]
    ]


def main() -> int:
    """Print what is wrong; the exit status says whether anything is."""
    root = Path(__file__).resolve().parent.parent
    problems = [*map(str, violations(root)), *stale_exceptions(root)]
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
