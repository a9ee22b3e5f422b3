# SPDX-License-Identifier: MIT
"""Tasks and processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import gdb

from helpers.core import enumerator_name, list_items, symbol, text


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
