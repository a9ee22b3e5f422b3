# SPDX-License-Identifier: MIT
"""`vitrine bench`: the kernel's figures beside their goals and Linux's.

Each figure is what its command prints: the table shows the very commands that were run. Two
runs that count instructions must agree to the last one. A missed goal is an error.
"""

import dataclasses
import enum
import json
import re
import subprocess
from dataclasses import dataclass
from typing import Optional, Sequence

from rich.console import Console
from rich.table import Table

from debug.host.paths import BUILD, ROOT
from debug.host.session import SessionError

COMMAND_LIMIT_S = 120.0
MIB = 1 << 20
LINUX_SOURCE = (
    "Debian 12's Linux 6.1 (linux-image-cloud-amd64, default mitigations), QEMU 7.2 TCG, "
    "one CPU, 512 MiB, counted instructions"
)


class Goal(enum.Enum):
    """On which side of the limit a figure is to be."""

    BELOW = "<"
    ABOVE = ">"


@dataclass(frozen=True)
class LinuxFigure:
    """What Linux takes for the same; all from LINUX_SOURCE."""

    value: float
    remark: str = ""


@dataclass(frozen=True)
class Figure:
    """Something measured: the number that `pattern` finds in what `command` prints."""

    name: str
    unit: str
    command: str  # for a shell, in the root of the checkout
    pattern: str
    goal: Goal
    limit: float
    linux: Optional[LinuxFigure] = None
    divisor: int = 1  # of the number printed
    repeats_exactly: bool = False


@dataclass(frozen=True)
class Result:
    """A figure that was measured."""

    figure: Figure
    value: float

    @property
    def meets_goal(self) -> bool:
        """Whether the value is on the right side of the limit."""
        if self.figure.goal is Goal.BELOW:
            return self.value < self.figure.limit
        return self.value > self.figure.limit


def built(name: str) -> str:
    """A built file as commands name it."""
    path = BUILD / name
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


RECEIVE = "cat >/tmp/null_call; chmod +x /tmp/null_call; exec /tmp/null_call"
NULL_CALL = f"-- sh -c '{RECEIVE}' <{built('bench/null_call')}"
NULL_CALL_PATTERN = r"null call: (\d+) instructions"
ISO = built("bench/vitrine.iso")
FIGURES = (
    Figure(
        name="kmain to PID 1",
        unit="insn",
        command="./vitrine run --icount --mem 256 --smp 1 -v -- true",
        pattern=r"PID 1 after (\d+) TSC ticks",
        goal=Goal.BELOW,
        limit=20_000_000,
        linux=LinuxFigure(1_408_000_000, "boot to init, in kernel mode"),
        repeats_exactly=True,
    ),
    Figure(
        name="null call, tracing on",
        unit="insn",
        command=f"./vitrine run --icount {NULL_CALL}",
        pattern=NULL_CALL_PATTERN,
        goal=Goal.BELOW,
        limit=150,
        linux=LinuxFigure(321, "syscall_null; it traces nothing"),
        repeats_exactly=True,
    ),
    Figure(
        name="null call, tracing off",
        unit="insn",
        command=f"./vitrine run --icount --append trace=-all {NULL_CALL}",
        pattern=NULL_CALL_PATTERN,
        goal=Goal.BELOW,
        limit=150,
        linux=LinuxFigure(321, "syscall_null"),
        repeats_exactly=True,
    ),
    Figure(
        name="image without debug info",
        unit="MiB",
        command=f"stat -c %s {built('vitrine.stripped')}",
        pattern=r"(\d+)",
        goal=Goal.BELOW,
        limit=2,
        divisor=MIB,
    ),
    Figure(
        name="free memory of 64 MiB",
        unit="MiB",
        command="./vitrine run --icount --mem 64 -- grep MemFree /proc/meminfo",
        pattern=r"MemFree: +(\d+) kB",
        goal=Goal.ABOVE,
        limit=48,
        linux=LinuxFigure(64 - 26, "64 less the 26 MiB that it uses at init of 512 MiB"),
        divisor=MIB // 1024,
        repeats_exactly=True,
    ),
    Figure(
        name="ISO without initrd",
        unit="MiB",
        command=f"tools/make_image.py -o {ISO} && stat -c %s {ISO}",
        pattern=r"(\d+)",
        goal=Goal.BELOW,
        limit=8,
        divisor=MIB,
    ),
)


def run_once(figure: Figure) -> int:
    """The number that the figure's command prints."""
    try:
        done = subprocess.run(
            ["bash", "-c", figure.command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise SessionError(f"no end after {COMMAND_LIMIT_S:g} s: {figure.command}") from error
    output = done.stdout.decode(errors="replace")
    match = re.search(figure.pattern, output)
    if done.returncode != 0 or match is None:
        raise SessionError(
            f"{figure.name}: no figure (status {done.returncode}): {figure.command}\n{output}"
        )
    return int(match[1])


def measure(figure: Figure) -> Result:
    """Measure, and measure again where nothing may change."""
    number = run_once(figure)
    if figure.repeats_exactly:
        again = run_once(figure)
        if again != number:
            raise SessionError(
                f"{figure.name}: two runs differ, {number} and {again}: {figure.command}"
            )
    return Result(figure, number / figure.divisor)


def number_text(value: float) -> str:
    """A number as the table shows it."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def show_table(results: Sequence[Result]) -> None:
    """The table, then the commands, whole, to be copied."""
    table = Table("figure", "measured", "goal", "Linux", "")
    for column in table.columns[1:4]:
        column.justify = "right"
    for result in results:
        figure = result.figure
        table.add_row(
            figure.name,
            f"{number_text(result.value)} {figure.unit}",
            f"{figure.goal.value} {number_text(figure.limit)}",
            number_text(figure.linux.value) if figure.linux else "",
            "" if result.meets_goal else "MISSED",
        )
    console = Console()
    console.print(table)
    console.print(f"Linux: {LINUX_SOURCE}.", highlight=False)
    for result in results:
        linux = result.figure.linux
        remark = f" (Linux: {linux.remark})" if linux and linux.remark else ""
        print(f"\n{result.figure.name}{remark}:\n  {result.figure.command}")


def as_json(results: Sequence[Result]) -> str:
    """The results for programs; docs/bench.md says what the fields are."""
    rows = []
    for result in results:
        row = dataclasses.asdict(result.figure)
        row["goal"] = result.figure.goal.value
        for inner in ("pattern", "divisor"):
            del row[inner]
        row.update(value=result.value, meets_goal=result.meets_goal, linux_source=LINUX_SOURCE)
        rows.append(row)
    return json.dumps(rows, indent=1)


def bench(is_json: bool, figures: Sequence[Figure] = FIGURES) -> int:
    """Measure all and print; 1 when a goal is missed."""
    results = [measure(figure) for figure in figures]
    if is_json:
        print(as_json(results))
    else:
        show_table(results)
    return 0 if all(result.meets_goal for result in results) else 1
