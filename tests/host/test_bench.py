# SPDX-License-Identifier: MIT
"""The bench command on figures that are known: what it measures, compares and refuses."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from debug.host.bench import FIGURES, Figure, Goal, bench, measure
from debug.host.session import SessionError

SEVEN = Figure(
    name="seven",
    unit="insn",
    command="echo there are 7 of them",
    pattern=r"are (\d+)",
    goal=Goal.BELOW,
    limit=8,
    repeats_exactly=True,
)


def test_a_goal_that_is_met_gives_0_and_one_that_is_missed_gives_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert bench(False, [SEVEN]) == 0
    assert "MISSED" not in capsys.readouterr().out
    assert bench(False, [SEVEN, replace(SEVEN, limit=7)]) == 1
    assert "MISSED" in capsys.readouterr().out
    assert bench(True, [replace(SEVEN, goal=Goal.ABOVE, limit=7)]) == 1


def test_the_table_shows_the_command_whole(capsys: pytest.CaptureFixture[str]) -> None:
    figure = replace(SEVEN, command=f"{SEVEN.command}; : {'x' * 200}")
    bench(False, [figure])
    assert f"\n  {figure.command}\n" in capsys.readouterr().out


def test_json_has_value_goal_and_command(capsys: pytest.CaptureFixture[str]) -> None:
    bench(True, [replace(SEVEN, divisor=2)])
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["value"], row["goal"], row["limit"], row["meets_goal"]) == (3.5, "<", 8, True)
    assert row["command"] == SEVEN.command
    assert row["linux"] is None


def test_two_runs_that_differ_are_an_error(tmp_path: Path) -> None:
    file = tmp_path / "runs"
    figure = replace(SEVEN, command=f"echo >>{file}; echo are $(wc -l <{file})")
    with pytest.raises(SessionError, match="two runs differ, 1 and 2"):
        measure(figure)


@pytest.mark.parametrize("command", ["false", "echo nothing", "echo are 7; exit 3"])
def test_a_command_that_gives_no_figure_is_an_error(command: str) -> None:
    with pytest.raises(SessionError, match="no figure"):
        measure(replace(SEVEN, command=command))


def test_all_that_counts_instructions_is_measured_twice() -> None:
    assert all(figure.repeats_exactly for figure in FIGURES if "--icount" in figure.command)
