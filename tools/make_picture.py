#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draw docs/demo.svg: what the debugger shows of a running kernel, as it was printed.

Usage: make_picture.py OUTPUT < text. Fonts are the reader's own: nothing is fetched.
"""

import re
import sys

from rich.console import Console
from rich.text import Text

WIDTH = 100
STYLES = (
    (r"(?m)^\(gdb\) .*$", "bold green"),
    (r"(?m)^[A-Z][A-Z /]{2,}  .*$", "bold cyan"),
    (r"\b(?:r[w-][x-]u[a-z-]*)\b", "yellow"),
    (r"/(?:[\w.]+/)*[\w.]+", "magenta"),
    (r"\b(?:syscall_enter|syscall_exit|page_fault|sched_\w+)\b", "yellow"),
)


def draw(text: str) -> str:
    """Return the picture of a terminal with this text."""
    console = Console(record=True, width=WIDTH, file=open("/dev/null", "w"))
    shown = Text("\n".join(line[:WIDTH] for line in text.splitlines()))
    for pattern, style in STYLES:
        shown.highlight_regex(pattern, style)
    console.print(shown)
    picture = console.export_svg(title="vitrine debug")
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


def main() -> int:
    """Read the text, write the picture."""
    with open(sys.argv[1], "w", encoding="utf-8") as output:
        output.write(draw(sys.stdin.read()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
