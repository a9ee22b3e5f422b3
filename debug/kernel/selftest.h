/* SPDX-License-Identifier: MIT */
/*
 * Tests inside the kernel: KERNEL_TEST(claim) { ... } in tests/kernel/, found through an ELF
 * section. They run in a task when the command line says selftest, and print TAP on the log.
 */
#pragma once

#include "lib/compiler.h"

struct kernel_test {
	const char *name;
	bool (*run)(void); /* true: passed */
};

#define KERNEL_TEST(name_)                                                          \
	static bool name_(void);                                                    \
	static const struct kernel_test kernel_test_##name_ SECTION("kernel_tests") \
		USED = { #name_, name_ };                                           \
	static bool name_(void)

/* In a test: the claim fails here. */
#define EXPECT(condition_)                                                     \
	do {                                                                   \
		if (!(condition_))                                             \
			return selftest_fail(#condition_, __FILE__, __LINE__); \
	} while (0)

bool selftest_fail(const char *condition, const char *file, int line);
NORETURN void selftest_run_and_power_off(void);
