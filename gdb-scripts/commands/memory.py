# SPDX-License-Identifier: MIT
"""vt pt, vt vmas, vt map."""

from __future__ import annotations

import argparse

import gdb

from commands.base import ArgumentParser, VtCommand, address, positive, show
from helpers import memory, tasks


class PageTableCommand(VtCommand):
    """Show the live page tables of a task as merged ranges, or the entries of one address.

    Usage: vt pt PID|kernel [ADDRESS] [-json]
    Flags: read, write, execute, user/supervisor, accessed, dirty, global, not cached."""

    name = "pt"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pid", type=lambda word: word if word == "kernel" else positive(word))
        parser.add_argument("address", nargs="?", type=address)

    def run(self, options: argparse.Namespace) -> None:
        is_kernel = options.pid == "kernel"
        mm = memory.kernel_mm() if is_kernel else tasks.find(options.pid).value["mm"]
        if not is_kernel and not int(mm):
            raise gdb.GdbError(f"task {options.pid} has no address space of its own")
        if options.address is not None:
            self.show_path(options, int(mm["root"]), options.address)
        elif is_kernel:
            self.show_runs(options, memory.kernel_mappings())
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

    def show_path(self, options: argparse.Namespace, root: int, address: int) -> None:
        columns = [
            ("LEVEL", lambda s: s.level),
            ("INDEX", lambda s: s.index),
            ("ENTRY", lambda s: f"{s.entry:016x}"),
            ("PHYSICAL", lambda s: f"{s.physical:x}"),
            ("FLAGS", lambda s: s.flags),
        ]
        show(options, memory.path_to_page(root, address), columns)


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
            ("OFFSET", lambda v: f"{v.offset:x}"),
            ("WHAT", lambda v: v.name),
        ]
        mm = tasks.find(options.pid).value["mm"]
        show(options, memory.vmas(mm) if int(mm) else [], columns)


class Map(VtCommand):
    """Show the address map: where each region of the kernel begins and ends.

    Usage: vt map [-json]"""

    name = "map"

    def run(self, options: argparse.Namespace) -> None:
        columns = [("ADDRESS", lambda r: f"{r.address:016x}"), ("NAME", lambda r: r.name)]
        show(options, memory.address_map(), columns)


for command in (PageTableCommand, Vmas, Map):
    command()
