# SPDX-License-Identifier: MIT
"""QEMU: the lines and the monitor are connected sockets handed over at start: none is missed.

With counted instructions the clock, the RTC and RDRAND follow the count and a fixed seed: two
runs of one image are identical. Without, each CPU has a thread of its own.
"""

import re
import socket

from debug.host.emulators.base import Emulator, EmulatorError, PowerState
from debug.host.qmp import Qmp, QmpError

START_TIME = "2026-01-01T00:00:00"
EXIT_BY_DEBUG_PORT = 1  # isa-debug-exit turns the guest's 0 into this status


def connected_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a line. TCP, because QEMU writes byte by byte, and TCP joins the bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        far = socket.create_connection(server.getsockname())
        near, peer = server.accept()
    if peer != far.getsockname():
        raise EmulatorError("qemu: somebody else connected to a serial line")
    for end in (near, far):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return near, far


class Qemu(Emulator):
    """qemu-system-x86_64 on translated code (no hardware virtualisation)."""

    name = "qemu"
    counted_clock_hz = 1_000_000_000  # an instruction is a nanosecond
    _qmp: Qmp
    _has_run = False
    _has_gdb_endpoint = False

    def start(self) -> None:
        """See base."""
        self.console, console_far = connected_pair()
        self.link, link_far = connected_pair()
        monitor, monitor_far = socket.socketpair()
        far_ends = (console_far, link_far, monitor_far)
        try:
            self.process = self.spawn(
                self._command(*(end.fileno() for end in far_ends)),
                inherited=[end.fileno() for end in far_ends],
            )
        finally:
            for end in far_ends:
                end.close()
        self._qmp = Qmp(monitor)
        try:
            self._qmp.greet()
        except QmpError as error:
            raise EmulatorError(f"qemu does not start ({error}):\n{self.log_tail()}") from error

    def _command(self, console: int, link: int, monitor: int) -> list[str]:
        settings = self.settings
        command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"]
        command += ["-machine", "pc", "-cpu", "max", "-smp", str(settings.cpu_count)]
        command += ["-m", str(settings.memory_mib), "-no-reboot", "-S"]
        command += ["-cdrom", str(settings.image.resolve()), "-boot", "d"]
        for line, descriptor in (("com1", console), ("com2", link)):
            command += [
                "-chardev",
                f"socket,id={line},fd={descriptor}",
                "-serial",
                f"chardev:{line}",
            ]
        command += ["-chardev", f"socket,id=monitor,fd={monitor}"]
        command += ["-mon", "chardev=monitor,mode=control"]
        command += ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
        if settings.counts_instructions:
            command += ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"]
            command += ["-rtc", f"base={START_TIME},clock=vm", "-seed", "1"]
        else:
            command += ["-accel", "tcg,thread=multi"]
        return command

    def pause(self) -> None:
        """See base."""
        self._execute("stop")

    def resume(self) -> None:
        """See base."""
        self._has_run = True
        self._execute("cont")

    def _execute(self, command: str, **arguments: object) -> object:
        try:
            return self._qmp.execute(command, **arguments)
        except QmpError as error:
            raise EmulatorError(f"qemu: {error}; log: {self.log_path}") from error

    def registers(self) -> list[str]:
        """See base."""
        try:
            text = self._qmp.human("info registers -a")
        except QmpError as error:
            raise EmulatorError(f"qemu: {error}; log: {self.log_path}") from error
        text = text.replace("\r", "")
        cpus = re.split(r"^(?=CPU#)", text, flags=re.MULTILINE)
        # From FCW on: the floating-point unit, a screenful.
        return [cpu.partition("\nFCW=")[0].strip() for cpu in cpus if cpu.strip()]

    def read_physical_memory(self, address: int, size: int) -> bytes:
        """See base."""
        scratch = self.settings.run_folder.resolve() / "memory.bin"
        self._execute("pmemsave", val=address, size=size, filename=str(scratch))
        data = scratch.read_bytes()
        scratch.unlink()
        return data

    def gdb_endpoint(self) -> str:
        """See base."""
        path = self.gdb_socket_path()
        if not self._has_gdb_endpoint:
            try:
                answer = self._qmp.human(f"gdbserver unix:{path},server=on,wait=off")
            except QmpError as error:
                raise EmulatorError(f"qemu: {error}; log: {self.log_path}") from error
            if "Could not" in answer or not path.exists():
                raise EmulatorError(f"qemu: no endpoint for GDB: {answer.strip()}")
            self._has_gdb_endpoint = True
            self._has_run = True
        return str(path)

    def gdb_endpoint_close(self) -> None:
        """See base."""
        if self._has_gdb_endpoint:
            self._execute("human-monitor-command", **{"command-line": "gdbserver none"})
            self._has_gdb_endpoint = False

    def power_state(self) -> PowerState:
        """See base."""
        if self.process is None:
            raise EmulatorError("qemu: not started")
        if self.process.poll() is None:
            status = self._execute("query-status")
            is_running = isinstance(status, dict) and status.get("running")
            return PowerState.RUNNING if is_running else PowerState.STOPPED
        self._qmp.drain_events()
        for event in self._qmp.events:
            if event.get("event") == "SHUTDOWN":
                reason = event["data"].get("reason")
                if reason == "guest-reset":
                    return PowerState.RESET
                if reason == "guest-shutdown":
                    return PowerState.POWERED_OFF
        if self._has_run and self.process.returncode == EXIT_BY_DEBUG_PORT:
            return PowerState.POWERED_OFF
        return PowerState.FAILED

    def stop(self) -> None:
        """See base."""
        self.kill_process()
        for name in ("console", "link"):
            if hasattr(self, name):
                getattr(self, name).close()
        if hasattr(self, "_qmp"):
            self._qmp.connection.close()
