# SPDX-License-Identifier: MIT
"""QEMU's machine protocol: one JSON object a line, answers in order, events in between."""

import json
import socket
import time
from typing import Any

ANSWER_TIMEOUT_S = 30.0


class QmpError(Exception):
    """QEMU refused a command, or does not answer any more."""


class Qmp:
    """A client on a connected socket. `events` holds what QEMU said unasked."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.events: list[dict[str, Any]] = []
        self._received = b""

    def greet(self) -> None:
        """Take QEMU's greeting and leave negotiation mode."""
        self._next_object(time.monotonic() + ANSWER_TIMEOUT_S)
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run one command and return its answer."""
        request: dict[str, Any] = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        try:
            self.connection.settimeout(ANSWER_TIMEOUT_S)
            self.connection.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise QmpError(f"{command}: {error}") from error
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while True:
            answer = self._next_object(deadline)
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise QmpError(f"{command}: {answer['error'].get('desc')}")
            else:
                return answer.get("return")

    def human(self, command: str) -> str:
        """Run a command of QEMU's human monitor and return its text."""
        return str(self.execute("human-monitor-command", **{"command-line": command}))

    def drain_events(self) -> None:
        """Collect the events that have already arrived."""
        try:
            while True:
                self.events.append(self._next_object(time.monotonic()))
        except QmpError:
            pass

    def _next_object(self, deadline: float) -> dict[str, Any]:
        while b"\n" not in self._received:
            self.connection.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                part = self.connection.recv(65536)
            except OSError as error:
                raise QmpError(f"no answer from QEMU: {error}") from error
            if not part:
                raise QmpError("QEMU closed its monitor")
            self._received += part
        line, _, self._received = self._received.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer
