#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Turn the functions of a linked kernel into assembly for its symbol table.

The table is linked behind the text, so adding it moves no function: the kernel is linked
once with an empty table, and again with the table made from the first link.
"""

from __future__ import annotations

import sys
from pathlib import Path

from elftools.elf.elffile import ELFFile

KERNEL_BASE_SYMBOL = "KERNEL_BASE"


def functions(elf: ELFFile) -> list[tuple[int, int, str]]:
    """Return (address, size, name) of every function, ascending."""
    symbols = elf.get_section_by_name(".symtab")
    found = {
        int(symbol["st_value"]): (int(symbol["st_size"]), str(symbol.name))
        for symbol in symbols.iter_symbols()
        if symbol["st_info"]["type"] == "STT_FUNC"
    }
    return [(address, size, name) for address, (size, name) in sorted(found.items())]


def assembly(entries: list[tuple[int, int, str]], base: int) -> str:
    """Return the table of the entries at or above base as assembly text."""
    entries = [entry for entry in entries if entry[0] >= base]
    lines = ['.section .kernel_symbols, "a"', ".global kernel_symbols, kernel_symbol_count"]
    lines += [".global kernel_symbol_names", ".balign 4", "kernel_symbols:"]
    offset = 0
    names = []
    for address, size, name in entries:
        lines.append(f".long {address - base}, {size}, {offset}")
        names.append(f'.asciz "{name}"')
        offset += len(name) + 1
    lines += ["kernel_symbol_count:", f".long {len(entries)}", "kernel_symbol_names:", *names]
    lines.append('.section .note.GNU-stack, "", @progbits')
    return "\n".join(lines) + "\n"


def main() -> None:
    if len(sys.argv) == 1:
        print(assembly([], 0), end="")
        return
    with Path(sys.argv[1]).open("rb") as file:
        elf = ELFFile(file)
        base = elf.get_section_by_name(".symtab").get_symbol_by_name(KERNEL_BASE_SYMBOL)[0]
        print(assembly(functions(elf), int(base["st_value"])), end="")


if __name__ == "__main__":
    main()
