# SPDX-License-Identifier: MIT
"""vt ps, vt task, vt bt, vt cpus."""

from __future__ import annotations

import argparse

import gdb

from commands.base import ArgumentParser, VtCommand, show
from helpers import tasks
from helpers.core import symbol, text


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

    Usage: vt task PID"""

    name = "task"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pid", type=int)

    def run(self, options: argparse.Namespace) -> None:
        task = tasks.find(options.pid).value
        print(task.dereference().format_string(max_elements=8, max_depth=2))
        print(task["process"].dereference().format_string(max_elements=4, max_depth=2))


class Backtrace(VtCommand):
    """Show where a sleeping task is in the kernel, by its saved frame pointers.

    Usage: vt bt PID"""

    name = "bt"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pid", type=int)

    def run(self, options: argparse.Namespace) -> None:
        task = tasks.find(options.pid)
        if task.on_cpu:
            print(f"task {task.tid} runs on cpu {task.cpu}: use bt in that thread")
            return
        word = gdb.lookup_type("uint64_t").pointer()
        saved = gdb.Value(int(task.value["kernel_stack_pointer"])).cast(word)
        frame_pointer = int(saved[5])  # context_switch pushed RBP first: it is the highest
        print(f"#0  {symbol_at(int(saved[6]))}")
        base = int(task.value["kernel_stack_base"])
        depth = 1
        while base <= frame_pointer < base + 0x10000 and frame_pointer % 8 == 0:
            frame = gdb.Value(frame_pointer).cast(word)
            print(f"#{depth}  {symbol_at(int(frame[1]))}")
            frame_pointer = int(frame[0])
            depth += 1


def symbol_at(address: int) -> str:
    """Return function+offset and source line of an address."""
    name = gdb.execute(f"info symbol {address:#x}", to_string=True).split(" in section")[0]
    line = gdb.find_pc_line(address - 1)
    where = f" at {line.symtab.filename}:{line.line}" if line.symtab else ""
    return f"{address:#x} {name.strip()}{where}"


class Cpus(VtCommand):
    """Show what each CPU runs.

    Usage: vt cpus"""

    name = "cpus"

    def run(self, options: argparse.Namespace) -> None:
        cpus = symbol("cpus")
        for index in range(int(symbol("cpu_count"))):
            cpu = cpus[index]
            task = cpu["current"]
            name = text(task["name"]) if int(task) else "-"
            print(
                f"cpu {index}: {name} (tid {int(cpu['current_tid'])}), preempt "
                f"{int(cpu['preempt_count'])}, irq depth {int(cpu['irq_depth'])}, "
                f"{int(cpu['irq_count'])} interrupts"
            )


for command in (Ps, TaskCommand, Backtrace, Cpus):
    command()
