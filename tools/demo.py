#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What `make demo` shows: on each emulator, a workload stopped half-way and looked into.

The guest runs a pipeline to its end, leaves a child waiting with open files, which says so; then
the machine is stopped and GDB prints what the kernel's memory holds. Each part has a limit, so
the whole ends by itself; a part that fails is named, and the exit status is 1.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from debug.host import gdb  # noqa: E402
from debug.host.emulators.base import EmulatorError  # noqa: E402
from debug.host.run_folder import create_run_folder  # noqa: E402
from debug.host.session import GuestOptions, Session, SessionError  # noqa: E402
from tools.make_image import ImageError  # noqa: E402

MACHINES = (("qemu", 4), ("bochs", 2))
MACHINE_LIMIT_S = 55.0  # for all of one machine, so that two stay under two minutes
PUMP_S = 0.2
READY = b"ready"
WORKLOAD = f"""
seq 1 2000 | sort -rn | head -n 3
find / -xdev -type f | wc -l
mkfifo /tmp/queue
sh -c 'echo {READY.decode()} $$; read line' 7</etc/passwd 8>/tmp/results 9<>/tmp/queue <&9 &
wait
"""
COMMANDS = (
    ("the tasks", "vt ps"),
    ("the waiting child's address space, from its page tables", "vt pt {pid}"),
    ("its open files", "vt files {pid}"),
    ("live allocations by call site", "vt sites"),
    ("the last trace events", "vt trace 20"),
)


class DemoError(Exception):
    """A part of the demo failed. Says which."""


def run_workload(session: Session, deadline: float) -> int:
    """Let the guest run until it has said that it is ready; the PID it names."""
    output = bytearray()
    session.on_stdout = output.extend
    session.on_stderr = output.extend
    session.emulator.resume()
    while not output.endswith(b"\n") or READY not in output:
        if session.ended or session.panic_reason or time.monotonic() > deadline:
            reason = session.panic_reason or session.boot_failure or "it is not ready in time"
            logs = f"logs: {session.options.run_folder}\n{session.log_tail()}"
            raise DemoError(f"the workload: {reason}; it printed {bytes(output)!r}\n{logs}")
        session.pump(PUMP_S)
    print(output.decode(errors="replace"), end="")
    return int(output.split()[-1])


def show(session: Session, title: str, command: str, deadline: float) -> None:
    """One command's output under its title."""
    print(f"\n-- {title}: {command}", flush=True)
    text = gdb.run_commands(session, [command], deadline - time.monotonic())
    print(text, end="", flush=True)
    if not text.strip():
        raise DemoError(f"{command} printed nothing")


def show_machine(emulator: str, cpu_count: int) -> None:
    """The whole demo on one emulator."""
    print(f"\n==== {emulator}, {cpu_count} CPUs", flush=True)
    start = time.monotonic()
    deadline = start + MACHINE_LIMIT_S
    guest = GuestOptions(
        run_folder=create_run_folder(),
        emulator=emulator,
        cpu_count=cpu_count,
        command=(b"sh", b"-c", WORKLOAD.encode()),
    )
    with Session(guest) as session:
        pid = run_workload(session, deadline)
        session.emulator.pause()
        for title, command in COMMANDS:
            show(session, title, command.format(pid=pid), deadline)
    print(f"\n{emulator}: {time.monotonic() - start:.0f} s", flush=True)


def main() -> int:
    """Every machine in turn; the exit status."""
    failures = []
    for emulator, cpu_count in MACHINES:
        try:
            show_machine(emulator, cpu_count)
        except (DemoError, SessionError, EmulatorError, ImageError, gdb.GdbError) as error:
            print(f"demo: {emulator}: {error}", file=sys.stderr, flush=True)
            failures.append(emulator)
    print(f"demo: {'failed on ' + ', '.join(failures) if failures else 'done'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
