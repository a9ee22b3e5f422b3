# SPDX-License-Identifier: MIT
"""The `vt` commands, one module a group. Importing this package registers them."""

from commands import allocations, base, files, memory, tasks, trace  # noqa: F401
