/* SPDX-License-Identifier: MIT */
/* Bit sets in arrays of 64-bit words; not atomic, the owner's lock guards them. */
#pragma once

#include "lib/compiler.h"

enum { BITMAP_WORD_BITS = 64 };

#define BITMAP_WORDS(bits_) (((bits_) + BITMAP_WORD_BITS - 1) / BITMAP_WORD_BITS)

static inline bool bitmap_test(const uint64_t *words, size_t bit)
{
	return words[bit / BITMAP_WORD_BITS] >> (bit % BITMAP_WORD_BITS) & 1;
}

static inline void bitmap_set(uint64_t *words, size_t bit)
{
	words[bit / BITMAP_WORD_BITS] |= 1ul << (bit % BITMAP_WORD_BITS);
}

static inline void bitmap_clear(uint64_t *words, size_t bit)
{
	words[bit / BITMAP_WORD_BITS] &= ~(1ul << (bit % BITMAP_WORD_BITS));
}

/* First clear bit at or after start, or bits if there is none. */
static inline size_t bitmap_find_clear(const uint64_t *words, size_t bits, size_t start)
{
	for (size_t bit = start; bit < bits;) {
		uint64_t free = ~words[bit / BITMAP_WORD_BITS] >> (bit % BITMAP_WORD_BITS);
		if (free) {
			bit += (size_t)__builtin_ctzl(free);
			return bit < bits ? bit : bits;
		}
		bit = (bit / BITMAP_WORD_BITS + 1) * BITMAP_WORD_BITS;
	}
	return bits;
}

static inline unsigned count_bits(uint64_t word)
{
	unsigned count = 0;
	for (; word; word &= word - 1)
		count++;
	return count;
}
