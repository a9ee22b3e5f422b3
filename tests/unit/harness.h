/* SPDX-License-Identifier: MIT */
/*
 * Unit tests on the host: the kernel's own source files, with the sanitizers. Each test is
 * TEST(claim) { ... CHECK(...); }; a program prints TAP and fails if any claim failed.
 */
#pragma once

#include "lib/compiler.h"

#include <setjmp.h>

struct unit_test {
	const char *name;
	void (*run)(void);
};

#define TEST(name_)                                                           \
	static void name_(void);                                              \
	static const struct unit_test unit_test_##name_ SECTION("unit_tests") \
		USED ALIGNED(16) = { #name_, name_ };                         \
	static void name_(void)

#define CHECK(condition_)                                                   \
	do {                                                                \
		if (!(condition_))                                          \
			unit_check_failed(#condition_, __FILE__, __LINE__); \
	} while (0)

/*
 * The statement must end in a panic or a failed assertion whose text has that in it. The locks
 * taken on the way there stay taken.
 */
#define CHECK_PANICS(text_, statement_)                                                \
	do {                                                                           \
		if (setjmp(*unit_expect_panic()) == 0) {                               \
			statement_;                                                    \
			unit_check_failed("panics: " #statement_, __FILE__, __LINE__); \
		}                                                                      \
		unit_check_panic(text_, __FILE__, __LINE__);                           \
	} while (0)

jmp_buf *unit_expect_panic(void);
void unit_check_panic(const char *text, const char *file, int line);
void unit_check_failed(const char *condition, const char *file, int line);
/* A repeatable random number; the seed is the same in every run. */
uint64_t unit_random(void);
