# SPDX-License-Identifier: MIT
"""Tasks and processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import gdb

from helpers.core import enumerator_name, list_items, number, symbol, text
from helpers.memory import vmas


@dataclass
class Task:
    """What a list of tasks shows."""

    tid: int
    pid: int
    ppid: int
    state: str
    cpu: int
    on_cpu: bool
    name: str
    waits_for: str
    value: gdb.Value  # struct task *


@dataclass
class Frame:
    """A place in a backtrace."""

    address: int
    place: str  # function + offset; for the program: file + offset in it
    line: str  # FILE:LINE where DWARF knows it


@dataclass
class Cpu:
    """What a CPU is at."""

    cpu: int
    tid: int
    name: str
    preempt_count: int
    irq_depth: int
    irq_count: int


def describe(task: gdb.Value) -> Task:
    """
    Return the summary of a task.

    :param task: ``struct task *``
    """
    process = task["process"]
    parent = process["parent"]
    return Task(
        tid=int(task["tid"]),
        pid=int(process["pid"]),
        ppid=int(parent["pid"]) if int(parent) else 0,
        state=enumerator_name("task_state", int(task["state"])).removeprefix("TASK_").lower(),
        cpu=int(task["cpu"]),
        on_cpu=bool(task["is_on_cpu"]),
        name=text(task["name"]),
        waits_for=text(task["wait_reason"]),
        value=task,
    )


def all_tasks() -> Iterator[Task]:
    """Yield every task, oldest first."""
    for task in list_items(symbol("all_tasks"), "task", "all_link"):
        yield describe(task)


def find(tid: int) -> Task:
    """Return the task of a PID or TID."""
    for task in all_tasks():
        if task.tid == tid:
            return task
    raise gdb.GdbError(f"no task {tid}")


def kernel_frame(address: int) -> Frame:
    """Return the frame of a return address in the kernel."""
    place = gdb.execute(f"info symbol {address:#x}", to_string=True).split(" in section")[0]
    line = gdb.find_pc_line(address - 1)  # the call, not what follows it
    where = f"{line.symtab.filename}:{line.line}" if line.symtab else ""
    return Frame(address, place.strip(), where)


def user_frame(task: gdb.Value) -> Iterator[Frame]:
    """Yield where a ``struct task *`` entered the kernel; nothing for a kernel thread."""
    if not int(task["user_frame"]) or not int(task["mm"]):
        return
    address = int(task["user_frame"]["rip"])
    area = next((v for v in vmas(task["mm"]) if v.start <= address < v.end), None)
    place = f"{area.name} + {address - area.start + area.offset:#x}" if area else "(no VMA)"
    yield Frame(address, f"user: {place}", "")


def backtrace(task: gdb.Value) -> list[Frame]:
    """
    Return where a task that is on no CPU sleeps, by its saved frame pointers.

    :param task: ``struct task *``
    """
    word = gdb.lookup_type("uint64_t").pointer()
    saved = gdb.Value(int(task["kernel_stack_pointer"])).cast(word)
    pointer = int(saved[5])  # context_switch pushed RBP first: it is the highest
    frames = [kernel_frame(int(saved[6]))]
    base = int(task["kernel_stack_base"])
    # Frames go upwards on one stack; the last one's RBP is the program's own.
    while base <= pointer <= base + number("KERNEL_STACK_SIZE") - 16 and pointer % 8 == 0:
        frame = gdb.Value(pointer).cast(word)
        frames.append(kernel_frame(int(frame[1])))
        if int(frame[0]) <= pointer:
            break
        pointer = int(frame[0])
    return [*frames, *user_frame(task)]


def all_cpus() -> Iterator[Cpu]:
    """Yield each CPU that was found."""
    cpus = symbol("cpus")
    for index in range(int(symbol("cpu_count"))):
        cpu = cpus[index]
        yield Cpu(
            index,
            int(cpu["current_tid"]),
            text(cpu["current"]["name"]) if int(cpu["current"]) else "-",
            int(cpu["preempt_count"]),
            int(cpu["irq_depth"]),
            int(cpu["irq_count"]),
        )
