# SPDX-License-Identifier: MIT
"""vt pt, vt vmas, vt map."""

from __future__ import annotations

import argparse

from commands.base import ArgumentParser, VtCommand, show
from helpers import memory, tasks
from helpers.core import enumerators, flag_names


class PageTableCommand(VtCommand):
    """Show the live page tables of a task as merged ranges, or the entries of one address.

    Usage: vt pt PID|kernel [ADDRESS] [-json]
    Flags: read, write, execute, user/supervisor, accessed, dirty, global, not cached."""

    name = "pt"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pid")
        parser.add_argument("address", nargs="?", type=lambda word: int(word, 0))

    def run(self, options: argparse.Namespace) -> None:
        if options.pid == "kernel":
            self.show_runs(options, memory.kernel_mappings())
            return
        mm = tasks.find(int(options.pid)).value["mm"]
        if not int(mm):
            print(f"task {options.pid} has no address space of its own")
        elif options.address is not None:
            self.show_path(int(mm["root"]), options.address)
        else:
            self.show_runs(options, memory.user_mappings(mm))

    def show_runs(self, options: argparse.Namespace, runs: list[memory.Mapping]) -> None:
        columns = [
            ("START", lambda r: f"{r.start:016x}"),
            ("END", lambda r: f"{r.end:016x}"),
            ("SIZE", lambda r: f"{(r.end - r.start) // 1024}K"),
            ("PAGE", lambda r: f"{r.page_size // 1024}K"),
            ("FLAGS", lambda r: r.flags),
            ("PHYSICAL", lambda r: f"{r.physical:x}" + ("" if r.is_contiguous else " scattered")),
            ("WHAT", lambda r: r.name),
        ]
        show(options, runs, columns)

    def show_path(self, root: int, address: int) -> None:
        tables = memory.PageTables()
        for level, index, entry in tables.path(root, address):
            target = entry & tables.bits["PTE_ADDRESS_MASK"]
            names = flag_names("page_table_bits", entry & ~tables.bits["PTE_ADDRESS_MASK"], "PTE_")
            print(f"level {level} [{index:3}] {entry:016x} -> {target:x} {' '.join(names)}")


class Vmas(VtCommand):
    """Show the VMAs of a task.

    Usage: vt vmas PID [-json]"""

    name = "vmas"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pid", type=int)

    def run(self, options: argparse.Namespace) -> None:
        columns = [
            ("START", lambda v: f"{v.start:016x}"),
            ("END", lambda v: f"{v.end:016x}"),
            ("FLAGS", lambda v: v.flags),
            ("WHAT", lambda v: v.name),
        ]
        mm = tasks.find(options.pid).value["mm"]
        show(options, memory.vmas(mm) if int(mm) else [], columns)


class Map(VtCommand):
    """Show the address map: where each region of the kernel begins and ends.

    Usage: vt map"""

    name = "map"

    def run(self, options: argparse.Namespace) -> None:
        for region, address in enumerators("address_map").items():
            print(f"{address % 2**64:016x}  {region}")


for command in (PageTableCommand, Vmas, Map):
    command()
