# SPDX-License-Identifier: MIT
"""The instruments that stop, ask and report: kernel/ in the image, host/ in Python."""
