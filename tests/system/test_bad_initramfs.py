# SPDX-License-Identifier: MIT
"""Damaged root archives: the kernel says what is wrong, keeps what came before, and runs on.

Each archive starts with a good busybox; then comes the damage. So each boot must end with
busybox's own status, a line in the kernel's log, no panic, and no memory left at the unpacker's
allocation sites.
"""

import random
import stat
from typing import Callable

import pytest

from tests.system.conftest import BUSYBOX, MachineMaker, Target
from tools import cpio

QEMU = Target("qemu", 2)
HEADER_SIZE = 110
FIELD_SIZE = 8
VICTIM_DATA = b"victim's data\n" * 10
FIELDS = {"mode": 1, "size": 6, "name size": 11}  # places after the magic
Damage = Callable[[bytes, int], bytes]  # archive, where the victim's header is


def good_start() -> list[cpio.Entry]:
    """What is before the damage."""
    return [
        cpio.folder_entry("bin"),
        cpio.file_entry("bin/busybox", BUSYBOX.read_bytes(), 0o755),
    ]


def damaged(damage: Damage) -> bytes:
    """An archive whose victim has been damaged."""
    start = cpio.write_archive(good_start())
    victim = cpio.file_entry("victim", VICTIM_DATA)
    whole = cpio.write_archive([*good_start(), victim, cpio.file_entry("after", b"x")])
    at = start.rindex(b"070701", 0, start.rindex(b"TRAILER!!!"))
    return damage(whole, at)


def with_entries(*entries: cpio.Entry) -> bytes:
    """A well-formed archive of entries that cannot be made."""
    return cpio.write_archive([*good_start(), *entries])


def cut(count: int) -> Damage:
    """End the archive so many bytes after the victim's start."""
    return lambda archive, at: archive[: at + count]


def overwrite(offset: int, data: bytes) -> Damage:
    """Put bytes into the victim."""

    def damage(archive: bytes, at: int) -> bytes:
        changed = bytearray(archive)
        for i, byte in enumerate(data, at + offset):
            changed[i] = byte
        return bytes(changed)

    return damage


def set_field(name: str, text: bytes) -> Damage:
    """Put eight characters into a field of the victim's header."""
    assert len(text) == FIELD_SIZE
    return overwrite(6 + FIELDS[name] * FIELD_SIZE, text)


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "cut in a header": lambda: damaged(cut(50)),
    "cut in a name": lambda: damaged(cut(HEADER_SIZE + 3)),
    "cut in the data": lambda: damaged(cut(HEADER_SIZE + 30)),
    "no trailer": lambda: damaged(cut(0)),
    "another magic": lambda: damaged(overwrite(0, b"070707")),
    "no magic": lambda: damaged(overwrite(0, b"\xff" * 6)),
    "a field that is no number": lambda: damaged(set_field("mode", b"0x81a4 z")),
    "no name": lambda: damaged(set_field("name size", b"00000000")),
    "a name of four gigabytes": lambda: damaged(set_field("name size", b"FFFFFFFF")),
    "a name of 8000 bytes": lambda: damaged(set_field("name size", b"00001F40")),
    "a name without its end": lambda: damaged(overwrite(HEADER_SIZE + 6, b"x")),
    "a name that ends early": lambda: damaged(overwrite(HEADER_SIZE + 2, b"\0")),
    "four gigabytes of data": lambda: damaged(set_field("size", b"FFFFFFFF")),
    "more data than there is": lambda: damaged(set_field("size", b"00010000")),
    "a mode without a type": lambda: damaged(set_field("mode", b"000001A4")),
    "a mode of no known type": lambda: damaged(set_field("mode", b"0000F1A4")),
    "noise": lambda: damaged(overwrite(0, random.Random(1).randbytes(300))),
    "compressed": lambda: damaged(overwrite(0, b"\x1f\x8b\x08\0\0\0")),
    "a missing parent": lambda: with_entries(cpio.file_entry("nowhere/file", b"x")),
    "a file as a parent": lambda: with_entries(cpio.file_entry("bin/busybox/file", b"x")),
    "a loop as a parent": lambda: with_entries(
        cpio.link_entry("loop", "loop"), cpio.file_entry("loop/file", b"x")
    ),
    "a name too long": lambda: with_entries(cpio.file_entry("n" * 300, b"x")),
    "a file over a folder": lambda: with_entries(cpio.file_entry("bin", b"x")),
    "a link to nothing": lambda: with_entries(cpio.link_entry("link", "")),
    "a link's target too long": lambda: with_entries(cpio.link_entry("link", "t" * 9000)),
    "a hard link to a folder": lambda: with_entries(
        cpio.Entry("first", stat.S_IFDIR | 0o755, inode=77, link_count=2),
        cpio.Entry("second/x", stat.S_IFREG | 0o644, inode=77, link_count=2),
    ),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_damaged_archive_is_reported_and_leaks_nothing(
    kind: str, machine: MachineMaker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    initrd = tmp_path_factory.mktemp("initrd") / "root.cpio"
    initrd.write_bytes(ARCHIVES[kind]())
    with machine(QEMU, ["/bin/busybox", "cat", "/proc/allocsites"], initrd=initrd) as guest:
        assert guest.wait_exit() == 0
    assert b"initramfs: " in guest.log
    rows = [line.split("\t") for line in bytes(guest.stdout).decode().splitlines()]
    sites = {row[0]: int(row[3]) for row in rows if row[0].startswith("src/fs/initramfs.c:")}
    assert sites and not any(sites.values()), sites


@pytest.mark.parametrize(
    "archive", [b"", bytes(4096), b"noise" * 1000], ids=["empty", "zeros", "noise"]
)
def test_an_archive_without_any_file_leaves_only_our_init(
    archive: bytes, machine: MachineMaker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    initrd = tmp_path_factory.mktemp("initrd") / "root.cpio"
    initrd.write_bytes(archive)
    with machine(QEMU, ["/bin/busybox"], initrd=initrd) as guest:
        assert guest.wait_exit() == 127
    assert b"/bin/busybox: not found" in guest.stderr
