# SPDX-License-Identifier: MIT
"""Memory runs out: the machine and the processes that are not to blame go on."""

import pytest

from tests.system.conftest import MachineMaker, Target

SMALL_MIB = 40
HELD_MIB = 28  # most of what a small machine leaves to programs
CPUS = pytest.mark.parametrize("cpu_count", [1, 4])


@CPUS
def test_a_full_file_system_leaves_room_for_programs(machine: MachineMaker, cpu_count: int) -> None:
    words = """
        dd if=/dev/zero of=/tmp/fill bs=64k
        echo "dd $?"
        i=0; while [ $i -lt 5 ]; do cat /dev/zero > /tmp/fill$i; i=$((i+1)); done
        printf over | dd of=/tmp/fill conv=notrunc && head -c 4 /tmp/fill && echo
        df /tmp | awk 'NR == 2 { print ($4 < 2000) }'
        seq 20000 | sort -r | tail -1
        rm /tmp/fill*; echo new > /tmp/new && cat /tmp/new
    """
    target = Target("qemu", cpu_count)
    with machine(target, ["sh", "-c", words], memory_mib=SMALL_MIB) as guest:
        assert guest.wait_exit() == 0
    assert guest.stdout.split() == [b"dd", b"1", b"over", b"1", b"1", b"new"]
    assert guest.stderr.count(b"No space left on device") == 6
    assert b"out of memory" not in guest.log


@CPUS
def test_the_largest_process_is_killed_when_memory_is_out(
    machine: MachineMaker, cpu_count: int
) -> None:
    words = f"""
        (head -c {HELD_MIB}m /dev/zero; sleep 100) | tail -c {HELD_MIB}m > /dev/null &
        until [ $(awk '/MemFree/ {{ print $2 }}' /proc/meminfo) -lt 5000 ]; do sleep 0.1; done
        x=$(head -c 6m /dev/zero | tr '\\0' x)
        echo ${{#x}}
    """
    target = Target("qemu", cpu_count)
    with machine(target, ["sh", "-c", words], memory_mib=SMALL_MIB) as guest:
        assert guest.wait_exit() == 0, guest.log
    assert guest.stdout == b"%d\n" % (6 << 20)
    assert guest.log.count(b"out of memory: PID ") == 1
