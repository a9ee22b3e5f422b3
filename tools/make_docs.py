#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bring the generated parts of docs/ up to date; --check only tells which are not.

A page is written by hand but for the blocks between a line `<!-- made by NAME -->` and a line
`<!-- end -->`: these are derived from the sources by the function of that name here.
"""

from __future__ import annotations

import ast
import re
import subprocess
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


def system_call_numbers() -> dict[str, int]:
    """Return Linux's number of each x86-64 system call, from its UAPI header."""
    source = "#include <asm/unistd_64.h>\n"
    command = ["gcc", "-E", "-dM", "-x", "c", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    found = re.findall(r"#define __NR_(\w+) (\d+)", done.stdout)
    return {name: int(number) for name, number in found}


def parse_system_calls(text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (name, [(type, argument)]) of each SYSCALL() in a table."""
    calls = []
    for name, rest in re.findall(r"(?m)^SYSCALL\((\w+)((?:.*\n(?!SYSCALL|$))*.*)\)$", text):
        arguments = re.findall(r"\(([^,()]+), (\w+)\)", rest)
        calls.append((name, [(kind.replace(" __user", ""), word) for kind, word in arguments]))
    return calls


def system_calls() -> str:
    """The system calls, a table a family."""
    numbers = system_call_numbers()
    lines = []
    for path in sorted((ROOT / "src" / "sys").rglob("*.table.h")):
        text = path.read_text()
        calls = parse_system_calls(text)
        if len(calls) != len(re.findall(r"(?m)^SYSCALL\(", text)):
            raise DocsError(f"{path}: a SYSCALL() is not understood")
        lines += [f"**{path.name.split('.')[0]}**, {len(calls)} calls", ""]
        lines += ["| Number | Call | Arguments |", "| ---: | --- | --- |"]
        for name, arguments in calls:
            words = ", ".join(f"{kind} {word}".replace("* ", "*") for kind, word in arguments)
            lines.append(f"| {numbers[name]} | {name} | {f'`{words}`' if words else ''} |")
        lines.append("")
    return "\n".join(lines)


def classes_in(folder: Path) -> list[ast.ClassDef]:
    """Return every class of a folder's modules, in the order of files and lines."""
    found = []
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text())
        found += [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return found


def debug_commands() -> str:
    """Each `vt` command with its help, as it is registered."""
    lines = ["| Command | What it does |", "| --- | --- |"]
    for node in classes_in(ROOT / "gdb-scripts" / "commands"):
        help_text = ast.get_docstring(node) or ""
        usage = re.search(r"Usage: (.*)", help_text)
        if usage:
            words = " ".join(help_text.split("\n\n")[0].split())
            lines.append("| `{}` | {} |".format(usage[1].replace("|", "\\|"), words))
    return "\n".join(lines) + "\n"


def json_rows() -> str:
    """The fields of each row type that a command prints with -json."""
    lines = ["| Row | Fields |", "| --- | --- |"]
    for node in classes_in(ROOT / "gdb-scripts" / "helpers"):
        if any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
            fields = [
                f"`{item.target.id}` {ast.unparse(item.annotation)}"
                for item in node.body
                if isinstance(item, ast.AnnAssign)
                and isinstance(item.target, ast.Name)
                and "gdb.Value" not in ast.unparse(item.annotation)
            ]
            words = (ast.get_docstring(node) or "").split("\n")[0]
            lines.append("| {}: {} | {} |".format(node.name, words, ", ".join(fields)))
    return "\n".join(lines).replace(" | None", " or null") + "\n"


GENERATORS: dict[str, Callable[[], str]] = {
    "lock_ranks": lock_ranks,
    "system_calls": system_calls,
    "debug_commands": debug_commands,
    "json_rows": json_rows,
}


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
