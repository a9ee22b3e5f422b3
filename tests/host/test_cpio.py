# SPDX-License-Identifier: MIT
"""The archive writer, read back by the unmodified busybox that also goes into the guest."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from debug.host.paths import BUILD
from tools import cpio

BUSYBOX = BUILD / "packages/busybox-static/bin/busybox"
needs_busybox = pytest.mark.skipif(not BUSYBOX.exists(), reason="`make root` fetches busybox")


@pytest.fixture(name="tree")
def make_tree(tmp_path: Path) -> Path:
    """A folder with one of each kind that needs no privilege."""
    tree = tmp_path / "tree"
    (tree / "folder").mkdir(parents=True)
    (tree / "folder/file").write_bytes(b"five\n")
    (tree / "folder/file").chmod(0o640)
    (tree / "empty").write_bytes(b"")
    (tree / "link").symlink_to("folder/file")
    os.link(tree / "folder/file", tree / "twin")
    return tree


@needs_busybox
def test_busybox_unpacks_what_was_packed(tree: Path, tmp_path: Path) -> None:
    archive = cpio.write_archive(cpio.entries_from_folder(tree))
    copy = tmp_path / "copy"
    copy.mkdir()
    subprocess.run([BUSYBOX, "cpio", "-idm"], input=archive, cwd=copy, check=True, timeout=60)
    assert sorted(path.relative_to(copy) for path in copy.rglob("*")) == sorted(
        path.relative_to(tree) for path in tree.rglob("*")
    )
    assert (copy / "twin").read_bytes() == (copy / "folder/file").read_bytes() == b"five\n"
    assert (copy / "twin").stat().st_ino == (copy / "folder/file").stat().st_ino
    assert stat.S_IMODE((copy / "folder/file").stat().st_mode) == 0o640
    assert os.readlink(copy / "link") == "folder/file"


def test_only_the_last_hard_link_carries_the_data(tree: Path) -> None:
    entries = {entry.name: entry for entry in cpio.entries_from_folder(tree)}
    assert entries["folder/file"].inode == entries["twin"].inode
    assert (entries["folder/file"].data, entries["twin"].data) == (b"", b"five\n")


def test_same_tree_gives_same_bytes(tree: Path) -> None:
    first = cpio.write_archive(cpio.entries_from_folder(tree))
    os.utime(tree / "empty", (1, 1))
    assert cpio.write_archive(cpio.entries_from_folder(tree)) == first


def test_every_part_is_aligned(tree: Path) -> None:
    archive = cpio.write_archive(cpio.entries_from_folder(tree))
    starts = [at for at in range(len(archive)) if archive.startswith(cpio.MAGIC, at)]
    assert all(start % cpio.ALIGNMENT == 0 for start in starts) and len(archive) % 4 == 0


def test_a_device_keeps_its_numbers() -> None:
    entry = cpio.Entry("null", stat.S_IFCHR | 0o666, device=(1, 3))
    header = cpio.write_archive([entry])[:110]
    assert (header[78:86], header[86:94]) == (b"00000001", b"00000003")
