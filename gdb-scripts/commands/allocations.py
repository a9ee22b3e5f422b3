# SPDX-License-Identifier: MIT
"""vt sites, vt slabs."""

from __future__ import annotations

import argparse

from commands.base import ArgumentParser, VtCommand, show
from helpers import allocations


class Sites(VtCommand):
    """Show what is allocated, by the place that allocated it, largest first.

    Usage: vt sites [-n COUNT] [--by bytes|objects] [-json]"""

    name = "sites"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("-n", type=int, default=0)
        parser.add_argument("--by", choices=("bytes", "objects"), default="bytes")

    def run(self, options: argparse.Namespace) -> None:
        rows = sorted(allocations.sites(), key=lambda s: int(getattr(s, options.by)), reverse=True)
        columns = [
            ("BYTES", lambda s: s.bytes),
            ("OBJECTS", lambda s: s.objects),
            ("TYPE", lambda s: s.type),
            ("FUNCTION", lambda s: s.function),
            ("PLACE", lambda s: s.place),
        ]
        show(options, rows[: options.n] if options.n else rows, columns)


class Slabs(VtCommand):
    """Show the slab caches.

    Usage: vt slabs [-json]"""

    name = "slabs"

    def run(self, options: argparse.Namespace) -> None:
        columns = [
            ("CACHE", lambda s: s.name),
            ("SIZE", lambda s: s.object_size),
            ("PER SLAB", lambda s: s.per_slab),
            ("SLABS", lambda s: s.slabs),
        ]
        show(options, list(allocations.slabs()), columns)


for command in (Sites, Slabs):
    command()
