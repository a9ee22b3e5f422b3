# SPDX-License-Identifier: MIT
"""Run inside GDB: attach to the machine, without a word of output.

The environment says what to do: VITRINE_GDB_ENDPOINT is where `target remote` goes,
VITRINE_GDB_SOURCES where file names start, and VITRINE_GDB_RUN_TO, when set, the function at
which the machine is to be stopped first (by a hardware breakpoint: the kernel is not in memory
yet when the machine is switched on).
"""

import os
from typing import Sequence

import gdb

SETTINGS = (
    "pagination off",
    "confirm off",
    "print thread-events off",
    "print inferior-events off",
)


def attach() -> None:
    """Do it; a GDB error ends the script and is printed by GDB."""
    for setting in SETTINGS:
        gdb.execute(f"set {setting}")
    gdb.execute("set suppress-cli-notifications on")
    gdb.execute(f"set directories {os.environ['VITRINE_GDB_SOURCES']}:$cdir:$cwd")
    gdb.execute(f"target remote {os.environ['VITRINE_GDB_ENDPOINT']}", to_string=True)
    function = os.environ.get("VITRINE_GDB_RUN_TO")
    if function:
        gdb.execute(f"thbreak {function}", to_string=True)
        gdb.execute("continue", to_string=True)
    gdb.execute("set suppress-cli-notifications off")


def run_batch(commands: Sequence[str]) -> None:
    """Run a script's commands and leave the machine stopped; the first that fails ends it.

    GDB itself would go on after an error, and forget it.
    """
    try:
        for command in commands:
            gdb.execute(command)
    except gdb.error as error:
        print(f"{command}: {error}")
        gdb.execute("disconnect")
        gdb.execute("quit 1")
    gdb.execute("disconnect")


attach()
