# SPDX-License-Identifier: MIT
"""One module a subsystem: functions that return values and never print."""
