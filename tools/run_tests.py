#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Run every test of the project and close with one line: N passed, N failed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNIT_TIMEOUT_S = 300
PYTEST_TIMEOUT_S = 1500
WORKERS = max(2, (os.cpu_count() or 1))  # an emulator of one CPU leaves the others idle


def run_unit_tests() -> tuple[int, int]:
    """Build and run the host unit tests; return (passed, failed) claims."""
    result = subprocess.run(
        ["make", "--no-print-directory", "unit"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=UNIT_TIMEOUT_S,
    )
    print(result.stdout, end="")
    if result.returncode != 0:
        print(result.stderr, end="")
        return 0, 1
    failed = len(re.findall(r"^not ok", result.stdout, re.M))
    if failed:
        print(result.stderr, end="")
    return len(re.findall(r"^ok", result.stdout, re.M)), failed


def run_pytest(folders: list[str]) -> tuple[int, int]:
    """Run the Python tests; return (passed, failed)."""
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-rf", "-p", "no:cacheprovider"]
    command += ["-n", str(WORKERS), "--dist", "load", "--durations", "10", *folders]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        timeout=PYTEST_TIMEOUT_S,
    )
    print(result.stdout, end="")
    passed = sum(int(n) for n in re.findall(r"(\d+) passed", result.stdout))
    failed = sum(int(n) for n in re.findall(r"(\d+) (?:failed|error)", result.stdout))
    if result.returncode != 0 and failed == 0:
        failed = 1  # pytest itself went wrong
    return passed, failed


def main() -> int:
    unit = run_unit_tests()
    python = run_pytest(["tests/host", "tests/system"])
    passed, failed = unit[0] + python[0], unit[1] + python[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
