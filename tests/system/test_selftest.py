# SPDX-License-Identifier: MIT
"""The tests inside the kernel (tests/kernel): what only a machine can show."""

import re
import subprocess

from debug.host.paths import ROOT
from tests.system.conftest import MachineMaker, Target

LIMIT_S = 180.0
TESTS_MIN = 25


def test_every_claim_holds_and_the_status_says_so(machine: MachineMaker, target: Target) -> None:
    with machine(target, append="selftest") as guest:
        status = guest.wait_exit(LIMIT_S)
    log = guest.log.decode()
    claims = re.findall(r"\] (ok|not ok) (\d+) - (\w+)", log)
    plan = re.search(r"\] 1\.\.(\d+)", log)
    assert [name for result, _, name in claims if result != "ok"] == [], log[-3000:]
    assert plan and [int(number) for _, number, _ in claims] == list(range(1, int(plan[1]) + 1))
    assert len(claims) >= TESTS_MIN
    assert status == 0


def test_the_command_ends_with_the_status(target: Target) -> None:
    command = [str(ROOT / "vitrine"), "run", "--emu", target.emulator]
    command += ["--smp", str(target.cpu_count), "--append", "selftest"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
