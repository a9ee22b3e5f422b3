# SPDX-License-Identifier: MIT
"""What runs on the host when the product is built."""
