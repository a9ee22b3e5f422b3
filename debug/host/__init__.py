# SPDX-License-Identifier: MIT
"""Host half of debug/: emulators, the debug link, and the commands of ./vitrine."""
