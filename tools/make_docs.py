#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bring the generated parts of docs/ up to date; --check only tells which are not.

A page is written by hand but for the blocks between a line `<!-- made by NAME -->` and a line
`<!-- end -->`: these are derived from the sources by the function of that name here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(<!-- made by (\w+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
RANKS_HEADER = ROOT / "src" / "sync" / "lock_rank.h"
RANK_CLASSES = {
    "SLEEPING": "mutex",
    "THREAD": "spin lock of threads",
    "INTERRUPT": "spin lock of any context",
}


class DocsError(Exception):
    """The sources do not look as expected."""


def parse_ranks(text: str) -> list[tuple[str, str, str]]:
    """Return (class, name, what it guards) of each lock rank, outermost first."""
    ranks = []
    for part, body in re.findall(r"#define LOCK_RANKS_(\w+)\(X\)((?:.*\\\n)*.*)", text):
        if part not in RANK_CLASSES:
            raise DocsError(f"{RANKS_HEADER}: unknown class {part}")
        entries = re.findall(r'X\((\w+),\s*"([^"]*)"\)', body)
        if not entries:
            raise DocsError(f"{RANKS_HEADER}: no ranks in {part}")
        ranks += [(part, name, guards) for name, guards in entries]
    if [part for part in RANK_CLASSES if part not in {rank[0] for rank in ranks}]:
        raise DocsError(f"{RANKS_HEADER}: a class is missing")
    return ranks


def users_of_ranks() -> dict[str, list[str]]:
    """Return the source files that make locks of each rank."""
    users: dict[str, list[str]] = {}
    sources = [
        path
        for folder in ("src", "debug/kernel", "trace/kernel")
        for path in sorted((ROOT / folder).rglob("*.[ch]"))
        if path != RANKS_HEADER
    ]
    for path in sources:
        for name in sorted(set(re.findall(r"\bLOCK_RANK_(\w+)", path.read_text()))):
            users.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return users


def lock_ranks() -> str:
    """The table of all locks, in order."""
    users = users_of_ranks()
    lines = ["| | Rank | Kind | Guards | Made in |", "| --- | --- | --- | --- | --- |"]
    for number, (part, name, guards) in enumerate(parse_ranks(RANKS_HEADER.read_text()), 1):
        if name not in users:
            raise DocsError(f"{RANKS_HEADER}: no lock has the rank {name}")
        files = ", ".join(f"`{file}`" for file in users[name])
        lines.append(f"| {number} | `{name}` | {RANK_CLASSES[part]} | {guards} | {files} |")
    return "\n".join(lines) + "\n"


GENERATORS: dict[str, Callable[[], str]] = {"lock_ranks": lock_ranks}


def renew(text: str) -> str:
    """Return a page with its blocks made anew."""

    def made(match: re.Match[str]) -> str:
        return match[1] + GENERATORS[match[2]]() + match[3]

    return BLOCK.sub(made, text)


def stale_pages() -> list[tuple[Path, str]]:
    """Return the pages that are not current, each with the text that it should have."""
    pages = [(page, page.read_text()) for page in sorted((ROOT / "docs").glob("*.md"))]
    return [(page, renew(text)) for page, text in pages if renew(text) != text]


def main() -> int:
    stale = stale_pages()
    if sys.argv[1:] == ["--check"]:
        for page, _ in stale:
            print(f"{page} is not current: run tools/make_docs.py", file=sys.stderr)
        return 1 if stale else 0
    for page, text in stale:
        page.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
