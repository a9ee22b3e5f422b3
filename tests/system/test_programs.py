# SPDX-License-Identifier: MIT
"""Debian's unmodified programs at work in the guest, with the host's Linux as the oracle."""

import subprocess
from pathlib import Path

import pytest

from debug.host.paths import ROOT
from tests.system.conftest import BASH, BUSYBOX, MachineMaker, Target

QEMU = Target("qemu", 4)
GUEST_PREFIX = "mkdir /tmp/here && cd /tmp/here && unset OLDPWD;"
HOST_LIMIT_S = 60


def read_scripts() -> dict[str, str]:
    """The scripts of shell_scripts.sh by name."""
    text = (ROOT / "tests" / "system" / "shell_scripts.sh").read_text()
    parts = text.split("\n### ")[1:]
    return {name: body for name, _, body in (part.partition("\n") for part in parts)}


SCRIPTS = read_scripts()


@pytest.fixture(scope="module")
def applets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with busybox under each of its names, for the host."""
    folder = tmp_path_factory.mktemp("applets")
    subprocess.run([str(BUSYBOX), "--install", "-s", str(folder)], check=True)
    return folder


def host_run(command: list[str], folder: Path, path: Path) -> "subprocess.CompletedProcess[bytes]":
    """The oracle."""
    environment = {"PATH": str(path), "HOME": "/root", "TERM": "dumb"}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=HOST_LIMIT_S,
    )


@pytest.mark.parametrize("name", SCRIPTS)
def test_shell_script_prints_and_ends_as_on_the_host(
    name: str, machine: MachineMaker, applets: Path, tmp_path: Path
) -> None:
    expected = host_run([str(applets / "sh"), "-c", SCRIPTS[name]], tmp_path, applets)
    with machine(QEMU, ["sh", "-c", f"{GUEST_PREFIX}\n{SCRIPTS[name]}"]) as guest:
        status = guest.wait_exit()
    assert bytes(guest.stdout).decode() == expected.stdout.decode()
    assert status == expected.returncode


def test_a_long_bash_script_prints_what_it_prints_on_the_host(
    machine: MachineMaker, target: Target, applets: Path, tmp_path: Path
) -> None:
    script = (ROOT / "tests" / "system" / "bash_script.sh").read_text()
    expected = host_run([str(BASH), "-c", script], tmp_path, applets)
    with machine(target, ["bash", "-c", f"{GUEST_PREFIX}\n{script}"]) as guest:
        status = guest.wait_exit()
    assert bytes(guest.stdout).decode() == expected.stdout.decode()
    assert bytes(guest.stderr).decode() == expected.stderr.decode()
    assert status == expected.returncode == 9


def test_find_walks_the_whole_root(machine: MachineMaker, target: Target) -> None:
    with machine(target, ["find", "/", "-xdev"]) as guest:
        assert guest.wait_exit() == 0
    paths = bytes(guest.stdout).decode().splitlines()
    assert {"/", "/bin/busybox", "/etc/passwd", "/sbin/vitrine-init"} <= set(paths)
    assert len(paths) == len(set(paths))


def test_ps_lists_itself_and_pid_1(machine: MachineMaker, target: Target) -> None:
    with machine(target, ["ps", "-o", "pid,comm"]) as guest:
        assert guest.wait_exit() == 0
    rows = [line.split() for line in bytes(guest.stdout).decode().splitlines()[1:]]
    assert ["1", "vitrine-init"] in rows
    assert "ps" in [row[1] for row in rows]


def test_a_file_system_with_one_tree_is_mounted_at_a_place_once(
    machine: MachineMaker, target: Target
) -> None:
    script = "mkdir /d; for i in 1 2; do mount -t devtmpfs d /d && echo yes; done; cat /proc/mounts"
    with machine(target, ["sh", "-c", script]) as guest:
        assert guest.wait_exit() == 0
    lines = bytes(guest.stdout).decode().splitlines()
    assert lines[0] == "yes"
    assert [line.split()[1] for line in lines[1:] if " devtmpfs " in line] == ["/dev", "/d"]


def test_a_read_only_mount_keeps_the_times_of_its_files(
    machine: MachineMaker, target: Target
) -> None:
    script = "mkdir /d; mount -t tmpfs -o ro t /d && touch /d"
    with machine(target, ["sh", "-c", script]) as guest:
        assert guest.wait_exit() == 1
    assert b"Read-only file system" in bytes(guest.stderr)
