# SPDX-License-Identifier: MIT
"""What whole-machine tests are written with: Machine and Debugger."""

from tests.harness.debugger import Debugger
from tests.harness.machine import Machine, MachineFailure

__all__ = ["Debugger", "Machine", "MachineFailure"]
