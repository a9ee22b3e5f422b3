# SPDX-License-Identifier: MIT
"""GDB on Bochs: a stub that answers GDB's packets with commands to Bochs's internal debugger.

Bochs as Debian builds it has no stub of its own. The bridge listens on a Unix socket and serves
one GDB after the other, in a thread of its own, which alone uses the debugger meanwhile. A CPU
is a thread for GDB, numbered from 1. All CPUs stop together and continue together; a step is
one instruction of one CPU, the others waiting. A stopped machine does not change, so pages and
registers that were read are kept until it moves.

Limits: registers of segments and control cannot be written (the debugger refuses), nor floating
point; watchpoints watch physical memory, at the place where the address is mapped when set.
"""

import contextlib
import re
import select
import socket
import threading
from pathlib import Path
from typing import Callable, Optional

from debug.host import bochs_registers
from debug.host.bochs_breakpoints import BochsBreakpoints
from debug.host.emulators.bochs_debugger import BochsDebugger, BochsDebuggerError
from debug.host.rsp import ENDED, INTERRUPT, RspConnection, unescape

PAGE_SIZE = 4096
PACKET_SIZE = 0x4000
KERNEL_HALF = 1 << 63  # addresses from here mean the same on every CPU
POLL_S = 0.2
SIGINT, SIGTRAP = 2, 5
OK, UNSUPPORTED = b"OK", b""
BAD_ARGUMENT, FAULT, REFUSED = b"E16", b"E0e", b"E01"
WATCH_KINDS = {2: "w", 3: "r", 4: "rw"}
WATCH_WORDS = {2: b"watch", 3: b"rwatch", 4: b"awatch"}


