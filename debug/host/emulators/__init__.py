# SPDX-License-Identifier: MIT
"""The emulators by name. A new one is a class of `base.Emulator` in its own file, and a line here.

A module is imported when its emulator is asked for: the tools start faster.
"""

import importlib
from typing import Type, cast

from debug.host.emulators.base import Emulator

EMULATORS = {
    "qemu": ("debug.host.emulators.qemu", "Qemu"),
    "bochs": ("debug.host.emulators.bochs", "Bochs"),
}


def emulator_class(name: str) -> Type[Emulator]:
    """The class of one of EMULATORS."""
    module, cls = EMULATORS[name]
    return cast(Type[Emulator], getattr(importlib.import_module(module), cls))
