# SPDX-License-Identifier: MIT
"""Open files, paths and mounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import gdb

from helpers.core import list_items, symbol, text

PATH_DEPTH_LIMIT = 256


@dataclass
class OpenFile:
    """A descriptor of a task."""

    descriptor: int
    mode: int
    flags: int
    position: int
    references: int
    path: str


@dataclass
class Mount:
    """A mounted file system."""

    identity: int
    kind: str
    source: str
    place: str


def path_text(mount: gdb.Value, dentry: gdb.Value) -> str:
    """
    Return the path of a place in the tree.

    :param mount: ``struct mount *``, NULL for files without a place
    :param dentry: ``struct dentry *``
    """
    if not int(mount):
        return text(dentry["name"]) if int(dentry) else "?"
    parts: list[str] = []
    for _ in range(PATH_DEPTH_LIMIT):
        if int(dentry) == int(mount["root"]):
            if not int(mount["parent"]):
                break
            dentry = mount["mount_point"]
            mount = mount["parent"]
            continue
        if int(dentry["parent"]) == int(dentry):
            break
        parts.append(text(dentry["name"]))
        dentry = dentry["parent"]
    return "/" + "/".join(reversed(parts))


def file_path(file: gdb.Value) -> str:
    """Return the path of a ``struct file *``."""
    return path_text(file["path"]["mount"], file["path"]["dentry"])


def open_files(table: gdb.Value) -> Iterator[OpenFile]:
    """
    Yield what is open.

    :param table: ``struct file_table *``
    """
    for descriptor in range(int(table["capacity"])):
        file = table["files"][descriptor]
        if int(file):
            yield OpenFile(
                descriptor,
                int(file["inode"]["mode"]),
                int(file["flags"]),
                int(file["position"]),
                int(file["references"]["count"]),
                file_path(file),
            )


def all_mounts() -> Iterator[Mount]:
    """Yield the mounts in the order they were made."""
    for mount in list_items(symbol("mounts"), "mount", "link"):
        block = mount["super_block"]
        yield Mount(
            int(mount["id"]),
            text(block["file_system"]["name"]),
            text(block["source"]),
            path_text(mount, mount["root"]),
        )
