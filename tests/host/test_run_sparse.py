# SPDX-License-Identifier: MIT
"""Sparse sees user pointers through GCC's preprocessor, and speaks of the source's lines."""

from pathlib import Path

from debug.host.paths import ROOT
from tools.run_sparse import check_file

COMPILER = ["gcc", "-std=gnu17", f"-I{ROOT / 'src'}"]


def check(folder: Path, statement: str) -> str:
    """What is said about a function of one statement, which is on line 5."""
    source = folder / "peek.c"
    lines = [
        '#include "lib/compiler.h"',
        "#define OPTIONAL(...) __VA_OPT__(+) __VA_ARGS__",
        "static int peek(const int __user *pointer)",
        "{",
        f"\t{statement}",
        "}",
        "int (*use)(const int __user *) = peek;",
    ]
    source.write_text("\n".join(lines) + "\n")
    return check_file(str(source), COMPILER)


def test_following_a_user_pointer_is_found_at_its_line(tmp_path: Path) -> None:
    said = check(tmp_path, "return *pointer OPTIONAL(1);")
    assert said == f"{tmp_path}/peek.c:5: warning: dereference of noderef expression\n"


def test_a_forced_cast_is_allowed(tmp_path: Path) -> None:
    assert check(tmp_path, "return *(__force const int *)pointer OPTIONAL(1);") == ""


def test_a_file_that_cannot_be_preprocessed_is_no_success(tmp_path: Path) -> None:
    assert "cannot be preprocessed" in check_file(str(tmp_path / "none.c"), COMPILER)
