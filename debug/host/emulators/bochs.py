# SPDX-License-Identifier: MIT
"""Bochs: every instruction is interpreted, and time is their number: runs always repeat.

Both serial lines are connections that Bochs makes to sockets listening here, so none can be
missed. Its internal debugger, on its standard streams, stops and reads the machine
(bochs_debugger.py); GDB is served by a bridge to that debugger (bochs_bridge.py). Bochs has no
setting to end at a reset: its log tells of one.
"""

import contextlib
import re
import socket
import subprocess
from pathlib import Path
from typing import Optional

from debug.host.bochs_bridge import BochsBridge
from debug.host.emulators.base import Emulator, EmulatorError, PowerState
from debug.host.emulators.bochs_debugger import BochsDebugger, BochsDebuggerError

SHARE = Path("/usr/share/bochs")
CPU_MODEL = "corei7_icelake_u"  # the oldest of its models with SMEP, SMAP, UMIP and RDRAND
INSTRUCTIONS_PER_SECOND = 50_000_000  # of the machine's own time, on each CPU
MEMORY_MAX_MIB = 2048
START_TIME = 1767225600  # 2026-01-01, UTC
CONNECT_TIMEOUT_S = 20.0
POWER_OFF_WORDS = ("Shutdown port: shutdown requested", "ACPI control: soft power off")
TRIPLE_FAULT_WORDS = "shutdown status"
RESET_WORDS = b"Reset(HARDWARE) called"  # once when the machine is made, too
WORDS_PER_LINE = 64  # of a memory dump

CONFIGURATION = """\
plugin_ctrl: unmapped=1, biosdev=1, serial=1, speaker=0, parallel=0, gameport=0
config_interface: textconfig
display_library: rfb, options="timeout=0"
romimage: file="{share}/BIOS-bochs-latest"
vgaromimage: file="{share}/VGABIOS-lgpl-latest"
megs: {memory_mib}
cpu: model={model}, count={cpu_count}, ips={ips}, reset_on_triple_fault=0, ignore_bad_msrs=1
clock: sync=none, rtc_sync=0, time0={start_time}
ata0: enabled=1
ata0-master: type=cdrom, path="{image}", status=inserted
boot: cdrom
com1: enabled=1, mode=socket-client, dev=127.0.0.1:{console_port}
com2: enabled=1, mode=socket-client, dev=127.0.0.1:{link_port}
log: "{log}"
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
"""


