# SPDX-License-Identifier: MIT
"""One boot of the kernel: image, emulator, and the bytes that flow in and out.

`pump` moves what is ready and returns; whoever waits for something calls it until a condition
holds or time is up. One thread does everything. What arrives is kept in files of the run
folder (kernel.log, console.log) and handed to the callbacks.
"""

import os
import re
import secrets
import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Callable, Mapping, Optional, Type

from debug.host import link
from debug.host.emulators import emulator_class
from debug.host.emulators.base import Emulator, MachineSettings, PowerState
from debug.host.paths import DEFAULT_ROOT, INIT, KERNEL, KERNEL_STRIPPED
from tools import cpio
from tools.make_image import Module, make_image

RECEIVE_SIZE = 65536
TAIL_SIZE = 4096
NAP_BELOW = 1024
NAP_S = 0.0003
EXIT_WAIT_S = 10.0  # from the last word on a line to the end of the emulator
BOOT_FAILURE = re.compile(rb"(?m)^(?:vitrine: (.*); halted|(?:GRUB )?error: (.*))\.\s*$")
Receiver = Callable[[bytes], None]


class SessionError(Exception):
    """The machine could not be prepared. Says what is missing and what to do."""


@dataclass(frozen=True)
class GuestOptions:
    """What to boot and how."""

    run_folder: Path
    emulator: str = "qemu"
    cpu_count: int = 1
    memory_mib: int = 256
    initrd: Path = DEFAULT_ROOT  # a cpio file, or a folder to make one of
    append: str = ""
    counts_instructions: bool = False
    command: tuple[bytes, ...] = ()  # empty: a shell on the console
    is_on_console: bool = False  # the command's streams: the console, not the link
    environment: Mapping[str, str] = field(default_factory=dict)
    log_path: Optional[Path] = None  # default: kernel.log in the run folder

    @property
    def kernel_log(self) -> Path:
        """Where the kernel's log goes."""
        return self.log_path or self.run_folder / "kernel.log"


def command_line(options: GuestOptions) -> str:
    """The kernel's command line; the user's words come last and win."""
    words = ["console=link", "panic=off"]
    emulator = emulator_class(options.emulator)
    if options.counts_instructions or emulator.always_counts:
        words += [f"clock={emulator.counted_clock_hz}", "seed=1"]  # nothing to measure or guess
    else:
        words.append(f"seed={secrets.randbits(63)}")
    if options.command:
        words.append("init=/sbin/vitrine-init")
        words.append(f"VITRINE_STDIO={'console' if options.is_on_console else 'link'}")
    elif options.initrd == DEFAULT_ROOT:
        words.append("init=/sbin/vitrine-init")
    for name, value in options.environment.items():
        escaped = re.sub(r'(["\\])', r"\\\1", value)
        words.append(f'{name}="{escaped}"')
    return " ".join(words + [options.append]).strip()


def overlay_archive() -> bytes:
    """What is put over any root file system: our PID 1."""
    return cpio.write_archive(
        [
            cpio.folder_entry("sbin"),
            cpio.file_entry("sbin/vitrine-init", INIT.read_bytes(), 0o755),
        ]
    )


def modules(options: GuestOptions) -> list[Module]:
    """What GRUB loads beside the kernel."""
    found = []
    if options.initrd.is_dir():
        entries = cpio.entries_from_folder(options.initrd)
        found.append(Module("initrd", cpio.write_archive(entries)))
    else:
        found.append(Module("initrd", options.initrd))
    found.append(Module("overlay", overlay_archive()))
    if options.command:
        found.append(Module("argv", b"".join(word + b"\0" for word in options.command)))
    return found


def check_built(options: GuestOptions) -> Path:
    """The kernel to boot; SessionError when something is not there."""
    kernel = KERNEL_STRIPPED if KERNEL_STRIPPED.exists() else KERNEL
    for path in (kernel, INIT, *([DEFAULT_ROOT] if options.initrd == DEFAULT_ROOT else [])):
        if not path.exists():
            raise SessionError(f"{path} is not built: run `make`")
    if not options.initrd.exists():
        raise SessionError(f"{options.initrd}: no such file or folder")
    return kernel


