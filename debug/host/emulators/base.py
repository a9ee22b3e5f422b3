# SPDX-License-Identifier: MIT
"""What every emulator is to the rest of the tools.

The idea: an emulator is a child process with two serial lines and a power state. `start`
leaves the machine powered on, stopped before its first instruction, with both lines
connected, so no byte is lost; `resume` lets it run, or a debugger attached to `gdb_endpoint`
does. An emulator is a context manager and nothing that it started outlives it: the child has
its own process group, which is killed at the end, and dies with its parent.

Limits: start it from the main thread (the kernel ties a child's life to its parent thread).
"""

import abc
import enum
import os
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, ClassVar, Optional, Sequence, Type


class EmulatorError(Exception):
    """The emulator could not do what was asked. Says what, and where its log is."""


class PowerState(enum.Enum):
    """How far the machine is through its life."""

    STOPPED = "stopped"  # powered on, no CPU runs
    RUNNING = "running"
    POWERED_OFF = "powered off"  # the guest switched the machine off
    RESET = "reset"  # a restart or triple fault ended the machine
    FAILED = "failed"  # the emulator itself ended unexpectedly


@dataclass(frozen=True)
class MachineSettings:
    """What is to be built: the same words for every emulator."""

    image: Path  # bootable ISO
    run_folder: Path  # exists; the emulator's log, sockets and scratch files go there
    cpu_count: int = 1
    memory_mib: int = 256
    counts_instructions: bool = False  # time follows the instruction count; Bochs: always


class Emulator(abc.ABC):
    """One machine in one emulator process.

    `console` (COM1) and `link` (COM2) are connected stream sockets from the end of `start`
    to the end of `stop`; the emulator's end closes them when the machine ends.
    """

    name: ClassVar[str]
    counted_clock_hz: ClassVar[int]  # the time-stamp counter's rate when instructions are counted
    always_counts: ClassVar[bool] = False  # time follows the instruction count in every run
    console: socket.socket
    link: socket.socket

    def __init__(self, settings: MachineSettings) -> None:
        self.settings = settings
        self.process: Optional[subprocess.Popen[bytes]] = None
        self._socket_folder: Optional[tempfile.TemporaryDirectory[str]] = None

    @property
    def log_path(self) -> Path:
        """The emulator's own messages (not the guest's)."""
        return self.settings.run_folder / f"{self.name}.log"

    @abc.abstractmethod
    def start(self) -> None:
        """Create the machine, stopped before its first instruction, both lines connected."""

    @abc.abstractmethod
    def pause(self) -> None:
        """Stop every CPU; nothing when already stopped."""

    @abc.abstractmethod
    def resume(self) -> None:
        """Let every CPU run; nothing when already running."""

    @abc.abstractmethod
    def registers(self) -> list[str]:
        """Each CPU's registers as text to print, in order of CPU. The machine is stopped."""

    @abc.abstractmethod
    def read_physical_memory(self, address: int, size: int) -> bytes:
        """Guest memory by physical address. The machine is stopped."""

    @abc.abstractmethod
    def gdb_endpoint(self) -> str:
        """What GDB's `target remote` takes to attach; opened at the first call.

        The machine must be stopped. From here on the debugger stops and resumes it: `pause`,
        `resume`, `registers` and `read_physical_memory` may raise EmulatorError until
        `gdb_endpoint_close`.
        """

    @abc.abstractmethod
    def gdb_endpoint_close(self) -> None:
        """Detach the debugger's endpoint; the machine stays as it is. Nothing without one."""

    @abc.abstractmethod
    def power_state(self) -> PowerState:
        """The machine's state now. Never blocks for more than a second."""

    def notice_reset(self) -> None:
        """Called now and then while the machine runs: end one that the guest has reset.

        Nothing for an emulator that ends by itself.
        """

    @abc.abstractmethod
    def stop(self) -> None:
        """End the machine and everything started for it. May be called twice."""

    def wait_exit(self, timeout_s: float) -> Optional[PowerState]:
        """Wait until the machine has ended by itself; None when it has not in that time."""
        if self.process is None:
            raise EmulatorError(f"{self.name}: not started")
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        return self.power_state()

    def gdb_socket_path(self) -> Path:
        """Where a Unix socket for GDB goes: short enough for a socket's name, and ours alone."""
        if self._socket_folder is None:
            self._socket_folder = tempfile.TemporaryDirectory(prefix="vitrine-")
        return Path(self._socket_folder.name) / "gdb"

    def log_tail(self, line_count: int = 20) -> str:
        """The end of the emulator's own log."""
        try:
            text = self.log_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-line_count:])

    def spawn(
        self,
        command: Sequence[str],
        stdin: Optional[IO[bytes]] | int = subprocess.DEVNULL,
        stdout: Optional[IO[bytes]] | int = None,
        inherited: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Start the emulator's process: own session, dies with us, messages to the log.

        `inherited` are file descriptors that it keeps under their numbers.
        """
        with open(self.log_path, "ab") as log:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *command],
                stdin=stdin,
                stdout=log if stdout is None else stdout,
                stderr=log if stdout is None else subprocess.STDOUT,
                start_new_session=True,
                pass_fds=inherited,
                cwd=self.settings.run_folder,
            )

    def kill_process(self) -> None:
        """Kill the emulator's process group, collect it, remove the socket for GDB."""
        if self._socket_folder is not None:
            self._socket_folder.cleanup()
            self._socket_folder = None
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def __enter__(self) -> "Emulator":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()
