/* SPDX-License-Identifier: MIT */
/* For tests that need a task on every CPU, all at the same time. */
#pragma once

#include "lib/types.h"

/*
 * Run function(cpu, argument) in a task on each CPU, started together; true when all returned
 * true. Waits for all of them, at most EACH_CPU_LIMIT_S: then the machine hangs, and panics.
 */
enum { EACH_CPU_LIMIT_S = 60 };
NODISCARD bool each_cpu_run(bool (*function)(uint32_t cpu, void *argument), void *argument);

/* What is live by the allocation accounting, but for what caches keep. */
struct live_memory {
	int64_t objects, bytes;
};
/* Waits until tasks that ended a moment ago have been freed. */
struct live_memory live_memory_settled(void);
/* After settling: is that much live? Says what is, if not. */
NODISCARD bool live_memory_is(const struct live_memory *expected);
