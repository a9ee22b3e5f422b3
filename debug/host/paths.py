# SPDX-License-Identifier: MIT
"""Where things are in the checkout; VITRINE_BUILD names another folder for what is built."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("VITRINE_BUILD") or ROOT / "build").resolve()
KERNEL = BUILD / "vitrine.elf"
KERNEL_STRIPPED = BUILD / "vitrine.stripped"
DEFAULT_ROOT = BUILD / "root.cpio"
INIT = BUILD / "user" / "vitrine-init"
GDB_SCRIPT = ROOT / "gdb-scripts" / "vitrine-gdb.py"
