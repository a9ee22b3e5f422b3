/* SPDX-License-Identifier: MIT */
/*
 * Tests inside the kernel: KERNEL_TEST(claim) { ... } in tests/kernel/, found through an ELF
 * section. They run in a task when the command line says selftest, and print TAP on the log.
 * KERNEL_PROVOCATION(name) does what must end in a panic: selftest=name runs it alone.
 */
#pragma once

#include "lib/compiler.h"

struct kernel_test {
	const char *name;
	bool (*run)(void); /* true: passed */
	bool must_be_named;
};

#ifdef __clang__ // lint only; it keeps the order
#define IN_SOURCE_ORDER
#else
#define IN_SOURCE_ORDER __attribute__((no_reorder))
#endif

#define KERNEL_TEST(name_)	  KERNEL_TEST_RECORD(name_, false)
#define KERNEL_PROVOCATION(name_) KERNEL_TEST_RECORD(name_, true)

#define KERNEL_TEST_RECORD(name_, must_be_named_)                                    \
	static bool name_(void);                                                     \
	static const struct kernel_test kernel_test_##name_ SECTION("kernel_tests")  \
		USED ALIGNED(8) IN_SOURCE_ORDER = { #name_, name_, must_be_named_ }; \
	static NO_LOCK_ANALYSIS bool name_(void)

/* In a test: the claim fails here. */
#define EXPECT(condition_)                                                     \
	do {                                                                   \
		if (!(condition_))                                             \
			return selftest_fail(#condition_, __FILE__, __LINE__); \
	} while (0)

bool selftest_fail(const char *condition, const char *file, int line);
NORETURN void selftest_run_and_power_off(void);
