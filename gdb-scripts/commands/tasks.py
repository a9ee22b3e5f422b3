# SPDX-License-Identifier: MIT
"""vt ps, vt task, vt bt, vt cpus."""

from __future__ import annotations

import argparse
import json

import gdb

from commands.base import ArgumentParser, VtCommand, show
from helpers import tasks
from helpers.core import plain


class Ps(VtCommand):
    """List all tasks: PID, state, CPU, and what each one waits for.

    Usage: vt ps [-json]"""

    name = "ps"

    def run(self, options: argparse.Namespace) -> None:
        columns = [
            ("PID", lambda t: t.pid),
            ("PPID", lambda t: t.ppid),
            ("TID", lambda t: t.tid),
            ("STATE", lambda t: t.state + ("*" if t.on_cpu else "")),
            ("CPU", lambda t: t.cpu),
            ("NAME", lambda t: t.name),
            ("WAITS FOR", lambda t: t.waits_for),
        ]
        show(options, list(tasks.all_tasks()), columns)


class TaskCommand(VtCommand):
    """Show all of one task: its structure and its process's.

    Usage: vt task PID [-json]"""

    name = "task"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pid", type=int)

    def run(self, options: argparse.Namespace) -> None:
        task = tasks.find(options.pid).value
        if options.json:
            parts = {"task": task, "process": task["process"]}
            print(json.dumps({k: plain(v.dereference(), 2) for k, v in parts.items()}, indent=1))
            return
        print(task.dereference().format_string(max_elements=16, max_depth=2))
        print(task["process"].dereference().format_string(max_elements=4, max_depth=2))


class Backtrace(VtCommand):
    """Show where a sleeping task is: its functions in the kernel, then its place in the program.

    Usage: vt bt PID [-json]"""

    name = "bt"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pid", type=int)

    def run(self, options: argparse.Namespace) -> None:
        task = tasks.find(options.pid)
        if task.on_cpu:
            raise gdb.GdbError(f"task {task.tid} runs on cpu {task.cpu}: use bt in that thread")
        frames = tasks.backtrace(task.value)
        if options.json:
            show(options, frames, [])
            return
        for number, frame in enumerate(frames):
            where = f" at {frame.line}" if frame.line else ""
            print(f"#{number}  {frame.address:#x} {frame.place}{where}")


class Cpus(VtCommand):
    """Show what each CPU runs.

    Usage: vt cpus [-json]"""

    name = "cpus"

    def run(self, options: argparse.Namespace) -> None:
        columns = [
            ("CPU", lambda c: c.cpu),
            ("TID", lambda c: c.tid),
            ("NAME", lambda c: c.name),
            ("PREEMPT", lambda c: c.preempt_count),
            ("IRQ DEPTH", lambda c: c.irq_depth),
            ("IRQS", lambda c: c.irq_count),
        ]
        show(options, list(tasks.all_cpus()), columns)


for command in (Ps, TaskCommand, Backtrace, Cpus):
    command()
