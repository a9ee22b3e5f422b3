# SPDX-License-Identifier: MIT
"""Loaded by GDB beside build/vitrine.elf: the `vt` commands.

Everything is read from memory by the types in DWARF, so the commands work on a kernel that
runs, hangs or was dumped, on QEMU and on Bochs alike.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import commands  # noqa: E402,F401  (importing registers the commands)
