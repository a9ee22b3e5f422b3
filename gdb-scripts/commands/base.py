# SPDX-License-Identifier: MIT
"""What all commands share: the prefix, arguments, tables, JSON."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import Any, NoReturn, Sequence

import gdb


class Prefix(gdb.Command):
    """Look into the kernel: tasks, page tables, files, allocations, trace.

    Each command has its own help: help vt ps. With -json a table comes as JSON."""

    def __init__(self) -> None:
        super().__init__("vt", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE, True)


Prefix()


class ArgumentParser(argparse.ArgumentParser):
    """Raises where argparse would exit, since that would end GDB."""

    def error(self, message: str) -> NoReturn:
        raise gdb.GdbError(f"{message}\n{self.format_usage()}".rstrip())

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise gdb.GdbError(message or "")


def address(word: str) -> int:
    """Return an argument that is any expression of GDB, such as $rsp or &all_tasks."""
    try:
        return int(gdb.parse_and_eval(word)) % 2**64
    except gdb.error as error:
        raise argparse.ArgumentTypeError(f"{word}: {error}") from error


def positive(word: str) -> int:
    """Return an argument that counts something."""
    if not word.isdecimal() or int(word) == 0:
        raise argparse.ArgumentTypeError(f"not a number above 0: {word!r}")
    return int(word)


class VtCommand(gdb.Command):
    """A `vt` subcommand: subclasses name it, declare arguments and run."""

    name = ""

    def __init__(self) -> None:
        super().__init__(f"vt {self.name}", gdb.COMMAND_STATUS)

    def arguments(self, parser: ArgumentParser) -> None:
        """Add the command's own arguments."""

    def run(self, options: argparse.Namespace) -> None:
        """Do it: print a table with show()."""
        raise NotImplementedError

    def invoke(self, argument: str, from_tty: bool) -> None:
        parser = ArgumentParser(prog=f"vt {self.name}", add_help=False)
        parser.add_argument("-json", action="store_true")
        self.arguments(parser)
        self.run(parser.parse_args(gdb.string_to_argv(argument)))


def show(
    options: argparse.Namespace,
    rows: Sequence[Any],
    columns: Sequence[tuple[str, Any]],
) -> None:
    """Print dataclass rows as a table of (title, function of the row), or as JSON."""
    if options.json:
        print(json.dumps([as_dictionary(row) for row in rows], indent=1))
        return
    cells = [[str(function(row)) for _, function in columns] for row in rows]
    titles = [title for title, _ in columns]
    widths = [max(len(line[i]) for line in [titles, *cells]) for i in range(len(titles))]
    for line in [titles, *cells]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def as_dictionary(row: Any) -> dict[str, Any]:
    """Return a dataclass as JSON can have it: without values of the debugger."""
    return {
        field.name: getattr(row, field.name)
        for field in dataclasses.fields(row)
        if not isinstance(getattr(row, field.name), gdb.Value)
    }
