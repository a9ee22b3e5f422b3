# SPDX-License-Identifier: MIT
"""The dialogue with Bochs's internal debugger: a command in, its words out.

The debugger speaks on the emulator's standard streams. It reads commands only while the machine
is stopped, and every answer ends with its prompt. Ctrl-C (SIGINT) stops a running machine; one
that arrives before the machine has begun to run is forgotten, so it is repeated until the
prompt comes.
"""

import os
import re
import select
import signal
import subprocess
import time
from typing import Optional

PROMPT = re.compile(rb"<bochs:\d+> $")
ECHO = re.compile(rb"^.*\n")
ANSWER_TIMEOUT_S = 20.0
INTERRUPT_TIMEOUT_S = 20.0
INTERRUPT_AGAIN_S = 0.5


class BochsDebuggerError(Exception):
    """The debugger refused a command, or does not answer any more. Says its last words."""


class BochsDebugger:
    """One process's debugger. Used by one thread at a time."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None and process.stdout is not None
        self.process = process
        self.output_descriptor = process.stdout.fileno()
        self.is_running = False
        self._received = b""

    def start(self) -> None:
        """Wait for the first prompt: the machine is there, stopped before its first instruction."""
        self._read_answer("the first prompt", ANSWER_TIMEOUT_S)
        self.command("set $auto_disassemble = 0")

    def command(self, text: str) -> str:
        """Run one command on the stopped machine; what it prints."""
        if self.is_running:
            raise BochsDebuggerError(f"{text}: the machine runs")
        self._write(text)
        return self._read_answer(text, ANSWER_TIMEOUT_S)

    def resume(self) -> None:
        """Let the machine run until something stops it.

        Returns when the command has been taken (its echo is there): a Ctrl-C that came while
        Bochs prints would lock it up, for its handler prints, too.
        """
        self._write("c")
        self.is_running = True
        self._await(ECHO, "c", ANSWER_TIMEOUT_S)

    def poll_stop(self) -> Optional[str]:
        """Why the machine has stopped, in the debugger's words; None while it runs.

        Takes what has arrived and never blocks.
        """
        while self.is_running:
            if PROMPT.search(self._received):
                self.is_running = False
                return self._take_answer()
            if not select.select([self.output_descriptor], [], [], 0)[0]:
                return None
            self._receive("the machine's stop")
        return None

    def interrupt(self) -> str:
        """Stop the machine; why it stopped, if something else came first."""
        deadline = time.monotonic() + INTERRUPT_TIMEOUT_S
        while self.is_running:
            self.process.send_signal(signal.SIGINT)
            select.select([self.output_descriptor], [], [], INTERRUPT_AGAIN_S)
            words = self.poll_stop()
            if words is not None:
                return words
            if time.monotonic() > deadline:
                raise BochsDebuggerError(f"no stop within {INTERRUPT_TIMEOUT_S:g} s")
        return ""

    def _write(self, text: str) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(text.encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise BochsDebuggerError(f"{text}: {error}") from error

    def _receive(self, awaited: str) -> None:
        data = os.read(self.output_descriptor, 65536)
        if not data:
            words = self._received.decode(errors="replace").strip()
            raise BochsDebuggerError(f"{awaited}: the emulator has ended: {words[-500:]}")
        self._received += data

    def _await(self, awaited: "re.Pattern[bytes]", command: str, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not awaited.search(self._received):
            left_s = deadline - time.monotonic()
            if left_s < 0 or not select.select([self.output_descriptor], [], [], left_s)[0]:
                raise BochsDebuggerError(f"{command}: no answer within {timeout_s:g} s")
            self._receive(command)

    def _read_answer(self, command: str, timeout_s: float) -> str:
        self._await(PROMPT, command, timeout_s)
        return self._take_answer()

    def _take_answer(self) -> str:
        """The answer without the command's echo, which is its first line, and the prompt."""
        text = PROMPT.sub(b"", self._received).decode(errors="replace")
        self._received = b""
        return text.partition("\n")[2]
