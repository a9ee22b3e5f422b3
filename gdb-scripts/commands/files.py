# SPDX-License-Identifier: MIT
"""vt files, vt mounts."""

from __future__ import annotations

import argparse

from commands.base import ArgumentParser, VtCommand, show
from helpers import files, tasks


class Files(VtCommand):
    """Show the open files of a task.

    Usage: vt files PID [-json]"""

    name = "files"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pid", type=int)

    def run(self, options: argparse.Namespace) -> None:
        columns = [
            ("FD", lambda f: f.descriptor),
            ("MODE", lambda f: f"{f.mode:o}"),
            ("FLAGS", lambda f: f"{f.flags:o}"),
            ("POSITION", lambda f: f.position),
            ("REFS", lambda f: f.references),
            ("PATH", lambda f: f.path),
        ]
        table = tasks.find(options.pid).value["files"]
        show(options, list(files.open_files(table)) if int(table) else [], columns)


class Mounts(VtCommand):
    """Show the mount tree.

    Usage: vt mounts [-json]"""

    name = "mounts"

    def run(self, options: argparse.Namespace) -> None:
        columns = [
            ("ID", lambda m: m.identity),
            ("TYPE", lambda m: m.kind),
            ("SOURCE", lambda m: m.source),
            ("ON", lambda m: m.place),
        ]
        show(options, list(files.all_mounts()), columns)


for command in (Files, Mounts):
    command()
