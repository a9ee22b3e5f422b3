# SPDX-License-Identifier: MIT
"""Page tables and VMAs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import gdb

from helpers.core import as_bytes, enumerators, flag_names, number, symbol, text, tree_items
from helpers.files import file_path


@dataclass
class Mapping:
    """A run of pages with the same rights, as the page tables have it."""

    start: int
    end: int
    page_size: int
    flags: str
    physical: int
    is_contiguous: bool
    name: str = ""


@dataclass
class Vma:
    """A VMA as ``vt vmas`` shows it."""

    start: int
    end: int
    flags: str
    name: str
    offset: int  # of start in the file, in bytes


@dataclass
class Step:
    """An entry on the way from the top page table to a page."""

    level: int
    index: int
    entry: int
    physical: int
    flags: str


@dataclass
class Region:
    """A border of the address map."""

    address: int
    name: str


def physical_to_virtual(address: int) -> int:
    """Return where the direct map shows a physical address."""
    return enumerators("address_map")["DIRECT_MAP_BASE"] % 2**64 + address


class PageTables:
    """A reader of page-table trees; the bits' names come from enum page_table_bits."""

    def __init__(self) -> None:
        self.bits = {
            name: value % 2**64 for name, value in enumerators("page_table_bits").items()
        }
        self.levels = number("PAGE_TABLE_LEVELS")
        self.index_bits = number("PAGE_TABLE_BITS")
        self.entries = number("PAGE_TABLE_ENTRIES")
        self.entry_type = gdb.lookup_type("pte_t")
        self.page_size = number("PAGE_SIZE")

    def table(self, physical: int) -> list[int]:
        """Return the entries of the table in a frame."""
        size = self.entries * self.entry_type.sizeof
        array = self.entry_type.array(self.entries - 1)
        value = gdb.Value(as_bytes(physical_to_virtual(physical), size), array)
        return [int(value[i]) for i in range(self.entries)]

    def span(self, level: int) -> int:
        """Return the bytes that one entry of a level covers."""
        return self.page_size << (self.index_bits * (level - 1))

    def flags(self, entry: int, writable: bool, user: bool) -> str:
        """Return the effective rights of a leaf as letters."""
        bits = self.bits
        letters = "r"
        letters += "w" if writable and entry & bits["PTE_WRITE"] else "-"
        letters += "-" if entry & bits["PTE_NO_EXECUTE"] else "x"
        letters += "u" if user and entry & bits["PTE_USER"] else "s"
        letters += "a" if entry & bits["PTE_ACCESSED"] else "-"
        letters += "d" if entry & bits["PTE_DIRTY"] else "-"
        letters += "g" if entry & bits["PTE_GLOBAL"] else "-"
        letters += "n" if entry & bits["PTE_CACHE_DISABLE"] else "-"
        return letters

    def leaves(self, root: int, first: int, last: int) -> Iterator[tuple[int, int, int, str]]:
        """Yield (address, size, physical, flags) of top-level entries first .. last - 1."""
        yield from self._walk(root, self.levels, 0, first, last, True, True)

    def _walk(
        self, root: int, level: int, base: int, first: int, last: int, writable: bool, user: bool
    ) -> Iterator[tuple[int, int, int, str]]:
        bits, span = self.bits, self.span(level)
        table = self.table(root)
        for index in range(first, last):
            entry = table[index]
            if not entry & bits["PTE_PRESENT"]:
                continue
            address = base + index * span
            if level == self.levels and index >= self.entries // 2:  # canonical upper half
                address += 2**64 - self.entries * span
            physical = entry & bits["PTE_ADDRESS_MASK"]
            if level == 1 or entry & bits["PTE_HUGE"]:
                physical &= ~(span - 1)
                yield address, span, physical, self.flags(entry, writable, user)
            else:
                yield from self._walk(
                    physical,
                    level - 1,
                    address,
                    0,
                    self.entries,
                    writable and bool(entry & bits["PTE_WRITE"]),
                    user and bool(entry & bits["PTE_USER"]),
                )

    def path(self, root: int, address: int) -> list[tuple[int, int, int]]:
        """Return (level, index, entry) from the top to the leaf of an address."""
        steps = []
        for level in range(self.levels, 0, -1):
            index = address // self.span(level) % self.entries
            entry = self.table(root)[index]
            steps.append((level, index, entry))
            if not entry & self.bits["PTE_PRESENT"] or entry & self.bits["PTE_HUGE"] or level == 1:
                break
            root = entry & self.bits["PTE_ADDRESS_MASK"]
        return steps


def merged(leaves: Iterator[tuple[int, int, int, str]]) -> list[Mapping]:
    """Return runs of neighbouring leaves with the same size and flags."""
    runs: list[Mapping] = []
    for address, size, physical, flags in leaves:
        last = runs[-1] if runs else None
        if last and (last.end, last.page_size, last.flags) == (address, size, flags):
            if last.physical + (last.end - last.start) != physical:
                last.is_contiguous = False
            last.end += size
        else:
            runs.append(Mapping(address, address + size, size, flags, physical, True))
    return runs


def vmas(mm: gdb.Value) -> list[Vma]:
    """
    Return the VMAs of an address space.

    :param mm: ``struct mm *``
    """
    found = []
    for vma in tree_items(mm["vmas"], "vma", "node"):
        flags = int(vma["flags"])
        names = enumerators("vma_flags")
        letters = "".join(
            letter if flags & names[name] else "-"
            for letter, name in (("r", "VMA_READ"), ("w", "VMA_WRITE"), ("x", "VMA_EXECUTE"))
        )
        letters += "s" if flags & names["VMA_SHARED"] else "p"
        name = file_path(vma["file"]) if int(vma["file"]) else text(vma["name"])
        offset = int(vma["file_page"]) * number("PAGE_SIZE") if int(vma["file"]) else 0
        found.append(Vma(int(vma["start"]), int(vma["end"]), letters, name, offset))
    return found


def user_mappings(mm: gdb.Value) -> list[Mapping]:
    """
    Return what the page tables map for user mode, with the VMA's name beside.

    :param mm: ``struct mm *``
    """
    tables = PageTables()
    areas = vmas(mm)
    runs = []
    leaves = tables.leaves(int(mm["root"]), 0, tables.entries // 2)
    for run in merged(leaves):
        area = next((a for a in areas if a.start <= run.start < a.end), None)
        run.name = area.name if area else "(no VMA)"
        runs.append(run)
    return runs


def kernel_mm() -> gdb.Value:
    """Return the kernel's own ``struct mm``."""
    return symbol("kernel_mm")


def kernel_mappings() -> list[Mapping]:
    """Return what the kernel's half of every address space maps."""
    tables = PageTables()
    root = int(kernel_mm()["root"])
    return merged(tables.leaves(root, tables.entries // 2, tables.entries))


def path_to_page(root: int, address: int) -> list[Step]:
    """Return the entries from the top table down to the page of an address."""
    tables = PageTables()
    mask = tables.bits["PTE_ADDRESS_MASK"]
    return [
        Step(level, index, entry, entry & mask, " ".join(page_flags(entry & ~mask)))
        for level, index, entry in tables.path(root, address)
    ]


def page_flags(bits: int) -> list[str]:
    """Return the names of the bits of a page-table entry."""
    return flag_names("page_table_bits", bits, "PTE_")


def address_map() -> list[Region]:
    """Return where the regions of the address space begin and end."""
    borders = enumerators("address_map").items()
    return [Region(address % 2**64, name) for name, address in borders]
