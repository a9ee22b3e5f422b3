# SPDX-License-Identifier: MIT
"""GDB on a session's machine: attached, with the extensions loaded, for a person or a script.

While GDB lives, the machine's lines are still served, so a guest that GDB lets run is not held
up. GDB leaves the machine stopped (`disconnect`) when a script's commands are done.
"""

import os
import signal
import subprocess
import time
from pathlib import Path
from types import FrameType
from typing import Optional, Sequence

from debug.host.paths import GDB_SCRIPT, KERNEL, ROOT
from debug.host.session import Session

ATTACH_SCRIPT = ROOT / "debug" / "host" / "gdb_attach.py"
ENTRY_FUNCTION = "kmain"
PUMP_S = 0.5


class GdbError(Exception):
    """GDB could not be used, or a command failed. Says which, and GDB's own words."""


def gdb_command(arguments: Sequence[str]) -> list[str]:
    """GDB on the kernel, attached, then with these arguments."""
    command = ["gdb", "-nx", "-quiet", "-iex", "set auto-load off", str(KERNEL)]
    # Each script by itself: inside another script, GDB gives the inner one the outer's __file__.
    return [*command, "-x", str(GDB_SCRIPT), "-x", str(ATTACH_SCRIPT), *arguments]


def gdb_environment(session: Session, run_to: Optional[str]) -> dict[str, str]:
    """What gdb_attach.py reads."""
    environment = dict(os.environ)
    environment.pop("VITRINE_GDB_RUN_TO", None)
    environment["VITRINE_GDB_ENDPOINT"] = session.emulator.gdb_endpoint()
    environment["VITRINE_GDB_SOURCES"] = str(ROOT)
    if run_to:
        environment["VITRINE_GDB_RUN_TO"] = run_to
    return environment


def serve_until_end(
    session: Session, gdb: "subprocess.Popen[bytes]", timeout_s: Optional[float]
) -> bool:
    """Serve the machine until GDB has ended; false when time was up first."""
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    end = os.pidfd_open(gdb.pid)
    try:
        while gdb.poll() is None:
            if deadline is not None and time.monotonic() > deadline:
                return False
            session.pump(PUMP_S, end)
    finally:
        os.close(end)
    return True


def ignore_interrupt(number: int, frame: Optional[FrameType]) -> None:
    """Ctrl-C is GDB's: it stops the machine."""


def run_interactive(session: Session, arguments: Sequence[str]) -> int:
    """GDB at kmain, on our terminal or as its arguments say (-batch and so on); its status."""
    environment = gdb_environment(session, ENTRY_FUNCTION)
    previous = signal.signal(signal.SIGINT, ignore_interrupt)
    gdb = subprocess.Popen(gdb_command(arguments), env=environment)
    try:
        serve_until_end(session, gdb, None)
        return gdb.wait()
    finally:
        gdb.kill()
        gdb.wait()
        signal.signal(signal.SIGINT, previous)


def run_commands(session: Session, commands: Sequence[str], timeout_s: float = 60.0) -> str:
    """Run commands in a GDB of their own on the stopped machine and return what they print.

    The machine is stopped afterwards. GdbError when a command fails or time is up.
    """
    arguments = ["-batch", "-ex", f"python run_batch({list(commands)!r})"]
    output_path = session.options.run_folder / "gdb.log"
    with open(output_path, "wb") as output:
        gdb = subprocess.Popen(
            gdb_command(arguments),
            env=gdb_environment(session, None),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            is_done = serve_until_end(session, gdb, timeout_s)
        finally:
            gdb.kill()
            gdb.wait()
    text = output_path.read_text(errors="replace")
    if not is_done:
        raise GdbError(f"gdb: {list(commands)} not done in {timeout_s} s:\n{text}")
    if gdb.returncode != 0:
        raise GdbError(f"gdb: {list(commands)}: status {gdb.returncode}:\n{text}")
    return text.removesuffix("Ending remote debugging.\n")


def missing_extension() -> Optional[Path]:
    """The GDB extensions' file when it is not there."""
    return None if GDB_SCRIPT.exists() else GDB_SCRIPT