class BochsBridge:
    """A GDB endpoint on a stopped machine. `start` and `stop` are the owner's; once each."""

    def __init__(
        self, debugger: BochsDebugger, path: Path, cpu_count: int, scratch_folder: Path
    ) -> None:
        self.debugger = debugger
        self.cpu_count = cpu_count
        self._scratch = scratch_folder / "bochs-memory.bin"
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._wake, self._wake_far = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="bochs-bridge", daemon=True)
        self._connection: RspConnection
        self._cpu = 0  # the chosen CPU, also in the debugger
        self._last_stop = b"S05"
        self._breakpoints = BochsBreakpoints(debugger, cpu_count, self._read_memory)
        self._watchpoints: dict[tuple[int, int], int] = {}  # (kind, address): physical address
        self._pages: dict[tuple[int, int], Optional[bytes]] = {}
        self._registers: dict[int, list[Optional[bytes]]] = {}
        self._handlers: list[tuple[bytes, Callable[[bytes], Optional[bytes]]]] = [
            (b"qSupported", self._supported),
            (b"qXfer:features:read:target.xml:", self._description),
            (b"QStartNoAckMode", self._no_acknowledgements),
            (b"qAttached", lambda rest: b"1"),
            (b"qC", lambda rest: b"QC%x" % (self._cpu + 1)),
            (b"qfThreadInfo", self._threads),
            (b"qsThreadInfo", lambda rest: b"l"),
            (b"qThreadExtraInfo,", self._thread_name),
            (b"qRcmd,", self._monitor),
            (b"vCont?", lambda rest: b"vCont;c;C;s;S"),
            (b"vCont;", self._move),
            (b"?", lambda rest: self._last_stop),
            (b"H", self._choose),
            (b"T", lambda rest: OK if self._thread_cpu(rest) is not None else REFUSED),
            (b"g", lambda rest: bochs_registers.encode(self._read_registers())),
            (b"P", self._write_register),
            (b"p", self._read_register),
            (b"m", self._read_packet),
            (b"M", self._write_hexadecimal),
            (b"X", self._write_binary),
            (b"Z", self._insert),
            (b"z", self._remove),
            (b"c", lambda rest: self._continue()),
            (b"s", lambda rest: self._step(self._cpu)),
            (b"D", self._detach),
        ]

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread. The machine stays as it is."""
        self._wake.send(b"x")
        self._thread.join()
        for end in (self._server, self._wake, self._wake_far):
            end.close()

    # The thread

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._server, self._wake_far], [], [])
            if self._wake_far in ready:
                return
            peer, _ = self._server.accept()
            with peer, contextlib.suppress(BochsDebuggerError, BrokenPipeError):
                self._serve_connection(RspConnection(peer))
            self._remove_all()

    def _serve_connection(self, connection: RspConnection) -> None:
        self._connection = connection
        self._stop_machine()
        while True:
            if not connection.has_input:
                watched = [connection.connection, self._wake_far]
                ready, _, _ = select.select(watched, [], [])
                if self._wake_far in ready:
                    return
            packet = connection.receive()
            if packet is ENDED or packet == b"k":
                return
            if isinstance(packet, bytes):
                answer = self._answer(packet)
                if answer is None:
                    return
                connection.send(answer)

    def _answer(self, packet: bytes) -> Optional[bytes]:
        for prefix, handle in self._handlers:
            if packet.startswith(prefix):
                try:
                    return handle(packet[len(prefix) :])
                except ValueError:
                    return BAD_ARGUMENT
        return UNSUPPORTED

    # What the stub is and has

    def _supported(self, rest: bytes) -> bytes:
        return b"PacketSize=%x;qXfer:features:read+;QStartNoAckMode+;vContSupported+" % PACKET_SIZE

    def _description(self, rest: bytes) -> bytes:
        offset, length = (int(word, 16) for word in rest.split(b","))
        text = bochs_registers.target_description().encode()
        part = text[offset : offset + length]
        return (b"m" if offset + length < len(text) else b"l") + part

    def _no_acknowledgements(self, rest: bytes) -> bytes:
        self._connection.stop_acknowledging()
        return OK

    def _threads(self, rest: bytes) -> bytes:
        return b"m" + b",".join(b"%x" % (cpu + 1) for cpu in range(self.cpu_count))

    def _thread_cpu(self, word: bytes) -> Optional[int]:
        """The CPU of a thread; any (0) and all (-1) mean the chosen one."""
        thread = int(word, 16)
        if thread in (0, -1):
            return self._cpu
        return thread - 1 if 1 <= thread <= self.cpu_count else None

    def _thread_name(self, rest: bytes) -> bytes:
        cpu = self._thread_cpu(rest)
        return REFUSED if cpu is None else f"CPU#{cpu}".encode().hex().encode()

    def _monitor(self, rest: bytes) -> bytes:
        """`monitor WORDS`: a command to the debugger itself, which may change anything."""
        words = self.debugger.command(bytes.fromhex(rest.decode()).decode()) or "\n"
        self._forget()
        return words.encode().hex().encode()

    def _choose(self, rest: bytes) -> bytes:
        cpu = self._thread_cpu(rest[1:])
        if cpu is None:
            return REFUSED
        self._choose_cpu(cpu)
        return OK

    def _choose_cpu(self, cpu: int) -> None:
        if cpu != self._cpu:
            self.debugger.command(f"set $cpu = {cpu}")
            self._cpu = cpu

    # Registers

    def _read_registers(self) -> list[Optional[bytes]]:
        if self._cpu not in self._registers:
            values = bochs_registers.read_all(self.debugger.command, self._cpu)
            self._registers[self._cpu] = values
        return self._registers[self._cpu]

    def _read_register(self, rest: bytes) -> bytes:
        number = int(rest, 16)
        if number >= len(bochs_registers.TABLE):
            return BAD_ARGUMENT
        value = self._read_registers()[number]
        bits = bochs_registers.TABLE[number].bits
        return b"x" * (bits // 4) if value is None else value.hex().encode()

    def _write_register(self, rest: bytes) -> bytes:
        number, _, digits = rest.partition(b"=")
        register = bochs_registers.TABLE[int(number, 16)]
        value = bytes.fromhex(digits.decode())
        if register.setter is None:
            return REFUSED
        self.debugger.command(f"set {register.setter} = {int.from_bytes(value, 'little'):#x}")
        self._registers.clear()
        return OK if self._read_registers()[int(number, 16)] == value else REFUSED

    # Memory

    def _read_page(self, address: int) -> Optional[bytes]:
        """One page as the chosen CPU sees it; None where nothing is mapped."""
        key = (-1 if address >= KERNEL_HALF else self._cpu, address)
        if key not in self._pages:
            self._scratch.unlink(missing_ok=True)
            self.debugger.command(f'writemem "{self._scratch}" {address:#x} {PAGE_SIZE}')
            data = self._scratch.read_bytes() if self._scratch.exists() else b""
            self._pages[key] = data if len(data) == PAGE_SIZE else None
        return self._pages[key]

    def _read_memory(self, address: int, size: int) -> bytes:
        """What is there for the chosen CPU, up to the first page that is not mapped."""
        data = b""
        while len(data) < size:
            page, offset = divmod((address + len(data)) % (1 << 64), PAGE_SIZE)
            content = self._read_page(page * PAGE_SIZE)
            if content is None:
                break
            data += content[offset : offset + size - len(data)]
        return data

    def _read_packet(self, rest: bytes) -> bytes:
        address, size = (int(word, 16) for word in rest.split(b","))
        data = self._read_memory(address, size)
        return data.hex().encode() if data or not size else FAULT

    def _physical(self, address: int) -> Optional[int]:
        """Where the chosen CPU finds a linear address."""
        match = re.search(
            r"maps to physical page 0x([0-9a-f]+)", self.debugger.command(f"page {address:#x}")
        )
        return int(match[1], 16) + address % PAGE_SIZE if match else None

    def _write(self, address: int, data: bytes) -> bytes:
        places = [self._physical(address + index) for index in range(len(data))]
        if None in places:
            return FAULT
        for place, byte in zip(places, data):
            self.debugger.command(f"setpmem {place:#x} 1 {byte:#x}")
        self._forget()
        return OK

    def _write_hexadecimal(self, rest: bytes) -> bytes:
        place, _, digits = rest.partition(b":")
        return self._write(int(place.split(b",")[0], 16), bytes.fromhex(digits.decode()))

    def _write_binary(self, rest: bytes) -> bytes:
        place, _, data = rest.partition(b":")
        return self._write(int(place.split(b",")[0], 16), unescape(data))

    # Breakpoints and watchpoints

    def _insert(self, rest: bytes) -> bytes:
        kind, address, size = (int(word, 16) for word in rest.split(b";")[0].split(b","))
        if kind in (0, 1):
            return OK if self._breakpoints.insert(address) else REFUSED
        if kind not in WATCH_KINDS:
            return UNSUPPORTED
        place = self._physical(address)
        if place is None:
            return FAULT
        for letter in WATCH_KINDS[kind]:
            self.debugger.command(f"watch {letter} {place:#x} {size}")
        self._watchpoints[kind, address] = place
        return OK

    def _remove(self, rest: bytes) -> bytes:
        kind, address, _ = (int(word, 16) for word in rest.split(b","))
        if kind in (0, 1):
            self._breakpoints.remove(address)
            return OK
        place = self._watchpoints.pop((kind, address), None)
        if place is None:
            return REFUSED
        for _ in WATCH_KINDS[kind]:
            self.debugger.command(f"unwatch {place:#x}")
        return OK

    def _remove_all(self) -> None:
        """What a GDB that has gone has left behind."""
        if self.debugger.is_running or self.debugger.process.poll() is not None:
            return
        with contextlib.suppress(BochsDebuggerError):
            self._breakpoints.remove_all()
            for place in set(self._watchpoints.values()):
                self.debugger.command(f"unwatch {place:#x}")
        self._watchpoints.clear()

    # Moving

    def _forget(self) -> None:
        self._pages.clear()
        self._registers.clear()

    def _move(self, rest: bytes) -> Optional[bytes]:
        """vCont: the first action that steps a thread decides; without one, all continue."""
        for action in rest.split(b";"):
            verb, _, thread = action.partition(b":")
            if verb[:1] in (b"s", b"S"):
                cpu = self._thread_cpu(thread) if thread else self._cpu
                return REFUSED if cpu is None else self._step(cpu)
            if verb[:1] not in (b"c", b"C"):
                return UNSUPPORTED
        return self._continue()

    def _step(self, cpu: int) -> bytes:
        words = self.debugger.command(f"s {cpu} 1")
        self._forget()
        self._choose_cpu(cpu)
        return self._stop_reply(words, SIGTRAP, cpu)

    def _continue(self) -> Optional[bytes]:
        """Run until something stops the machine; GDB may interrupt it or go away meanwhile."""
        self._forget()
        self.debugger.resume()
        watched = [
            self.debugger.output_descriptor,
            self._connection.connection,
            self._wake_far,
        ]
        while True:
            ready, _, _ = select.select(watched, [], [], POLL_S)
            if self._wake_far in ready:
                return None
            try:
                words = self.debugger.poll_stop()
            except BochsDebuggerError:
                return b"W00"  # the machine has ended
            if words is not None:
                reply = self._stop_reply(words, SIGTRAP, None)
                if self._breakpoints.take_back(words):
                    self._forget()
                    return reply
                self._step(self._cpu)
                self.debugger.resume()
            if self._connection.connection in ready:
                item = self._connection.receive()
                if item is INTERRUPT:
                    return self._stop_reply(self.debugger.interrupt(), SIGINT, self._cpu)
                if item is ENDED:
                    return None

    def _stop_machine(self) -> None:
        """A GDB that comes finds a stopped machine, as on QEMU."""
        if self.debugger.is_running:
            self._stop_reply(self.debugger.interrupt(), SIGINT, None)
        self._forget()

    def _stop_reply(self, words: str, number: int, cpu: Optional[int]) -> bytes:
        """What the debugger said of the stop, as a packet; the CPU that stopped is chosen."""
        match = re.search(r"(?m)^\((\d+)\) (?:Breakpoint|Caught)", words)
        if match:
            cpu = int(match[1])
        reason = b""
        caught = re.search(r"Caught .*?(?:watch ?point|access).*? 0x([0-9a-f]+)", words)
        if caught:
            place = int(caught[1], 16)
            for (kind, address), watched in self._watchpoints.items():
                if watched & ~7 == place & ~7:
                    reason = b"%s:%x;" % (WATCH_WORDS[kind], address)
        self._choose_cpu(cpu if cpu is not None else self._cpu)
        self._last_stop = b"T%02xthread:%x;%s" % (number, self._cpu + 1, reason)
        return self._last_stop

    def _detach(self, rest: bytes) -> Optional[bytes]:
        self._remove_all()
        self._connection.send(OK)
        self.debugger.resume()
        return None
