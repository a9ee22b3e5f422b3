# SPDX-License-Identifier: MIT
"""GDB with the project's extensions on a test's machine, a batch of commands at a time."""

from typing import Any

import json

from debug.host import gdb
from tests.harness.machine import Machine


class Debugger:
    """Stops the machine, and looks. The machine stays stopped until `resume`."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        machine.session.emulator.pause()

    def run(self, *commands: str, timeout_s: float = 60.0) -> str:
        """What the commands print."""
        try:
            return gdb.run_commands(self.machine.session, commands, timeout_s)
        except gdb.GdbError as error:
            raise self.machine.failure(f"gdb: {'; '.join(commands)}", str(error)) from error

    def json(self, command: str) -> Any:
        """What a `vt` command prints with -json."""
        return json.loads(self.run(f"{command} -json"))

    def resume(self) -> None:
        """Let the machine run on."""
        self.machine.session.emulator.gdb_endpoint_close()
        self.machine.session.emulator.resume()
