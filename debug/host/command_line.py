# SPDX-License-Identifier: MIT
"""The `vitrine` command: options in, exit status out. What it does is in the other modules."""

import math
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Any, Callable, NoReturn, Optional

import click

from debug.host.emulators import EMULATORS
from debug.host.emulators.base import EmulatorError
from debug.host.paths import DEFAULT_ROOT
from debug.host.run import RunOptions, Status, run
from debug.host.run_folder import create_run_folder
from debug.host.session import GuestOptions, SessionError
from tools import cpio
from tools.make_image import ImageError

Function = Callable[..., Any]


def check_archive(
    context: click.Context, option: click.Parameter, path: Optional[Path]
) -> Optional[Path]:
    """Say at once that a file is no root file system: the guest would only lack its command."""
    if path and path.is_file():
        with path.open("rb") as file:
            if file.read(len(cpio.MAGIC) - 1) != cpio.MAGIC[:-1]:
                raise click.BadParameter(f"{path} is no cpio newc archive")
    return path


def check_number(
    context: click.Context, option: click.Parameter, value: Optional[float]
) -> Optional[float]:
    """Refuse what is no number: it would be no limit either."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is no number")
    return value


GUEST_OPTIONS = [
    click.option("--emu", type=click.Choice(sorted(EMULATORS)), default="qemu", show_default=True),
    click.option("--smp", type=click.IntRange(1, 16), default=1, show_default=True, help="CPUs"),
    click.option("--mem", type=click.IntRange(2), default=256, show_default=True, help="MiB"),
    click.option(
        "--initrd",
        type=click.Path(exists=True, path_type=Path),
        callback=check_archive,
        help="root file system: a cpio newc archive, or a folder to make one of",
    ),
    click.option("--append", default="", help="words for the kernel's command line; they win"),
    click.option(
        "--icount", is_flag=True, help="time follows the instruction count: runs repeat exactly"
    ),
    click.option("--log", type=click.Path(path_type=Path), help="where the kernel's log goes"),
]


def takes_guest_options(function: Function) -> Function:
    """Give a command the options that say what to boot."""
    for option in reversed(GUEST_OPTIONS):
        function = option(function)
    return function


def guest_options(
    emu: str,
    smp: int,
    mem: int,
    initrd: Optional[Path],
    append: str,
    icount: bool,
    log: Optional[Path],
    command: tuple[str, ...],
) -> GuestOptions:
    """The options of the command line as what to boot."""
    return GuestOptions(
        run_folder=create_run_folder(),
        emulator=emu,
        cpu_count=smp,
        memory_mib=mem,
        initrd=initrd or DEFAULT_ROOT,
        append=append,
        counts_instructions=icount,
        command=tuple(os.fsencode(word) for word in command),
        log_path=log,
    )


def ensure_standard_files() -> None:
    """Put /dev/null where there is none: the next file opened would take the guest's output."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def finish(work: Callable[[], int]) -> NoReturn:
    """Do the work and exit with its status; an error is a line and a status, no traceback."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    signal.signal(signal.SIGHUP, lambda number, frame: sys.exit(128 + number))
    try:
        status = work()
    except (SessionError, ImageError, EmulatorError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            os._exit(128 + signal.SIGPIPE)
        click.echo(f"vitrine: {error}", err=True)
        status = Status.MACHINE_FAILED
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    sys.exit(int(status))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Vitrine: a kernel, and the tools that look into it."""
    ensure_standard_files()


@main.command("run", context_settings={"allow_interspersed_args": False})
@takes_guest_options
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    callback=check_number,
    help="seconds; then 124",
)
@click.option("-v", "--verbose", is_flag=True, help="the kernel's log on standard error")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def run_command(timeout: Optional[float], verbose: bool, **words: Any) -> None:
    """Boot; run COMMAND and exit with its status, or a shell on the console.

    On a terminal, Ctrl-A x leaves and Ctrl-A Ctrl-A sends a Ctrl-A.
    """
    finish(lambda: run(guest_options(**words), RunOptions(timeout, verbose)))


@main.command("debug", context_settings={"allow_interspersed_args": False})
@takes_guest_options
@click.option("--exec", "guest_words", default="", help="the command that the guest runs")
@click.argument("gdb_arguments", nargs=-1, type=click.UNPROCESSED)
def debug_command(guest_words: str, gdb_arguments: tuple[str, ...], **words: Any) -> None:
    """Boot with GDB attached, stopped at kmain; GDB_ARGUMENTS go to GDB."""
    from debug.host.debug_command import debug_guest

    command = tuple(shlex.split(guest_words))
    finish(lambda: debug_guest(guest_options(command=command, **words), gdb_arguments))


@main.command("bench")
@click.option("--json", "is_json", is_flag=True, help="for programs; see docs/bench.md")
def bench_command(is_json: bool) -> None:
    """Measure the kernel; 1 when a goal is missed. `make bench` builds what it needs."""
    from debug.host.bench import bench

    finish(lambda: bench(is_json))