def receive_gathered(line: socket.socket) -> Optional[bytes]:
    """What has arrived; b"" at the end of the line, None for a false alarm.

    Emulators send byte by byte. When little is there, a short nap makes it more, so that the
    cost of a wake-up is not paid for every byte.
    """
    try:
        data = line.recv(RECEIVE_SIZE)
    except BlockingIOError:
        return None
    except OSError:
        return b""
    if 0 < len(data) < NAP_BELOW:
        time.sleep(NAP_S)
        try:
            data += line.recv(RECEIVE_SIZE)
        except OSError:
            pass  # the end, if it is that, is met again at the next call
    return data


class Session:
    """A machine with the kernel in it, from power-on (stopped) to the end.

    After the end: `exit_status` is the command's, None when it told none; `panic_reason` is
    set after a panic; `ended` says that the machine has gone.
    """

    emulator: Emulator

    def __init__(self, options: GuestOptions) -> None:
        self.options = options
        self.exit_status: Optional[int] = None
        self.panic_reason: Optional[str] = None
        self.ended = False
        self.console_tail: deque[int] = deque(maxlen=TAIL_SIZE)
        self.output_tail: deque[int] = deque(maxlen=TAIL_SIZE)
        self.on_console: Receiver = lambda data: None
        self.on_stdout: Receiver = lambda data: None
        self.on_stderr: Receiver = lambda data: None
        self.on_log: Receiver = lambda data: None
        self.console_received = 0
        self.boot_failure: Optional[str] = None
        self._decoder = link.Decoder()
        self._selector = selectors.PollSelector()
        self._outgoing: dict[socket.socket, bytearray] = {}
        self._input: Optional[int] = None
        self._input_credit = 0
        self._input_ended = False
        self._image = options.run_folder / "vitrine.iso"
        self._deadline_after_end: Optional[float] = None

    # Life

    def __enter__(self) -> "Session":
        options = self.options
        kernel = check_built(options)
        options.run_folder.mkdir(parents=True, exist_ok=True)
        make_image(self._image, kernel, command_line(options), modules(options))
        settings = MachineSettings(
            image=self._image,
            run_folder=options.run_folder,
            cpu_count=options.cpu_count,
            memory_mib=options.memory_mib,
            counts_instructions=options.counts_instructions,
        )
        self._log = open(options.kernel_log, "wb", buffering=0)
        self._console_log = open(options.run_folder / "console.log", "wb", buffering=0)
        self.emulator = emulator_class(options.emulator)(settings)
        try:
            self.emulator.__enter__()
        except BaseException:
            self._close_files()
            raise
        for line in (self.emulator.console, self.emulator.link):
            line.setblocking(False)
            self._outgoing[line] = bytearray()
            self._selector.register(line, selectors.EVENT_READ)
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._selector.close()
        self.emulator.__exit__(kind, error, trace)
        self._close_files()

    def _close_files(self) -> None:
        self._log.close()
        self._console_log.close()
        self._image.unlink(missing_ok=True)

    # Input

    def send_console(self, data: bytes) -> None:
        """Type on COM1."""
        self._send(self.emulator.console, data)

    def attach_input(self, descriptor: int) -> None:
        """The command's standard input is read from here, as the guest asks for it."""
        self._input = descriptor

    def _send(self, line: socket.socket, data: bytes) -> None:
        if line in self._outgoing:
            self._outgoing[line] += data
            self._flush(line)

    def _flush(self, line: socket.socket) -> None:
        waiting = self._outgoing[line]
        try:
            while waiting:
                del waiting[: line.send(waiting)]
        except BlockingIOError:
            pass
        except OSError:
            waiting.clear()
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if waiting else 0)
        self._selector.modify(line, events)

    def _watch_input(self) -> None:
        """Read standard input only while the guest has room for it."""
        if self._input is None:
            if self._input_credit and not self._input_ended:
                self._end_input()
            return
        is_watched = self._input in self._selector.get_map()
        is_wanted = self._input_credit > 0 and not self._input_ended
        if is_wanted and not is_watched:
            self._selector.register(self._input, selectors.EVENT_READ)
        elif is_watched and not is_wanted:
            self._selector.unregister(self._input)

    def _pass_input(self) -> None:
        assert self._input is not None
        data = os.read(self._input, min(self._input_credit, link.PAYLOAD_MAX))
        if not data:
            self._end_input()
            return
        self._input_credit -= len(data)
        self._send(self.emulator.link, link.encode(link.STDIN, data))

    def _end_input(self) -> None:
        self._input_ended = True
        self._send(self.emulator.link, link.encode(link.STDIN, b""))

    # Output

    def pump(self, timeout_s: float, *watched: int) -> set[int]:
        """Move what is ready, waiting up to `timeout_s` for something to be.

        Returns those of the descriptors `watched` that can be read.
        """
        self._watch_input()
        for descriptor in watched:
            self._selector.register(descriptor, selectors.EVENT_READ)
        if self.ended and not watched:
            return set()
        ready: set[int] = set()
        for key, events in self._selector.select(timeout_s):
            if key.fd in watched:
                ready.add(key.fd)
            elif isinstance(key.fileobj, socket.socket):
                if events & selectors.EVENT_WRITE:
                    self._flush(key.fileobj)
                if events & selectors.EVENT_READ:
                    self._receive(key.fileobj)
            else:
                self._pass_input()
        for descriptor in watched:
            self._selector.unregister(descriptor)
        self._notice_end()
        return ready

    def _receive(self, line: socket.socket) -> None:
        data = receive_gathered(line)
        if data is None:
            return
        if not data:
            self._selector.unregister(line)
            del self._outgoing[line]
        elif line is self.emulator.console:
            self.console_received += len(data)
            self.console_tail.extend(data)
            self._console_log.write(data)
            self.on_console(data)
            self._notice_boot_failure()
        else:
            for frame in self._decoder.feed(data):
                self._take_frame(frame)

    def _notice_boot_failure(self) -> None:
        """GRUB, and the kernel before its log has a way out, say on COM1 why they cannot start."""
        if self.console_received <= TAIL_SIZE and not self.options.kernel_log.stat().st_size:
            match = BOOT_FAILURE.search(bytes(self.console_tail))
            if match:
                self.boot_failure = (match[1] or b"GRUB: " + match[2]).decode(errors="replace")

    def _take_frame(self, frame: link.Frame) -> None:
        if frame.channel == link.LOG:
            self._log.write(frame.payload)
            self.on_log(frame.payload)
        elif frame.channel == link.STDOUT:
            self.output_tail.extend(frame.payload)
            self.on_stdout(frame.payload)
        elif frame.channel == link.STDERR:
            self.output_tail.extend(frame.payload)
            self.on_stderr(frame.payload)
        elif frame.channel == link.STDIN_WANT:
            self._input_credit += int(frame.payload)
        elif frame.channel == link.EXIT:
            self.exit_status = int(frame.payload)
        elif frame.channel == link.PANIC:
            piece = frame.payload.decode(errors="replace")
            self.panic_reason = (self.panic_reason or "") + piece

    def _notice_end(self) -> None:
        """The machine has ended when both lines are closed; give the process time to go.

        A machine that stays on after its last word is ended by us.
        """
        self.emulator.notice_reset()
        said_last = self.exit_status is not None or self.panic_reason is not None
        if not self._outgoing:
            self.emulator.wait_exit(EXIT_WAIT_S)
            self.ended = True
        elif said_last and self._deadline_after_end is None:
            self._deadline_after_end = time.monotonic() + EXIT_WAIT_S
        elif self._deadline_after_end and time.monotonic() > self._deadline_after_end:
            self.ended = True

    @property
    def skipped_link_bytes(self) -> int:
        """Bytes on the link that belonged to no frame."""
        return self._decoder.skipped

    def power_state(self) -> PowerState:
        """The machine's state now."""
        return self.emulator.power_state()

    def registers(self) -> list[str]:
        """Each CPU's registers as text; stops the machine."""
        self.emulator.pause()
        return self.emulator.registers()

    def log_tail(self, line_count: int = 25) -> str:
        """The end of the kernel's log."""
        text = self.options.kernel_log.read_text(errors="replace")
        return "\n".join(text.splitlines()[-line_count:])

    def output_end(self) -> str:
        """The end of what the guest wrote: the command's streams, then the console."""
        tails = (bytes(self.output_tail), bytes(self.console_tail))
        text = b"".join(tails).decode(errors="replace").replace("\r\n", "\n")
        return "\n".join(text.splitlines()[-15:])
