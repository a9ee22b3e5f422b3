# SPDX-License-Identifier: MIT
"""The flight recorder: every whole record of all CPUs, decoded by its payload's type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import gdb

from helpers.core import as_bytes, number, symbol, text


@dataclass
class Record:
    """A trace event."""

    timestamp: int
    cpu: int
    tid: int
    event: str
    fields: dict[str, str]


def syscall_name(number: int) -> str:
    """Return the name of a system call, or its number."""
    try:
        name = text(symbol("syscall_descriptions")[number]["name"])
    except gdb.MemoryError:
        name = ""
    return name or str(number)


def format_field(event: str, name: str, value: gdb.Value) -> str:
    """Format a field: addresses, flags and the like in hexadecimal, system calls by name."""
    if event.startswith("syscall_") and name == "number":
        return syscall_name(int(value))
    if value.type.name in ("vaddr_t", "paddr_t", "pfn_t", "uint64_t"):
        return f"{int(value):#x}"
    return str(int(value))


def format_argument(kind: str, value: int) -> str:
    """Format a register as the argument of a C type that it is."""
    if kind in ("int", "int64_t"):
        bits = 32 if kind == "int" else 64
        return str((value + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1))
    return str(value) if kind == "size_t" else f"{value:#x}"


def name_arguments(call: int, payload: gdb.Value) -> dict[str, str]:
    """
    Return a system call with the arguments that it has; all registers if it is not known.

    :param payload: ``struct trace_syscall_enter``
    """
    fields = {"number": syscall_name(call)}
    registers = [int(payload[f"a{i}"]) for i in range(number("SYSCALL_ARGUMENTS_MAX"))]
    if fields["number"] == str(call):
        return {**fields, **{f"a{i}": f"{value:#x}" for i, value in enumerate(registers)}}
    description = symbol("syscall_descriptions")[call]
    for i in range(int(description["argument_count"])):
        name = text(description["argument_names"][i])
        fields[name] = format_argument(text(description["argument_types"][i]), registers[i])
    return fields


def whole_records(ring: gdb.Value) -> Iterator[gdb.Value]:
    """
    Yield the committed records of a ring, oldest first.

    :param ring: ``struct trace_ring``
    :return: ``struct trace_record`` values
    """
    if not int(ring["records"]):
        return
    capacity = int(gdb.parse_and_eval("TRACE_RING_RECORDS"))
    record_type = gdb.lookup_type("struct trace_record")
    raw = as_bytes(int(ring["records"]), capacity * record_type.sizeof)
    records = gdb.Value(raw, record_type.array(capacity - 1))
    newest = int(ring["reserved"])
    for position in range(max(0, newest - capacity), newest):
        record = records[position % capacity]
        # Zero or another lap's number: torn or overwritten. See ring.c.
        if int(record["sequence"]) == position + 1:
            yield record


def decode(record: gdb.Value) -> Record:
    """Return a record with its payload read as the event's own struct."""
    descriptor = gdb.lookup_type("struct trace_event")
    start = int(symbol("&trace_events_start"))
    where = start + int(record["event"]) * descriptor.sizeof
    event = text(gdb.Value(where).cast(descriptor.pointer())["name"])
    payload_type = gdb.lookup_type(f"struct trace_{event}")
    raw = bytes(int(record["payload"][i]) for i in range(payload_type.sizeof))
    payload = gdb.Value(raw, payload_type)
    fields = {
        field.name: format_field(event, field.name, payload[field])
        for field in payload_type.fields()
    }
    if event == "syscall_enter":
        fields = name_arguments(int(payload["number"]), payload)
    return Record(int(record["timestamp"]), int(record["cpu"]), int(record["tid"]), event, fields)


def cpu_count() -> int:
    """Return how many CPUs run."""
    return int(symbol("cpu_count"))


def last_records(count: int, cpu: int | None = None) -> list[Record]:
    """Return the newest records of all CPUs (or one), merged by time."""
    gdb.execute("set max-value-size unlimited", to_string=True)
    rings = symbol("trace_rings")
    wanted = [cpu] if cpu is not None else range(cpu_count())
    found = [record for index in wanted for record in list(whole_records(rings[index]))[-count:]]
    found.sort(key=lambda record: int(record["timestamp"]))
    return [decode(record) for record in found[-count:]]


def log_lines() -> list[str]:
    """Return the kernel log as far back as its ring goes."""
    ring = symbol("log_ring")
    size = ring["text"].type.sizeof
    end = int(ring["end"])
    data = as_bytes(int(ring["text"].address), size)
    text_bytes = bytes(data[position % size] for position in range(max(0, end - size), end))
    return text_bytes.decode(errors="replace").splitlines()
