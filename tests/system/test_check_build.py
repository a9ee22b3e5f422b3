# SPDX-License-Identifier: MIT
"""The checking build: a busy machine passes its checks, and each kind of bug is caught."""

import os
import subprocess
from pathlib import Path

import pytest

from debug.host.paths import ROOT

CHECK_BUILD = ROOT / "build" / "check"
BUILD_LIMIT_S = 300
LIMIT_S = 120.0

WORKLOAD = r"""
set -e
mkdir /tmp/work
cd /tmp/work
for i in 1 2 3 4 5 6 7 8; do
    (seq 1 2000 | sort -rn | tail -n 1 > out$i) &
done
wait
cat out? | sort | uniq -c | tr -s ' '
tar cf - /bin/busybox /etc 2>/dev/null | gzip | gunzip | tar xf -
cmp /bin/busybox bin/busybox
ln -s a b; ln -s b a; cat a 2>/dev/null || echo loop
mkdir d; mv d e; rmdir e
cat /proc/loadavg /proc/meminfo /proc/mounts /proc/self/maps /proc/[0-9]*/status > /dev/null
sleep 100 & kill $!; wait $! || echo killed
"""
OUTPUT = b" 8 1\nloop\nkilled\n"

CAUGHT = {
    "object_freed_twice": "is freed twice; allocated by object_freed_twice",
    "object_written_after_free": "was written to while free; allocated by object_written_after",
    "object_written_past_its_end": "was written past its end; allocated by object_written_past",
    "frame_written_after_free": "was written to while free; allocated by frame_written_after",
    "spin_locks_out_of_order": "assertion failed: held->entries[i].lock->rank < lock->rank",
    "mutexes_out_of_order": "assertion failed: held->rank < mutex->rank",
    "sleep_with_a_spin_lock_held": "may_sleep()",
    "interrupts_on_with_a_lock_of_theirs": "irqs_are_enabled()",
}


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """Where ./vitrine finds the checking build, which is brought up to date first."""
    made = subprocess.run(
        ["make", "--no-print-directory", "CHECK=1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=BUILD_LIMIT_S,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return {**os.environ, "VITRINE_BUILD": str(CHECK_BUILD)}


def run(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[bytes]":
    """Run ./vitrine run with the checking build."""
    command = [str(ROOT / "vitrine"), "run", *words]
    return subprocess.run(command, env=environment, capture_output=True, timeout=LIMIT_S)


@pytest.mark.parametrize("cpu_count", [1, 4])
def test_a_busy_machine_violates_nothing(environment: dict[str, str], cpu_count: int) -> None:
    done = run(environment, "--smp", str(cpu_count), "--", "sh", "-c", WORKLOAD)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == OUTPUT


@pytest.mark.parametrize("provocation", CAUGHT)
def test_a_bug_is_caught_and_named(environment: dict[str, str], provocation: str) -> None:
    done = run(environment, "--timeout", "30", "--append", f"selftest={provocation}", "--", "true")
    assert done.returncode == 125, done.stderr.decode()
    first_line = done.stderr.decode().splitlines()[0]  # the reason, as the kernel tells it
    assert CAUGHT[provocation] in first_line, done.stderr.decode()


def test_the_backtrace_of_a_kernel_task_ends_where_it_began(environment: dict[str, str]) -> None:
    words = ["--append", "selftest=object_freed_twice trace=-all", "--", "true"]
    done = run(environment, "--timeout", "30", *words)
    log = next(word for word in done.stderr.decode().split() if word.endswith("/kernel.log;"))
    lines = Path(log[:-1]).read_text().splitlines()
    begin = next(i for i, line in enumerate(lines) if line.endswith("backtrace:"))
    end = next(i for i, line in enumerate(lines) if "last trace events" in line)
    between = lines[begin:end][1:]
    calls = [line.split("]", 1)[1].split("+")[0].strip() for line in between]
    assert calls[-3:] == ["start_system", "task_first_run", "task_entry"], done.stderr.decode()
