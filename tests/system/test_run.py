# SPDX-License-Identifier: MIT
"""`./vitrine run -- CMD`: streams, statuses, and what a user sees when things go wrong."""

import os
import subprocess
import time
from pathlib import Path
from typing import Sequence

import pytest

from debug.host.paths import ROOT
from tests.system.conftest import BUSYBOX, MachineMaker, Target

QEMU = Target("qemu", 1)
LIMIT_S = 90.0  # a whole run, with an emulator as slow as Bochs on a busy machine


def vitrine(
    target: Target, *words: str, stdin: bytes = b"", options: Sequence[str] = ()
) -> "subprocess.CompletedProcess[bytes]":
    """Run the command as a user does, without a terminal."""
    command = [str(ROOT / "vitrine"), "run", "--emu", target.emulator]
    command += ["--smp", str(target.cpu_count), *options]
    command += ["--", *words] if words else []
    return subprocess.run(command, input=stdin, capture_output=True, timeout=LIMIT_S)


def test_exit_status_is_the_commands(target: Target) -> None:
    done = vitrine(target, "sh", "-c", "exit 42")
    assert done.returncode == 42, done.stderr.decode()


def test_output_comes_out_clean_and_errors_apart(target: Target) -> None:
    done = vitrine(target, "sh", "-c", "echo out; echo err >&2; echo out again")
    assert done.stdout == b"out\nout again\n", done.stderr.decode()
    assert done.stderr == b"err\n"
    assert done.returncode == 0


def test_input_reaches_the_command_and_every_byte_comes_back(target: Target) -> None:
    data = bytes(range(256)) * 40  # more than a frame's payload
    done = vitrine(target, "cat", stdin=data)
    assert done.stdout == data, done.stderr.decode()
    assert done.returncode == 0


def test_end_of_input_is_seen_at_once() -> None:
    done = vitrine(QEMU, "wc", "-c", stdin=b"")
    assert done.stdout.split() == [b"0"]


def test_arguments_arrive_byte_for_byte() -> None:
    words = ["a b", "", "it's", '"quoted"', "$HOME", "back\\slash", "*", "ü", "-- x", "new\nline"]
    done = vitrine(QEMU, "sh", "-c", 'printf "<%s>" "$@"', "sh", *words)
    assert done.stdout.decode() == "".join(f"<{word}>" for word in words)


def test_thousands_of_arguments_arrive() -> None:
    words = [str(number) for number in range(5000)]
    done = vitrine(QEMU, "sh", "-c", "echo $# ${5000}", "sh", *words)
    assert done.stdout == b"5000 4999\n", done.stderr.decode()


def test_a_signalled_command_counts_as_in_a_shell() -> None:
    done = vitrine(QEMU, "sh", "-c", "kill -TERM $$; sleep 10")
    assert done.returncode == 128 + 15


def test_a_command_that_is_not_there_gives_127() -> None:
    done = vitrine(QEMU, "no-such-command")
    assert done.returncode == 127
    assert done.stderr == b"no-such-command: not found\n"


def test_a_command_that_cannot_be_executed_gives_126() -> None:
    done = vitrine(QEMU, "/etc/passwd")
    assert done.returncode == 126
    assert b"/etc/passwd: " in done.stderr


def test_timeout_gives_124_with_last_output_and_every_cpus_registers(target: Target) -> None:
    script = "echo before the wait; exec sleep 1000000"
    start = time.monotonic()
    # Bochs needs some seconds to boot; the output must have come before the time is up.
    limit_s = "8" if target.emulator == "qemu" else "25"
    done = vitrine(target, "sh", "-c", script, options=["--timeout", limit_s])
    assert done.returncode == 124, done.stderr.decode()
    assert done.stdout == b"before the wait\n"
    text = done.stderr.decode()
    assert "before the wait" in text
    assert text.lower().count("rip") >= target.cpu_count
    assert time.monotonic() - start < LIMIT_S


def test_a_panic_gives_125_and_the_end_of_the_kernel_log() -> None:
    done = vitrine(QEMU, "true", options=["--append", "init=/no/such/program"])
    assert done.returncode == 125
    assert b"panic" in done.stderr
    assert b"/no/such/program" in done.stderr


def test_initrd_may_be_a_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("root")
    (folder / "bin").mkdir()
    (folder / "bin" / "busybox").write_bytes(BUSYBOX.read_bytes())
    (folder / "bin" / "busybox").chmod(0o755)
    (folder / "mark").write_text("from the host\n")
    done = vitrine(QEMU, "/bin/busybox", "cat", "/mark", options=["--initrd", str(folder)])
    assert done.stdout == b"from the host\n", done.stderr.decode()


def test_counted_instructions_make_two_runs_identical(
    machine: MachineMaker, target: Target
) -> None:
    script = "date; cat /proc/uptime; ls -l /; for i in 1 2 3 4; do seq 500 | sort & done; wait"
    runs = []
    for _ in range(2):
        with machine(target, ["sh", "-c", script], counts_instructions=True) as guest:
            assert guest.wait_exit() == 0
            runs.append((bytes(guest.stdout), bytes(guest.log)))
    assert runs[0] == runs[1]


def test_without_a_terminal_the_shell_reads_standard_input() -> None:
    done = vitrine(QEMU, stdin=b"echo one-$((1 + 1))\n")
    assert b"one-2" in done.stdout, done.stderr.decode()
    assert done.returncode == 0


@pytest.mark.parametrize(
    "option, value, words",
    [
        ("--timeout", "nan", "nan is no number"),
        ("--mem", "1", "1 is not in the range"),
        ("--smp", "17", "17 is not in the range"),
        ("--initrd", "README.md", "README.md is no cpio newc archive"),
        ("--initrd", "no/such", "'no/such' does not exist"),
    ],
)
def test_a_wrong_option_gives_2_and_says_why(option: str, value: str, words: str) -> None:
    command = [str(ROOT / "vitrine"), "run", option, value, "--", "true"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=LIMIT_S)
    assert done.returncode == 2
    assert words in done.stderr.decode()


def test_more_memory_than_bochs_takes_is_told_in_a_line() -> None:
    done = vitrine(Target("bochs", 1), "true", options=["--mem", "2049"])
    assert done.returncode == 125
    assert done.stderr == b"vitrine: bochs takes at most 2048 MiB of memory\n"


def test_a_build_that_is_not_there_is_named(tmp_path: Path) -> None:
    environment = {**os.environ, "VITRINE_BUILD": str(tmp_path)}
    command = [str(ROOT / "vitrine"), "run", "true"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=LIMIT_S)
    assert done.returncode == 125
    assert f"{tmp_path}/vitrine.elf is not built" in done.stderr.decode()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_standard_files_may_be_closed(closed: str) -> None:
    words = f'"$0" run -- sh -c "cat; echo out; echo err >&2; exit 7" {closed}'
    done = subprocess.run(["sh", "-c", words, str(ROOT / "vitrine")], timeout=LIMIT_S)
    assert done.returncode == 7
