# SPDX-License-Identifier: MIT
"""Folders for what a run leaves behind: logs first of all. Old ones are removed."""

import os
import re
import shutil
import time
from pathlib import Path

from debug.host.paths import BUILD

KEPT = 20


def is_in_use(folder: Path) -> bool:
    """Whether the process that made the folder still runs."""
    match = re.search(r"-(\d+)$", folder.name)
    return match is not None and Path(f"/proc/{match[1]}").exists()


def create_run_folder(parent: Path = BUILD / "run") -> Path:
    """A new folder named for this moment and process; keeps the last few of the others."""
    parent.mkdir(parents=True, exist_ok=True)
    olds = sorted(path for path in parent.iterdir() if path.is_dir() and not is_in_use(path))
    for old in olds[: -KEPT + 1]:
        shutil.rmtree(old, ignore_errors=True)
    folder = (
        parent / f"{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns() % 1000:03}-{os.getpid()}"
    )
    folder.mkdir()
    return folder
