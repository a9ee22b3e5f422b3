# SPDX-License-Identifier: MIT
"""Allocation totals by call site, and slab caches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import gdb

from helpers.core import list_items, symbol, text


@dataclass
class Site:
    """A place in the kernel that allocates."""

    place: str
    function: str
    type: str
    objects: int
    bytes: int


@dataclass
class Slab:
    """A slab cache."""

    name: str
    object_size: int
    per_slab: int
    slabs: int


def sites() -> list[Site]:
    """Return every site that has something live, summed over the CPUs."""
    site_type = gdb.lookup_type("struct alloc_site")
    start = int(symbol("&alloc_sites_start"))
    count = (int(symbol("&alloc_sites_end")) - start) // site_type.sizeof
    records = gdb.Value(start).cast(site_type.array(count - 1).pointer()).dereference()
    cpus = symbol("cpus")
    totals = [[0, 0] for _ in range(count)]
    for cpu in range(int(symbol("cpu_count"))):
        counters = cpus[cpu]["alloc_counters"]
        for index in range(count):
            counter = counters[index + 1]  # 0 is "no site": see alloc_site_index()
            totals[index][0] += int(counter["objects"])
            totals[index][1] += int(counter["bytes"])
    return [
        Site(
            f"{text(records[i]['file'])}:{int(records[i]['line'])}",
            text(records[i]["function"]),
            text(records[i]["type"]),
            *totals[i],
        )
        for i in range(count)
        if totals[i] != [0, 0]
    ]


def slabs() -> Iterator[Slab]:
    """Yield the slab caches."""
    for cache in list_items(symbol("slab_caches"), "slab_cache", "all_link"):
        yield Slab(
            text(cache["name"]),
            int(cache["object_size"]),
            int(cache["objects_per_slab"]),
            int(cache["slab_count"]),
        )
