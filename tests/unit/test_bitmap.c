/* SPDX-License-Identifier: MIT */
#include "harness.h"
#include "lib/bitmap.h"

#include <string.h>

enum { BITS = 200, ROUNDS = 20000 };

static size_t find_in_model(const bool *model, size_t bits, size_t start)
{
	while (start < bits && model[start])
		start++;
	return start < bits ? start : bits;
}

TEST(test_bits_are_those_of_an_array_of_booleans)
{
	uint64_t words[BITMAP_WORDS(BITS)] = { 0 };
	bool model[BITS] = { false };

	for (int round = 0; round < ROUNDS; round++) {
		size_t bit = unit_random() % BITS;
		if (unit_random() % 8) { // mostly full, so that a search has far to go
			bitmap_set(words, bit);
			model[bit] = true;
		} else {
			bitmap_clear(words, bit);
			model[bit] = false;
		}
		size_t looked_at = unit_random() % BITS;
		CHECK(bitmap_test(words, looked_at) == model[looked_at]);
		size_t bits = unit_random() % (BITS + 1), start = unit_random() % (BITS + 1);
		size_t expected = start < bits ? find_in_model(model, bits, start) : bits;
		CHECK(bitmap_find_clear(words, bits, start) == expected);
	}
}

TEST(test_a_search_finds_nothing_beyond_the_end)
{
	uint64_t words[2] = { UINT64_MAX, 0 };
	CHECK(bitmap_find_clear(words, 64, 0) == 64);
	CHECK(bitmap_find_clear(words, 65, 0) == 64);
	CHECK(bitmap_find_clear(words, 65, 65) == 65);
	CHECK(bitmap_find_clear(words, 0, 0) == 0);
	words[1] = 7;
	CHECK(bitmap_find_clear(words, 67, 1) == 67);
	CHECK(bitmap_find_clear(words, 68, 1) == 67);
}

TEST(test_set_bits_are_counted)
{
	CHECK(count_bits(0) == 0);
	CHECK(count_bits(UINT64_MAX) == 64);
	for (int i = 0; i < 1000; i++) {
		uint64_t word = unit_random() & unit_random();
		CHECK(count_bits(word) == (unsigned)__builtin_popcountl(word));
	}
}
