#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Write cpio archives of the "newc" kind, which Linux and Vitrine unpack at start-up.

The same tree gives the same bytes on every machine: entries are sorted, owned by root, numbered
from one, and dated SOURCE_DATE_EPOCH (or 0).
"""

import argparse
import os
import stat
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Iterable

TRAILER = "TRAILER!!!"
MAGIC = b"070701"
ALIGNMENT = 4


@dataclass
class Entry:
    """One name in the archive. `inode` joins hard links: all their entries share it."""

    name: str  # relative, no leading slash
    mode: int  # type and permissions, as st_mode
    data: bytes = b""  # a file's bytes or a link's target
    device: tuple[int, int] = (0, 0)  # major, minor of a device node
    inode: int = 0  # 0: numbered when written
    link_count: int = 1
    owner: tuple[int, int] = field(default=(0, 0))  # user, group


def file_entry(name: str, data: bytes, mode: int = 0o644) -> Entry:
    """A regular file."""
    return Entry(name, stat.S_IFREG | mode, data)


def folder_entry(name: str, mode: int = 0o755) -> Entry:
    """A folder."""
    return Entry(name, stat.S_IFDIR | mode, link_count=2)


def link_entry(name: str, target: str) -> Entry:
    """A symbolic link."""
    return Entry(name, stat.S_IFLNK | 0o777, target.encode())


def padded(data: bytes) -> bytes:
    """The data filled up with NULs to the archive's alignment."""
    return data + bytes(-len(data) % ALIGNMENT)


def encode_header(entry: Entry, name: bytes, time: int) -> bytes:
    """The header of one entry and its name, filled up; `name` is without its NUL."""
    numbers = (
        entry.inode,
        entry.mode,
        *entry.owner,
        entry.link_count,
        time,
        len(entry.data),
        0,
        0,
        *entry.device,
        len(name) + 1,
        0,
    )
    return padded(MAGIC + b"".join(b"%08X" % number for number in numbers) + name + b"\0")


def write_archive(entries: Iterable[Entry]) -> bytes:
    """The archive of the entries, in the order given."""
    time = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    parts = []
    next_inode = 1
    for entry in entries:
        if entry.inode == 0:
            entry = replace(entry, inode=next_inode)
        next_inode = max(next_inode, entry.inode + 1)
        parts.append(encode_header(entry, os.fsencode(entry.name), time))
        parts.append(padded(entry.data))
    parts.append(encode_header(Entry(TRAILER, 0), TRAILER.encode(), 0))
    return b"".join(parts)


def entry_from_path(path: Path, name: str) -> Entry:
    """The entry for a file, folder, link or node of the host."""
    status = path.lstat()
    entry = Entry(name, status.st_mode, link_count=status.st_nlink)
    if stat.S_ISREG(status.st_mode):
        entry.data = path.read_bytes()
    elif stat.S_ISLNK(status.st_mode):
        entry.data = os.fsencode(os.readlink(path))
    elif stat.S_ISDIR(status.st_mode):
        entry.link_count = 2
    elif stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        entry.device = (os.major(status.st_rdev), os.minor(status.st_rdev))
    return entry


def entries_from_folder(folder: Path) -> list[Entry]:
    """All that is below the folder, parents first, hard links kept."""
    entries: list[Entry] = []
    numbers: dict[tuple[int, int], int] = {}
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    paths = []
    for parent, folders, files in os.walk(folder):
        paths += [Path(parent) / name for name in folders + files]
    for number, path in enumerate(sorted(paths, key=lambda path: path.parts), start=1):
        entry = entry_from_path(path, str(path.relative_to(folder)))
        status = path.lstat()
        entry.inode = number
        if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
            key = (status.st_dev, status.st_ino)
            entry.inode = numbers.setdefault(key, number)
        entries.append(entry)
    return leave_data_to_last_link(entries)


def leave_data_to_last_link(entries: list[Entry]) -> list[Entry]:
    """As newc wants: of a file's hard links only the last carries the data."""
    last = {entry.inode: entry for entry in entries if stat.S_ISREG(entry.mode)}
    counts: dict[int, int] = {}
    for entry in entries:
        counts[entry.inode] = counts.get(entry.inode, 0) + 1
    for entry in entries:
        if stat.S_ISREG(entry.mode):
            entry.link_count = counts[entry.inode]
            if entry is not last[entry.inode]:
                entry.data = b""
    return entries


def main() -> None:
    """Write the archive of a folder."""
    parser = argparse.ArgumentParser(description="write a newc cpio archive of a folder")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, help="the archive; default: standard output")
    options = parser.parse_args()
    archive = write_archive(entries_from_folder(options.folder))
    if options.output:
        options.output.write_bytes(archive)
    else:
        sys.stdout.buffer.write(archive)


if __name__ == "__main__":
    main()
