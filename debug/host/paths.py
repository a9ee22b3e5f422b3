# SPDX-License-Identifier: MIT
"""Where things are in the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
KERNEL = BUILD / "vitrine.elf"
KERNEL_STRIPPED = BUILD / "vitrine.stripped"
DEFAULT_ROOT = BUILD / "root.cpio"
INIT = BUILD / "user" / "vitrine-init"
GDB_SCRIPT = ROOT / "gdb-scripts" / "vitrine-gdb.py"
