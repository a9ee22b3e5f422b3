# SPDX-License-Identifier: MIT
"""A booted machine for a test: type on its console, collect its output, wait for things.

Every wait is for a condition, with a limit that means "hung". When it passes, or the machine
ends first, the failure says what was awaited, what came instead, where the logs are, and the
command that does the same by hand. One machine, one folder: build/tests/<name>/.
"""

import os
import re
import shlex
import shutil
import time
from dataclasses import replace
from types import TracebackType
from typing import IO, Any, Callable, Optional, Sequence, Type

from debug.host.paths import BUILD
from debug.host.session import GuestOptions, Session

PUMP_S = 0.1
BOOT_TIMEOUT_S = 60.0
SHOWN_MAX = 300  # longer words of a command are put into a file
PIPE_SIZE = 65536  # what a pipe holds before a writer has to wait
PROMPT = rb"[#$] (?:\x1b\[6n)?$"  # the shell may ask the terminal where its cursor is


class MachineFailure(AssertionError):
    """What was awaited did not come."""


class Machine:
    """A guest, running from `with` on.

    `command` runs instead of the console's shell, with `stdin` as its standard input; with
    None its input stays open and empty until `give_stdin`. Options by name are those of
    session.GuestOptions.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | bytes] = (),
        stdin: Optional[bytes] = b"",
        **options: Any,
    ) -> None:
        options.setdefault("environment", {"VITRINE_ROWS": "24", "VITRINE_COLS": "80"})
        words = tuple(word.encode() if isinstance(word, str) else word for word in command)
        folder = BUILD / "tests" / re.sub(r"[^\w.-]+", "_", name)
        self.options = replace(
            GuestOptions(run_folder=folder), command=words, **options  # by-name, checked there
        )
        self.stdin = stdin
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.log = bytearray()
        self.console = bytearray()
        self._console_taken = 0
        self._stdin_end: Optional[IO[bytes]] = None

    def __enter__(self) -> "Machine":
        folder = self.options.run_folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.session = Session(self.options)
        self.session.on_stdout = self.stdout.extend
        self.session.on_stderr = self.stderr.extend
        self.session.on_log = self.log.extend
        self.session.on_console = self.console.extend
        self.session.__enter__()
        try:
            self._attach_stdin()
            self.session.emulator.resume()
        except BaseException:
            self.session.__exit__(None, None, None)
            raise
        return self

    def _attach_stdin(self) -> None:
        if self.stdin is None:
            read_end, write_end = os.pipe()
            self._stdin_file = os.fdopen(read_end, "rb")
            self._stdin_end = os.fdopen(write_end, "wb")
        else:
            path = self.options.run_folder / "stdin"
            path.write_bytes(self.stdin)
            self._stdin_file = open(path, "rb")
        self.session.attach_input(self._stdin_file.fileno())

    def give_stdin(self, data: bytes) -> None:
        """The command's standard input, all of it, after having been made with stdin=None."""
        assert self._stdin_end and len(data) <= PIPE_SIZE
        self._stdin_end.write(data)
        self._stdin_end.close()

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.session.__exit__(kind, error, trace)
        self._stdin_file.close()
        if self._stdin_end:
            self._stdin_end.close()

    # Waiting

    def wait_for(
        self, awaited: str, condition: Callable[[], bool], timeout_s: float = BOOT_TIMEOUT_S
    ) -> None:
        """Let the machine run until the condition holds."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if self.session.ended:
                raise self.failure(awaited, "the machine ended first")
            if time.monotonic() > deadline:
                raise self.failure(awaited, f"not within {timeout_s:g} s")
            self.session.pump(PUMP_S)

    def wait_exit(self, timeout_s: float = BOOT_TIMEOUT_S) -> int:
        """Wait until the machine has switched itself off; the command's status."""
        deadline = time.monotonic() + timeout_s
        while not self.session.ended:
            if time.monotonic() > deadline:
                raise self.failure("the machine's end", f"not within {timeout_s:g} s")
            self.session.pump(PUMP_S)
        if self.session.panic_reason is not None:
            raise self.failure("the command's exit status", "the kernel panicked")
        if self.session.exit_status is None:
            raise self.failure("the command's exit status", "the machine ended without it")
        return self.session.exit_status

    # The console

    def send(self, text: str | bytes) -> None:
        """Type on the console; a line end is the Enter key."""
        data = text.encode() if isinstance(text, str) else text
        self.session.send_console(data)

    def expect(self, pattern: bytes, timeout_s: float = BOOT_TIMEOUT_S) -> re.Match[bytes]:
        """Wait until the console's text since the last `expect` has the pattern; the match.

        What is before its end is not looked at again.
        """
        compiled = re.compile(pattern, re.DOTALL)
        found: list[re.Match[bytes]] = []

        def is_there() -> bool:
            match = compiled.search(bytes(self.console[self._console_taken :]))  # noqa: E203
            found.extend([match] if match else [])
            return match is not None

        self.wait_for(f"{pattern!r} on the console", is_there, timeout_s)
        self._console_taken += found[0].end()
        return found[0]

    def shell(self, line: str, timeout_s: float = BOOT_TIMEOUT_S) -> str:
        """Type a line to the console's shell at its prompt; what it prints up to the next one."""
        self.send(line + "\n")
        self.expect(re.escape(line.encode()) + rb"\r*\n", timeout_s)
        match = self.expect(rb"(.*?)[^\n]*" + PROMPT, timeout_s)
        return match[1].decode(errors="replace").replace("\r\n", "\n")

    # Reports

    def reproduction(self) -> str:
        """The command that boots the same by hand."""
        options = self.options
        words = ["./vitrine", "run", "--emu", options.emulator, "--smp", str(options.cpu_count)]
        words += ["--mem", str(options.memory_mib), "--initrd", str(options.initrd)]
        words += ["--icount"] if options.counts_instructions else []
        words += ["--append", options.append] if options.append else []
        if options.command:
            words += ["--", *(self._shown(word, i) for i, word in enumerate(options.command))]
        source = f" < {options.run_folder}/stdin" if self.stdin else ""
        quoted = (f'"{word}"' if word.startswith("$(cat ") else shlex.quote(word) for word in words)
        return " ".join(quoted) + source

    def _shown(self, word: bytes, index: int) -> str:
        """A word of the command for a person; a long one as the file that it is put into."""
        if len(word) <= SHOWN_MAX:
            return word.decode(errors="backslashreplace")
        path = self.options.run_folder / f"argument{index}"
        path.write_bytes(word)
        return f"$(cat {path})"

    def failure(self, awaited: str, what: str) -> MachineFailure:
        """The exception that tells all that is known."""
        session = self.session
        parts = [f"awaited: {awaited}: {what}"]
        if session.panic_reason is not None:
            parts.append(f"kernel panic: {session.panic_reason}")
        if session.exit_status is not None:
            parts.append(f"exit status: {session.exit_status}")
        streams = {"stdout": self.stdout, "stderr": self.stderr, "console": self.console}
        for stream, data in {**streams, "kernel log": self.log}.items():
            if data:
                end = bytes(data[-1500:]).decode(errors="replace").replace("\r\n", "\n")
                parts.append(f"--- end of {stream}\n{end}")
        log = session.emulator.log_tail(5)
        parts += [f"--- emulator\n{log}"] if log else []
        parts.append(f"logs: {self.options.run_folder}/ (kernel.log, console.log)")
        parts.append(f"reproduce: {self.reproduction()}")
        return MachineFailure("\n".join(parts))
