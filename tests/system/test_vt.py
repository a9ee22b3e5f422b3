# SPDX-License-Identifier: MIT
"""The `vt` commands against a workload whose values are known: tests/system/programs/known.c."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import pytest

from debug.host.paths import ROOT
from tests.harness import Debugger, Machine, MachineFailure
from tests.system.conftest import TARGETS, Target

SOURCE = ROOT / "tests" / "system" / "programs" / "known.c"
RECEIVE = "cat >/tmp/known; chmod +x /tmp/known; exec /tmp/known </dev/null"
PAGE = 4096
WRITABLE_AT, READABLE_AT, CODE_AT, SHARED_AT = 0x10000000, 0x20000000, 0x30000000, 0x40000000
FUNCTION_SIZE_MAX = 64  # of the two functions that sleep
# What may come or go between the program's reading of its numbers and the stop.
VOLATILE_PLACES = r"src/fs/(procfs/|pipe\.c)|src/dev/link_device\.c|src/mm/slab\.c"


@dataclass
class Known:
    """The workload, stopped."""

    target: Target
    debugger: Debugger
    values: dict[str, int]  # what the program printed
    sites: dict[tuple[str, str], tuple[int, int]]  # (place, type): objects, bytes, by the kernel

    def json(self, command: str) -> Any:
        """A command's output; {names} in it are the program's."""
        return self.debugger.json(command.format(**self.values))

    def text(self, command: str) -> str:
        """As a person sees it."""
        return self.debugger.run(command.format(**self.values))


def read_output(text: str) -> tuple[dict[str, int], dict[tuple[str, str], tuple[int, int]]]:
    """The values and the allocation sites that the program printed."""
    values, sites = {}, {}
    for line in text.splitlines():
        if "\t" in line:
            place, _, kind, objects, size = line.split("\t")
            if (int(objects), int(size)) != (0, 0):
                sites[place, kind] = (int(objects), int(size))
        else:
            name, value = line.split()
            values[name] = int(value)
    return values, sites


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """known.c, built."""
    binary: Path = tmp_path_factory.mktemp("known") / "known"
    command = ["musl-gcc", "-static", "-O2", "-g", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*command, "-o", str(binary), str(SOURCE)], check=True)
    return binary.read_bytes()


@pytest.fixture(scope="module", params=TARGETS, ids=str)
def known(request: pytest.FixtureRequest, program: bytes) -> Iterator[Known]:
    """The workload at rest in a stopped machine, for all tests of a target."""
    target: Target = request.param
    options = {"emulator": target.emulator, "cpu_count": target.cpu_count}
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")  # each boots its own
    with Machine(f"test_vt-{target}-{worker}", ["sh", "-c", RECEIVE], program, **options) as guest:
        guest.wait_for("the word 'ready'", lambda: b"ready 1\n" in guest.stdout)
        values, sites = read_output(guest.stdout.decode())
        yield Known(target, Debugger(guest), values, sites)


def find(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    """The one row with these fields."""
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    assert len(found) == 1, (wanted, rows)
    return found[0]


def test_ps_knows_each_tasks_parent_state_and_what_it_waits_for(known: Known) -> None:
    tasks, values = known.json("vt ps"), known.values
    parent = find(tasks, pid=values["parent"])
    sleeper, reader = find(tasks, pid=values["sleeper"]), find(tasks, pid=values["reader"])
    assert (parent["name"], parent["ppid"]) == ("known", 1)
    assert (sleeper["name"], sleeper["ppid"]) == ("known-sleeper", values["parent"])
    assert (reader["name"], reader["ppid"]) == ("known-reader", values["parent"])
    assert {parent["state"], sleeper["state"], reader["state"]} == {"interruptible"}
    waits = [row["waits_for"] for row in (parent, sleeper, reader)]
    assert waits == ["child", "sleep", "pipe read"]
    assert not sleeper["on_cpu"] and sleeper["tid"] == sleeper["pid"]
    assert sleeper["cpu"] < known.target.cpu_count


def test_task_shows_the_structures_fields(known: Known) -> None:
    shown = known.json("vt task {sleeper}")
    assert shown["task"]["tid"] == shown["process"]["pid"] == known.values["sleeper"]
    assert shown["task"]["name"] == "known-sleeper"
    assert shown["task"]["wait_reason"] == "sleep"
    assert shown["task"]["current_syscall"] == 35  # nanosleep
    assert shown["process"]["thread_count"] == 1
    assert 'name = "known-sleeper' in known.text("vt task {sleeper}")


@pytest.mark.parametrize(
    "task, function, kernel_functions",
    [
        ("sleeper", "sleep_in_nanosleep", ["schedule", "wait_sleep", "sys_nanosleep"]),
        ("reader", "sleep_in_read", ["schedule", "wait_sleep", "pipe_read", "sys_read"]),
    ],
)
def test_bt_goes_from_the_switch_to_the_programs_function(
    known: Known, task: str, function: str, kernel_functions: list[str]
) -> None:
    *kernel, user = known.json(f"vt bt {{{task}}}")
    names = [frame["place"].split(" ")[0] for frame in kernel]
    assert names[0] == "switch_task"
    assert [name for name in names if name in kernel_functions] == kernel_functions
    assert names[-1] == "syscall_entry"
    assert all(re.fullmatch(r"src/.*:\d+", frame["line"]) for frame in kernel)
    start = known.values[function]
    assert start < user["address"] < start + FUNCTION_SIZE_MAX
    # The file is mapped from its start at 0x400000 on: a non-PIE program.
    assert user["place"] == f"user: /tmp/known + {user['address'] - 0x400000:#x}"


def test_bt_says_so_when_the_task_is_none(known: Known) -> None:
    with pytest.raises(MachineFailure, match="no task 31999"):
        known.debugger.run("vt bt 31999")


@pytest.mark.parametrize(
    "command, words",
    [
        ("vt pt nobody", "argument pid: not a number above 0: 'nobody'"),
        ("vt pt 1 nowhere", 'argument address: nowhere: No symbol "nowhere"'),
        ("vt trace 0", "argument count: not a number above 0: '0'"),
        ("vt trace -3", "usage: vt trace"),
        ("vt trace --cpu 9", "no CPU 9"),
    ],
)
def test_wrong_arguments_are_told(known: Known, command: str, words: str) -> None:
    with pytest.raises(MachineFailure) as failure:
        known.debugger.run(command)
    assert words in str(failure.value)
    assert "Python Exception" not in str(failure.value)


def test_pt_takes_an_expression_and_finds_the_kernels_pages(known: Known) -> None:
    steps = known.json("vt pt kernel &all_tasks")
    assert [step["level"] for step in steps] == [4, 3, 2, 1]
    assert steps[0]["index"] == 511
    assert all("present" in step["flags"] for step in steps)


def test_cpus_are_all_there_and_what_runs_is_no_sleeper(known: Known) -> None:
    cpus = known.json("vt cpus")
    assert [cpu["cpu"] for cpu in cpus] == list(range(known.target.cpu_count))
    sleeping = {known.values["sleeper"], known.values["reader"]}
    assert sleeping.isdisjoint(cpu["tid"] for cpu in cpus)
    assert cpus[0]["irq_count"] > 0


def test_vmas_have_the_protection_and_the_pages_that_were_asked_for(known: Known) -> None:
    areas = known.json("vt vmas {parent}")
    for start, pages, flags, name, offset in (
        (WRITABLE_AT, 8, "rw-p", "", 0),
        (READABLE_AT, 4, "r--p", "", 0),
        (CODE_AT, 3, "r-xp", "", 0),
        (SHARED_AT, 2, "rw-s", "/tmp/there/file", PAGE),
    ):
        area = find(areas, start=start)
        assert area["end"] == start + pages * PAGE
        assert (area["flags"], area["name"], area["offset"]) == (flags, name, offset)
    assert find(areas, name="[stack]")["flags"] == "rw-p"


def test_pt_merges_the_touched_pages_and_knows_their_rights(known: Known) -> None:
    runs = known.json("vt pt {parent}")
    for start, pages, flags in (
        (WRITABLE_AT, 5, "r--uad--"),  # shared with the children until somebody writes
        (READABLE_AT, 2, "r--ua---"),
        (CODE_AT + PAGE, 1, "r-xuad--"),
        (SHARED_AT, 2, "rw-uad--"),
    ):
        run = find(runs, start=start)
        assert (run["end"] - run["start"], run["flags"]) == (pages * PAGE, flags)
        assert run["page_size"] == PAGE
    assert find(runs, start=SHARED_AT)["name"] == "/tmp/there/file"
    starts = [run["start"] for run in runs]
    assert starts == sorted(starts)
    assert all(run["flags"][1:3] != "wx" and run["flags"][3] == "u" for run in runs)


def test_pt_of_an_address_names_the_bits_of_each_level(known: Known) -> None:
    steps = known.json(f"vt pt {{parent}} {CODE_AT + PAGE:#x}")
    assert [step["level"] for step in steps] == [4, 3, 2, 1]
    assert [step["index"] for step in steps] == [0, 0, CODE_AT >> 21 & 511, 1]
    assert "no_execute" not in steps[-1]["flags"] and "write" not in steps[-1]["flags"]
    run = find(known.json("vt pt {parent}"), start=CODE_AT + PAGE)
    assert steps[-1]["physical"] == run["physical"]


def test_pt_of_the_kernel_is_never_writable_and_executable(known: Known) -> None:
    runs = known.json("vt pt kernel")
    borders = {row["name"]: row["address"] for row in known.json("vt map")}
    image = [run for run in runs if run["start"] >= borders["KERNEL_BASE"]]
    assert {run["flags"][:3] for run in image} == {"r-x", "r--", "rw-"}
    assert all(run["flags"][:3] != "rwx" and run["flags"][3] == "s" for run in runs)
    direct = [run for run in runs if run["start"] < borders["DIRECT_MAP_LIMIT"]]
    base = borders["DIRECT_MAP_BASE"]
    assert direct and all(run["physical"] == run["start"] - base for run in direct)


def test_files_have_their_path_and_offset(known: Known) -> None:
    files, values = known.json("vt files {parent}"), known.values
    file = find(files, descriptor=9)
    assert (file["path"], file["position"]) == ("/tmp/there/file", 1234)
    assert file["mode"] == 0o100640
    assert file["flags"] & 0o2003 == 0o2002  # O_RDWR | O_APPEND
    ends = [find(files, descriptor=values[name]) for name in ("read_end", "write_end")]
    assert ends[0]["path"] == ends[1]["path"]
    assert re.fullmatch(r"pipe:\[\d+\]", ends[0]["path"])
    assert [end["flags"] & 3 for end in ends] == [0, 1]
    assert find(files, descriptor=0)["path"] == "/dev/null"
    assert find(known.json("vt files {reader}"), descriptor=9) == file


def test_mounts_have_their_source_and_place(known: Known) -> None:
    mounts = known.json("vt mounts")
    assert find(mounts, place="/tmp/there") == {
        "identity": mounts[-1]["identity"],
        "kind": "tmpfs",
        "source": "a-source",
        "place": "/tmp/there",
    }
    assert find(mounts, place="/")["source"] == "rootfs"
    assert find(mounts, place="/proc")["kind"] == "proc"
    assert [mount["place"] for mount in mounts].count("/dev") == 1


def test_sites_are_what_the_kernel_itself_reports(known: Known) -> None:
    shown = {
        (row["place"], row["type"]): (row["objects"], row["bytes"])
        for row in known.json("vt sites")
    }
    differing = {
        site: (known.sites.get(site), shown.get(site))
        for site in known.sites.keys() | shown.keys()
        if known.sites.get(site) != shown.get(site) and not re.match(VOLATILE_PLACES, site[0])
    }
    assert differing == {}
    assert len(shown) > 30


def test_slabs_hold_what_the_sites_say(known: Known) -> None:
    slabs = {row["name"]: row for row in known.json("vt slabs")}
    for kind in ("task", "vma", "dentry"):
        objects = sum(n for (_, name), (n, _) in known.sites.items() if name == f"struct {kind}")
        room = slabs[kind]["slabs"] * slabs[kind]["per_slab"]
        assert 0 < objects <= room, (kind, objects, slabs[kind])


def test_trace_has_the_system_calls_with_their_arguments(known: Known) -> None:
    def calls(task: str, name: str) -> list[dict[str, str]]:
        rows = known.json(f"vt trace 100000 --event syscall_enter --task {{{task}}}")
        assert [row["timestamp"] for row in rows] == sorted(row["timestamp"] for row in rows)
        assert {row["tid"] for row in rows} == {known.values[task]}
        return [row["fields"] for row in rows if row["fields"]["number"] == name]

    seek = {"number": "lseek", "descriptor": "9", "offset": "1234", "whence": "0"}
    assert seek in calls("parent", "lseek")
    mapped = {fields["address"]: fields for fields in calls("parent", "mmap")}
    assert mapped[f"{WRITABLE_AT:#x}"] == {
        "number": "mmap",
        "address": f"{WRITABLE_AT:#x}",
        "length": f"{8 * PAGE}",
        "protection": "3",
        "flags": "50",  # MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED
        "descriptor": "-1",
        "offset": "0",
    }
    (read,) = calls("reader", "read")
    assert (read["descriptor"], read["count"]) == (str(known.values["read_end"]), "1")


def test_trace_takes_the_newest_and_one_cpu_alone(known: Known) -> None:
    rows = known.json("vt trace 7")
    assert len(rows) == 7
    last_cpu = known.target.cpu_count - 1
    assert {row["cpu"] for row in known.json(f"vt trace 50 --cpu {last_cpu}")} <= {last_cpu}


def test_log_is_the_kernels_from_its_first_line_on(known: Known) -> None:
    lines = known.json("vt log")
    assert "Vitrine, loaded by" in lines[0] or "Vitrine, loaded by" in lines[1]
    assert any(line.endswith(f"{known.target.cpu_count} cpus run") for line in lines)
    assert known.text("vt log").splitlines() == lines


@pytest.mark.parametrize(
    "command, title",
    [
        ("vt ps", "PID"),
        ("vt cpus", "CPU"),
        ("vt vmas {parent}", "START"),
        ("vt pt {parent}", "START"),
        ("vt files {parent}", "FD"),
        ("vt mounts", "ID"),
        ("vt sites -n 3", "BYTES"),
        ("vt slabs", "CACHE"),
        ("vt trace 5", "TIME"),
        ("vt map", "ADDRESS"),
    ],
)
def test_tables_have_titles_and_a_line_a_row(known: Known, command: str, title: str) -> None:
    lines = known.text(command).splitlines()
    assert lines[0].startswith(title)
    assert len(lines) > 1 and all(line == line.rstrip() for line in lines)
