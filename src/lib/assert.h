/* SPDX-License-Identifier: MIT */
/*
 * Assertions state what must be true if the kernel is right. They stay in every
 * build; DEBUG_ASSERT is for checks that cost, and lives in the checking build.
 */
#pragma once

#include "lib/compiler.h"

/* Provided by core/panic.c in the kernel and by the harness in host tests. Any context. */
NORETURN void assert_failed(const char *expression, const char *file, int line);

#define ASSERT(condition_)                                              \
	do {                                                            \
		if (unlikely(!(condition_)))                            \
			assert_failed(#condition_, __FILE__, __LINE__); \
	} while (0)

#ifdef CHECKING_BUILD
#define DEBUG_ASSERT(condition_) ASSERT(condition_)
#else
#define DEBUG_ASSERT(condition_) ((void)sizeof(condition_))
#endif
