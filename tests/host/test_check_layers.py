# SPDX-License-Identifier: MIT
"""The table of floors: what goes up is found, and our own tree has nothing of the kind."""

from pathlib import Path

import pytest

from debug.host.paths import ROOT
from tools import check_layers


def write(root: Path, path: str, *lines: str) -> None:
    """A file of a small tree."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("\n".join(lines) + "\n")


@pytest.fixture(name="tree")
def make_tree(tmp_path: Path) -> Path:
    """One header a room, each with nothing in it."""
    for header in ("lib/list.h", "mm/frame.h", "proc/task.h", "proc/sched_private.h", "fs/vfs.h"):
        write(tmp_path, f"src/{header}", "#pragma once")
    write(tmp_path, "trace/kernel/trace.h", "#pragma once")
    return tmp_path


def test_what_goes_down_or_stays_is_allowed(tree: Path) -> None:
    write(
        tree,
        "src/proc/task.c",
        '#include "proc/task.h"',
        '#include "lib/list.h"',
        '#include "mm/frame.h"',
        '#include "proc/sched_private.h"',
        '#include "trace/kernel/trace.h"',
        "#include <asm/errno.h>",
    )
    assert check_layers.violations(tree) == []


def test_what_goes_up_is_found_with_its_line_and_the_rule(tree: Path) -> None:
    write(tree, "src/mm/frame.c", '#include "mm/frame.h"', "", '# include "proc/task.h"')
    (found,) = check_layers.violations(tree)
    assert str(found).startswith("src/mm/frame.c:3: src/proc/task.h: ")
    assert "src/proc is above src/mm" in found.rule


def test_instruments_may_not_include_what_they_observe(tree: Path) -> None:
    write(tree, "trace/kernel/ring.c", '#include "mm/frame.h"')
    (found,) = check_layers.violations(tree)
    assert "src/mm is above trace" in found.rule


def test_a_file_may_stand_on_another_floor_than_its_folder(tree: Path) -> None:
    for name in ("kmain.c", "time.c"):
        write(tree, f"src/core/{name}", '#include "fs/vfs.h"')
    assert [found.place for found in check_layers.violations(tree)] == ["src/core/time.c:1"]


def test_a_private_header_is_its_folders_alone(tree: Path) -> None:
    write(tree, "src/sys/process.c", '#include "proc/sched_private.h"')
    (found,) = check_layers.violations(tree)
    assert found.rule == "private to src/proc"


def test_a_folder_that_is_on_no_floor_is_found(tree: Path) -> None:
    write(tree, "src/attic/old.c", '#include "lib/list.h"')
    (found,) = check_layers.violations(tree)
    assert "table of floors" in found.rule


def test_our_own_tree_keeps_to_its_floors() -> None:
    assert [str(found) for found in check_layers.violations(ROOT)] == []
    assert check_layers.stale_exceptions(ROOT) == []
