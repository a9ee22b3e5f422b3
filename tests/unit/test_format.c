/* SPDX-License-Identifier: MIT */
#include "harness.h"
#include "lib/format.h"

#include <stdio.h>
#include <string.h>

#define SAME(...)                                                       \
	do {                                                            \
		char ours[128], theirs[128];                            \
		int a = format_string(ours, sizeof(ours), __VA_ARGS__); \
		int b = snprintf(theirs, sizeof(theirs), __VA_ARGS__);  \
		CHECK(a == b && strcmp(ours, theirs) == 0);             \
	} while (0)

TEST(test_numbers_look_as_the_c_library_prints_them)
{
	SAME("%d %i %u", -1, 0, 4000000000u);
	SAME("%ld %lu %lx", -9223372036854775807l - 1, 18446744073709551615ul, 0xfeedul);
	SAME("%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42);
	SAME("%x %X %#x %o %#o", 0xbeef, 0xbeef, 0xbeef, 0755, 0755);
	SAME("%.5d|%8.3d|%-8.3d|", 42, 42, 42);
	SAME("%hhd %hd %hhu", (signed char)-3, (short)-300, (unsigned char)250);
	SAME("%zu %zd", (size_t)12, (ssize_t)-12);
	SAME("%08lx|%16lx|%-16lx|", 0x1234ul, 0x1234ul, 0x1234ul);
}

TEST(test_text_looks_as_the_c_library_prints_it)
{
	SAME("%s|%10s|%-10s|%.2s", "abc", "abc", "abc", "abc");
	SAME("%c%c%%", 'o', 'k');
	SAME("%*d|%-*d|%.*s", 6, 1, 6, 1, 2, "xyz");
}

TEST(test_a_short_buffer_is_terminated_and_the_full_length_returned)
{
	char buffer[4] = "zzz";
	CHECK(format_string(buffer, sizeof(buffer), "%s", "abcdef") == 6);
	CHECK(strcmp(buffer, "abc") == 0);
	CHECK(format_string(NULL, 0, "%d", 12345) == 5);
}

TEST(test_a_text_buffer_remembers_that_it_was_cut)
{
	char data[8];
	struct text_buffer text = { data, sizeof(data), 0, false };
	text_append(&text, "%s", "1234");
	CHECK(!text.is_truncated && text.length == 4);
	text_append(&text, "%s", "56789");
	CHECK(text.is_truncated && strcmp(data, "1234567") == 0);
}
