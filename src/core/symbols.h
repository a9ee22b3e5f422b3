/* SPDX-License-Identifier: MIT */
/* The kernel's own function names, put into the image by tools/make_symbols.py. */
#pragma once

#include "lib/types.h"

/* "function+0x12/0x80" into buffer; the bare address when no symbol covers it. Any context. */
const char *symbol_format(vaddr_t address, char *buffer, size_t size);
