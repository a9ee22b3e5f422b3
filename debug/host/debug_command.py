# SPDX-License-Identifier: MIT
"""`vitrine debug`: boot to kmain with GDB attached; the machine lives as long as GDB.

What the guest writes goes to files in the run folder, so that GDB has the terminal to itself.
"""

import os
import sys

from debug.host.gdb import missing_extension, run_interactive
from debug.host.session import GuestOptions, Session, SessionError


def debug_guest(guest: GuestOptions, gdb_arguments: tuple[str, ...]) -> int:
    """Run GDB on a new machine; GDB's exit status."""
    missing = missing_extension()
    if missing:
        raise SessionError(f"{missing} is not there: is the checkout complete?")
    output_path = guest.run_folder / "output.log"
    with Session(guest) as session, open(output_path, "wb", buffering=0) as output:

        def keep(data: bytes) -> None:
            output.write(data)

        session.on_stdout = keep
        session.on_stderr = keep
        if os.isatty(0) and os.isatty(1) and not gdb_arguments:
            print(f"guest output: {output_path}, console.log, kernel.log", file=sys.stderr)
            gdb_arguments = ("-ex", "frame")  # where we are
        return run_interactive(session, gdb_arguments)
