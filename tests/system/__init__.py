# SPDX-License-Identifier: MIT
"""Whole machines, from power-on to power-off."""