class Bochs(Emulator):
    """Debian's bochs, with its internal debugger."""

    name = "bochs"
    counted_clock_hz = INSTRUCTIONS_PER_SECOND
    always_counts = True
    _debugger: BochsDebugger
    _bridge: Optional[BochsBridge] = None

    _was_reset = False
    _log_seen = 0  # bytes
    _reset_count = 0

    def start(self) -> None:
        """See base."""
        if self.settings.memory_mib > MEMORY_MAX_MIB:
            raise EmulatorError(f"bochs takes at most {MEMORY_MAX_MIB} MiB of memory")
        with (
            socket.create_server(("127.0.0.1", 0)) as console,
            socket.create_server(("127.0.0.1", 0)) as link,
        ):
            configuration = self.settings.run_folder / "bochsrc"
            configuration.write_text(self._configuration(console, link))
            command = ["bochs", "-q", "-f", configuration.name]
            self.process = self.spawn(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._debugger = BochsDebugger(self.process)
            try:
                self._debugger.start()
            except BochsDebuggerError as error:
                raise EmulatorError(f"bochs does not start: {error}\n{self.log_tail()}") from error
            self.console = self._accept(console, "COM1")
            self.link = self._accept(link, "COM2")

    def _configuration(self, console: socket.socket, link: socket.socket) -> str:
        return CONFIGURATION.format(
            share=SHARE,
            memory_mib=self.settings.memory_mib,
            model=CPU_MODEL,
            cpu_count=self.settings.cpu_count,
            ips=INSTRUCTIONS_PER_SECOND,
            start_time=START_TIME,
            image=self.settings.image.resolve(),
            console_port=console.getsockname()[1],
            link_port=link.getsockname()[1],
            log=self.log_path.resolve(),
        )

    def _accept(self, server: socket.socket, name: str) -> socket.socket:
        server.settimeout(CONNECT_TIMEOUT_S)
        try:
            line, _ = server.accept()
        except TimeoutError as error:
            raise EmulatorError(f"bochs: {name} is not connected:\n{self.log_tail()}") from error
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def _own_debugger(self) -> BochsDebugger:
        """The debugger, when nobody has it through the bridge."""
        if self._bridge is not None:
            raise EmulatorError("bochs: the debugger is GDB's")
        return self._debugger

    def pause(self) -> None:
        """See base."""
        try:
            self._own_debugger().interrupt()
        except BochsDebuggerError as error:
            raise EmulatorError(f"bochs: {error}; log: {self.log_path}") from error

    def resume(self) -> None:
        """See base."""
        debugger = self._own_debugger()
        if debugger.is_running:
            return
        try:
            debugger.resume()
        except BochsDebuggerError as error:
            raise EmulatorError(f"bochs: {error}; log: {self.log_path}") from error

    def _command(self, text: str) -> str:
        try:
            return self._own_debugger().command(text)
        except BochsDebuggerError as error:
            raise EmulatorError(f"bochs: {error}; log: {self.log_path}") from error

    def registers(self) -> list[str]:
        """See base."""
        texts = []
        for cpu in range(self.settings.cpu_count):
            self._command(f"set $cpu = {cpu}")
            parts = [self._command(command).strip() for command in ("regs", "sreg", "creg")]
            texts.append("\n".join(parts).replace("\t", "    "))
        self._command("set $cpu = 0")
        return texts

    def read_physical_memory(self, address: int, size: int) -> bytes:
        """See base."""
        start = address & ~7
        count = (address + size - start + 7) // 8
        data = b""
        while count:
            part = min(count, WORDS_PER_LINE)
            text = self._command(f"xp /{part}gx {start + len(data):#x}")
            words = re.findall(r"\t0x([0-9a-f]+)", text)
            if len(words) != part:
                raise EmulatorError(f"bochs: no memory at {start + len(data):#x}: {text.strip()}")
            data += b"".join(int(word, 16).to_bytes(8, "little") for word in words)
            count -= part
        return data[address - start :][:size]

    def gdb_endpoint(self) -> str:
        """See base."""
        path = self.gdb_socket_path()
        if self._bridge is None:
            folder = self.settings.run_folder.resolve()
            self._bridge = BochsBridge(self._debugger, path, self.settings.cpu_count, folder)
            self._bridge.start()
        return str(path)

    def gdb_endpoint_close(self) -> None:
        """See base."""
        if self._bridge is not None:
            self._bridge.stop()
            self._bridge = None

    def notice_reset(self) -> None:
        """See base."""
        if self.process is None or self._was_reset:
            return
        with open(self.log_path, "rb") as log:
            log.seek(self._log_seen)
            text = log.read()
        end = text.rfind(b"\n") + 1  # a line that is being written is read again
        self._log_seen += end
        self._reset_count += text[:end].count(RESET_WORDS)
        if self._reset_count > 1:
            self._was_reset = True
            self.process.kill()

    def power_state(self) -> PowerState:
        """See base."""
        if self.process is None:
            raise EmulatorError("bochs: not started")
        if self._was_reset:
            return PowerState.RESET
        if self.process.poll() is None:
            return PowerState.RUNNING if self._debugger.is_running else PowerState.STOPPED
        text = self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
        if any(words in text for words in POWER_OFF_WORDS):
            return PowerState.POWERED_OFF
        if TRIPLE_FAULT_WORDS in text:
            return PowerState.RESET
        return PowerState.FAILED

    def stop(self) -> None:
        """See base."""
        self.gdb_endpoint_close()
        self.kill_process()
        if self.process is not None and self.process.stdin and self.process.stdout:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            self.process.stdout.close()
        for name in ("console", "link"):
            if hasattr(self, name):
                getattr(self, name).close()
