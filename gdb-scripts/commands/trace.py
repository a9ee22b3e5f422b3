# SPDX-License-Identifier: MIT
"""vt trace, vt log."""

from __future__ import annotations

import argparse
import json

import gdb

from commands.base import ArgumentParser, VtCommand, positive, show
from helpers import trace


class Trace(VtCommand):
    """Show the newest trace events of all CPUs, merged by time.

    Usage: vt trace [COUNT] [--event NAME] [--task TID] [--cpu N] [-json]"""

    name = "trace"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", nargs="?", type=positive, default=40)
        parser.add_argument("--event")
        parser.add_argument("--task", type=int)
        parser.add_argument("--cpu", type=int)

    def run(self, options: argparse.Namespace) -> None:
        if options.cpu is not None and not 0 <= options.cpu < trace.cpu_count():
            raise gdb.GdbError(f"no CPU {options.cpu}")
        is_filtered = options.event or options.task is not None
        rows = trace.last_records(1 << 20 if is_filtered else options.count, options.cpu)
        if options.event:
            rows = [row for row in rows if row.event.startswith(options.event)]
        if options.task is not None:
            rows = [row for row in rows if row.tid == options.task]
        columns = [
            ("TIME", lambda r: r.timestamp),
            ("CPU", lambda r: r.cpu),
            ("TID", lambda r: r.tid),
            ("EVENT", lambda r: r.event),
            ("FIELDS", lambda r: " ".join(f"{k}={v}" for k, v in r.fields.items())),
        ]
        show(options, rows[-options.count :], columns)


class Log(VtCommand):
    """Show the kernel log from its ring.

    Usage: vt log [-json]"""

    name = "log"

    def run(self, options: argparse.Namespace) -> None:
        lines = trace.log_lines()
        print(json.dumps(lines, indent=1) if options.json else "\n".join(lines))


for command in (Trace, Log):
    command()
