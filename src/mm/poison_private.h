/* SPDX-License-Identifier: MIT */
/* The pattern in free memory of the checking build: a pointer made of it is not canonical. */
#pragma once

#include "lib/string.h"

enum { POISON = 0x6b };

static inline bool memory_is_filled(const void *memory, uint8_t byte, size_t size)
{
	const uint8_t *bytes = memory;
	return size == 0 || (bytes[0] == byte && memcmp(bytes, bytes + 1, size - 1) == 0);
}
