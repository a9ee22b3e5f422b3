# SPDX-License-Identifier: MIT
"""`vitrine run`: boot, pass bytes between the user and the guest, say how it ended.

Output goes to standard output byte for byte; all that is about the machine goes to standard
error. The status is the command's, or one of Status.
"""

import enum
import os
import sys
import time
from dataclasses import dataclass, replace
from typing import Optional

from debug.host.emulators.base import EmulatorError
from debug.host.paths import DEFAULT_ROOT
from debug.host.session import GuestOptions, Session
from debug.host.terminal import EscapeFilter, RawTerminal, terminal_environment

# Without a terminal the shell reads its commands over the link, where no byte is lost or echoed.
SHELL_FOR_SCRIPTS = (b"/bin/sh", b"-l")
STDIN = sys.__stdin__.fileno() if sys.__stdin__ else 0
POLL_S = 0.5
BOOT_LIMIT_S = 120.0  # until the first byte of the kernel
CHUNK_SIZE = 256  # how much is typed at once when the input is no terminal
END_OF_FILE = b"\x04"  # Ctrl-D


class Status(enum.IntEnum):
    """Exit statuses of `vitrine` itself."""

    TIMEOUT = 124
    MACHINE_FAILED = 125
    INTERRUPTED = 130


@dataclass
class RunOptions:
    """How `run` watches over the guest."""

    timeout_s: Optional[float] = None
    shows_log: bool = False


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte; the receiver may be slow."""
    while data:
        data = data[os.write(descriptor, data) :]


def say(text: str) -> None:
    """A line about the machine, for the user."""
    write_all(2, f"vitrine: {text}\n".encode(errors="replace"))


class ConsoleInput:
    """What is typed on COM1: a terminal's keys, or the bytes of a file and then Ctrl-D.

    The second only for a root file system made elsewhere, whose first program has the console.
    """

    def __init__(self, session: Session, is_terminal: bool) -> None:
        self.session = session
        self.is_terminal = is_terminal
        self.escape = EscapeFilter()
        self.ended = False
        self._last = b"\n"

    @property
    def is_wanted(self) -> bool:
        """Nothing is typed before somebody has spoken on the console."""
        return not self.ended and (self.is_terminal or self.session.console_received > 0)

    def pass_on(self) -> None:
        """Take what is there; called when standard input can be read."""
        data = os.read(STDIN, CHUNK_SIZE)
        if not data:
            self.ended = True
            if not self.is_terminal:
                self.session.send_console(END_OF_FILE * (1 if self._last == b"\n" else 2))
            return
        self._last = data[-1:]
        self.session.send_console(self.escape.feed(data) if self.is_terminal else data)


def kernel_is_silent(session: Session) -> bool:
    """Whether nothing at all has come from the kernel."""
    return not session.console_received and not session.options.kernel_log.stat().st_size


def watch(session: Session, options: RunOptions, typed: Optional[ConsoleInput]) -> str:
    """Move bytes until something ends the run; returns why: "", "timeout", "silent", "left"."""
    start = time.monotonic()
    while not session.ended:
        wait_s = POLL_S
        elapsed_s = time.monotonic() - start
        if options.timeout_s is not None:
            if elapsed_s >= options.timeout_s:
                return "timeout"
            wait_s = min(wait_s, options.timeout_s - elapsed_s)
        if elapsed_s > BOOT_LIMIT_S and kernel_is_silent(session):
            return "silent"
        if session.boot_failure:
            return ""
        watched = [STDIN] if typed and typed.is_wanted else []
        if session.pump(wait_s, *watched) and typed:
            typed.pass_on()
            if typed.escape.wants_to_leave:
                return "left"
    return ""


def report_timeout(session: Session, timeout_s: float) -> None:
    """All that is known of a guest that took too long."""
    say(f"no end after {timeout_s:g} s; the guest's last output:")
    write_all(2, (session.output_end() + "\n").encode(errors="replace"))
    say(f"the kernel log's end ({session.options.kernel_log}):")
    write_all(2, (session.log_tail(10) + "\n").encode(errors="replace"))
    try:
        for text in session.registers():
            write_all(2, (text + "\n").encode(errors="replace"))
    except EmulatorError as error:
        say(f"no registers: {error}")


def report_failure(session: Session, options: RunOptions, reason: str) -> None:
    """All that is known of a machine that ended without a word."""
    say(reason)
    if not options.shows_log:
        write_all(2, (session.log_tail() + "\n").encode(errors="replace"))
    say(f"kernel log: {session.options.kernel_log}; emulator's log: {session.emulator.log_path}")
    if kernel_is_silent(session):
        write_all(2, (session.emulator.log_tail() + "\n").encode(errors="replace"))


def conclude(session: Session, options: RunOptions, outcome: str) -> int:
    """The exit status, after telling what the user should know."""
    if outcome == "timeout" and options.timeout_s is not None:
        report_timeout(session, options.timeout_s)
        return Status.TIMEOUT
    if outcome == "left":
        return 0
    if session.panic_reason is None and session.exit_status is not None:
        return session.exit_status
    if session.panic_reason is not None:
        reason = f"kernel panic: {session.panic_reason}"
    elif session.boot_failure:
        reason = f"the kernel does not start: {session.boot_failure}"
    elif outcome == "silent":
        reason = f"nothing from the kernel in {BOOT_LIMIT_S:g} s"
    else:
        state = session.power_state().value
        reason = f"the machine ended without the command's status ({state})"
    report_failure(session, options, reason)
    return Status.MACHINE_FAILED


def run(guest: GuestOptions, options: RunOptions) -> int:
    """Boot and run as asked; returns the exit status."""
    is_terminal = os.isatty(STDIN) and os.isatty(1)
    if is_terminal:
        guest = replace(guest, environment=terminal_environment(STDIN), is_on_console=True)
    elif not guest.command and guest.initrd == DEFAULT_ROOT:
        guest = replace(guest, command=SHELL_FOR_SCRIPTS)
    uses_console = is_terminal or not guest.command
    with Session(guest) as session:
        session.on_console = lambda data: write_all(1 if uses_console else 2, data)
        session.on_stdout = lambda data: write_all(1, data)
        session.on_stderr = lambda data: write_all(2, data)
        if options.shows_log:
            session.on_log = lambda data: write_all(2, data)
        typed = ConsoleInput(session, is_terminal) if uses_console else None
        if not uses_console:
            session.attach_input(STDIN)
        session.emulator.resume()
        with RawTerminal(STDIN if is_terminal else None):
            outcome = watch(session, options, typed)
        return conclude(session, options, outcome)
