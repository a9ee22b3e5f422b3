/* SPDX-License-Identifier: MIT */
/* The kernel's string functions, under other names, against the C library's. */
#include "harness.h"

#include <string.h>

#define memcpy	kernel_memcpy
#define memmove kernel_memmove
#define memset	kernel_memset
#define memcmp	kernel_memcmp
#define memchr	kernel_memchr
#define strlen	kernel_strlen
#define strnlen kernel_strnlen
#define strcmp	kernel_strcmp
#define strncmp kernel_strncmp
#define strchr	kernel_strchr
#define strrchr kernel_strrchr
#include "lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

enum { SIZE = 64, ROUNDS = 20000 };

static uint8_t ours[SIZE], theirs[SIZE], source[SIZE];

static void fill(void)
{
	for (int i = 0; i < SIZE; i++) {
		ours[i] = theirs[i] = (uint8_t)unit_random();
		source[i] = (uint8_t)unit_random();
	}
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

/* A short string of few different characters, high ones among them, NUL within SIZE. */
static void make_string(char *string)
{
	static const char characters[] = { 'a', 'b', (char)0xff, (char)0x80 };
	size_t length = unit_random() % (SIZE - 1);
	for (size_t i = 0; i < length; i++)
		string[i] = characters[unit_random() % (i % 7 ? 1 : sizeof(characters))];
	string[length] = '\0';
}

TEST(test_copies_change_what_they_should_and_nothing_else)
{
	for (int round = 0; round < ROUNDS; round++) {
		fill();
		size_t from = unit_random() % SIZE, to = unit_random() % SIZE;
		size_t size = unit_random() % (SIZE - (from > to ? from : to) + 1);
		CHECK(kernel_memcpy(ours + to, source + from, size) == ours + to);
		memcpy(theirs + to, source + from, size);
		CHECK(memcmp(ours, theirs, SIZE) == 0);
		CHECK(kernel_memmove(ours + to, ours + from, size) == ours + to);
		memmove(theirs + to, theirs + from, size);
		CHECK(memcmp(ours, theirs, SIZE) == 0);
		CHECK(kernel_memset(ours + to, (int)from - 300, size) == ours + to);
		memset(theirs + to, (int)from - 300, size);
		CHECK(memcmp(ours, theirs, SIZE) == 0);
	}
}

TEST(test_memory_is_compared_as_unsigned_bytes)
{
	for (int round = 0; round < ROUNDS; round++) {
		fill();
		size_t size = unit_random() % (SIZE + 1);
		memcpy(source, ours, SIZE);
		source[unit_random() % SIZE] = (uint8_t)unit_random();
		CHECK(sign(kernel_memcmp(ours, source, size)) == sign(memcmp(ours, source, size)));
		int byte = (int)unit_random();
		CHECK(kernel_memchr(ours, byte, size) == memchr(ours, byte, size));
	}
}

TEST(test_strings_compare_and_search_as_in_the_c_library)
{
	char a[SIZE], b[SIZE];
	for (int round = 0; round < ROUNDS; round++) {
		make_string(a);
		make_string(b);
		if (round % 2)
			strcpy(b, a);
		size_t limit = unit_random() % (SIZE + 2);
		int character = "ab\0\xff"[unit_random() % 4];
		CHECK(kernel_strlen(a) == strlen(a));
		CHECK(kernel_strnlen(a, limit % SIZE) == strnlen(a, limit % SIZE));
		CHECK(sign(kernel_strcmp(a, b)) == sign(strcmp(a, b)));
		CHECK(sign(kernel_strncmp(a, b, limit)) == sign(strncmp(a, b, limit)));
		CHECK(kernel_strchr(a, character) == strchr(a, character));
		CHECK(kernel_strrchr(a, character) == strrchr(a, character));
		CHECK(string_starts_with(a, b) == (strncmp(a, b, strlen(b)) == 0));
	}
}

TEST(test_a_copy_is_cut_and_terminated_within_its_room)
{
	char to[5] = "wxyz";
	CHECK(string_copy(to, "abc", sizeof(to)) == 3 && strcmp(to, "abc") == 0);
	CHECK(string_copy(to, "abcd", sizeof(to)) == 4 && strcmp(to, "abcd") == 0);
	CHECK(string_copy(to, "abcde", sizeof(to)) == 5 && strcmp(to, "abcd") == 0);
	CHECK(string_copy(to, "efghij", sizeof(to)) == 6 && strcmp(to, "efgh") == 0);
	CHECK(string_copy(to, "", sizeof(to)) == 0 && to[0] == '\0');
	to[0] = '!';
	CHECK(string_copy(to, "abc", 0) == 3 && to[0] == '!');
}

TEST(test_numbers_parse_whole_or_not_at_all)
{
	static const struct {
		const char *text;
		int error;
		uint64_t value;
	} cases[] = {
		{ "0", 0, 0 },
		{ "00", 0, 0 },
		{ "10", 0, 10 },
		{ "010", 0, 8 },
		{ "0x10", 0, 16 },
		{ "0XfF", 0, 255 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 7 },
		{ "0xffffffffffffffff", 0, UINT64_MAX },
		{ "0x10000000000000000", -ERANGE, 7 },
		{ "01777777777777777777777", 0, UINT64_MAX },
		{ "02000000000000000000000", -ERANGE, 7 },
		{ "", -EINVAL, 7 },
		{ "0x", -EINVAL, 7 },
		{ "08", -EINVAL, 7 },
		{ "1a", -EINVAL, 7 },
		{ "-1", -EINVAL, 7 },
		{ " 1", -EINVAL, 7 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t value = 7;
		CHECK(string_to_u64(cases[i].text, &value) == cases[i].error);
		CHECK(value == cases[i].value);
	}
}
