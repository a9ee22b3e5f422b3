# SPDX-License-Identifier: MIT
"""Walking the kernel's containers, and names of enumerators."""

from __future__ import annotations

from typing import Any, Iterator

import gdb

WALK_LIMIT = 1_000_000  # a corrupt list must not hang the debugger


class BrokenStructure(gdb.GdbError):
    """What was walked does not hang together; says where."""


def symbol(name: str) -> gdb.Value:
    """Return the value of a global of the kernel."""
    return gdb.parse_and_eval(name)


def number(name: str) -> int:
    """Return the value of an enumerator."""
    return int(gdb.parse_and_eval(name))


def plain(value: gdb.Value, depth: int) -> Any:
    """Return a value as JSON can have it; structures below ``depth`` as None."""
    kind = value.type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_STRUCT:
        if depth == 0:
            return None
        return {f.name: plain(value[f.name], depth - 1) for f in kind.fields() if f.name}
    if kind.code == gdb.TYPE_CODE_ARRAY:
        if kind.target().strip_typedefs().sizeof == 1:
            return text(value)
        first, last = kind.range()
        return [plain(value[index], depth) for index in range(first, last + 1)]
    if kind.code == gdb.TYPE_CODE_PTR and kind.target().name == "char":
        return text(value)
    if kind.code == gdb.TYPE_CODE_BOOL:
        return bool(value)
    return int(value)


def pointer_type(name: str) -> gdb.Type:
    """Return the type ``struct name *``."""
    return gdb.lookup_type(f"struct {name}").pointer()


def container_of(node: gdb.Value, struct: str, member: str) -> gdb.Value:
    """Return the ``struct *`` that holds a ``struct list *`` or ``struct rb_node *`` member."""
    target = gdb.lookup_type(f"struct {struct}")
    offset = next(f.bitpos // 8 for f in target.fields() if f.name == member)
    return gdb.Value(int(node) - offset).cast(target.pointer())


def list_items(head: gdb.Value, struct: str, member: str) -> Iterator[gdb.Value]:
    """
    Yield the owners on a list.

    :param head: ``struct list``
    :return: ``struct <struct> *`` values
    """
    start = int(head.address)
    node = head["next"]
    for _ in range(WALK_LIMIT):
        if int(node) == start:
            return
        if int(node) == 0:
            raise BrokenStructure(f"list at {start:#x}: a NULL link")
        yield container_of(node, struct, member)
        node = node["next"]
    raise BrokenStructure(f"list at {start:#x}: no end")


def tree_items(tree: gdb.Value, struct: str, member: str) -> Iterator[gdb.Value]:
    """
    Yield the owners in a tree, in order.

    :param tree: ``struct rb_tree``
    """
    stack: list[gdb.Value] = []
    node = tree["root"]
    while stack or int(node):
        while int(node):
            stack.append(node)
            if len(stack) > 200:
                raise BrokenStructure(f"tree at {int(tree.address):#x}: too deep")
            node = node["left"]
        node = stack.pop()
        yield container_of(node, struct, member)
        node = node["right"]


def enumerators(enum: str) -> dict[str, int]:
    """Return the names and values of ``enum <enum>``."""
    return {f.name: int(f.enumval) for f in gdb.lookup_type(f"enum {enum}").fields()}


def enumerator_name(enum: str, value: int) -> str:
    """Return the name of a value of ``enum <enum>``, or the number."""
    return next((n for n, v in enumerators(enum).items() if v == value), str(value))


def flag_names(enum: str, value: int, prefix: str) -> list[str]:
    """Return the names, without their prefix, of the flags that are set."""
    return [
        name.removeprefix(prefix).lower() for name, bit in enumerators(enum).items() if value & bit
    ]


def text(pointer: gdb.Value) -> str:
    """Return the string of a ``char *`` or ``char[]``, "" for NULL, "?" if it cannot be read."""
    if pointer.type.code == gdb.TYPE_CODE_PTR and int(pointer) == 0:
        return ""
    try:
        return str(pointer.string(errors="replace"))
    except gdb.MemoryError:
        return "?"


def as_bytes(address: int, size: int) -> bytes:
    """Return memory of the kernel."""
    return bytes(gdb.selected_inferior().read_memory(address, size))


def seconds(nanoseconds: int) -> float:
    """Return a ``nanoseconds_t`` as seconds."""
    return nanoseconds / 1e9
