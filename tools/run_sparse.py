#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Run sparse over C files that GCC has preprocessed: ours use __VA_OPT__, which sparse lacks.

Usage: run_sparse.py FILE... -- COMPILER FLAG...

__CHECKER__ is defined, so that pointers to user memory are a type of their own. What sparse
says about a line of the preprocessed text is said about the line of the source it came from.
The exit status is 1 when sparse says anything at all.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile

MARKER = re.compile(r'^# (\d+) "([^"]*)".*')
POSITION = re.compile(r"^[^:]+\.i:(\d+):\d+: ")
NOT_FOR_SPARSE = "-g0"  # of the debug information only the macros matter, and they confuse it
SPARSE_FLAGS = (
    *("-Wcast-to-as", "-Wcast-from-as"),  # casts into and out of user memory want __force, too
    *("-Wshadow", "-Wtypesign"),
    "-Wno-decl",  # globals without a declaration: debuggers find them by name
    "-Wno-bitwise",  # Linux's headers, as installed, cast to their own such types without force
)


def source_places(text: str) -> list[str]:
    """The FILE:LINE that each line of preprocessed text came from."""
    places = []
    file, number = "?", 0
    for line in text.splitlines():
        match = MARKER.match(line)
        if match:
            file, number = match[2], int(match[1]) - 1
        places.append(f"{file}:{number}")
        number += 1
    return places


def restore_places(output: str, places: list[str]) -> str:
    """Sparse's messages with the places of the sources."""
    return "".join(
        POSITION.sub(lambda match: f"{places[int(match[1]) - 1]}: ", line)
        for line in output.splitlines(keepends=True)
    )


def check_file(source: str, compiler: list[str]) -> str:
    """What sparse says about a file."""
    command = [*compiler, NOT_FOR_SPARSE, "-D__CHECKER__", "-E", source]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return f"{source}: cannot be preprocessed\n"
    with tempfile.NamedTemporaryFile("w", suffix=".i") as preprocessed:
        # Markers would stand in the arguments of what sparse takes for macros.
        preprocessed.writelines(MARKER.sub("", line) for line in done.stdout.splitlines(True))
        preprocessed.flush()
        flags = [flag for flag in compiler[1:] if not flag.startswith("-W")]
        found = subprocess.run(
            ["sparse", *flags, *SPARSE_FLAGS, preprocessed.name],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    if found.returncode != 0 and not found.stdout:
        return f"{source}: sparse failed ({found.returncode})\n"
    return restore_places(found.stdout, source_places(done.stdout))


def main() -> int:
    """Check the files of the command line."""
    at = sys.argv.index("--")
    output = "".join(check_file(source, sys.argv[at + 1 :]) for source in sys.argv[1:at])
    print(output, end="", file=sys.stderr)
    return 1 if output else 0


if __name__ == "__main__":
    sys.exit(main())
