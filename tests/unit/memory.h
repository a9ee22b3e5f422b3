/* SPDX-License-Identifier: MIT */
/* A small physical memory for tests of allocators, with a hole and odd ends. Include once. */
#pragma once

#include "harness.h"
#include "mm/frame.h"
#include "mm/layout.h"

#include <stdlib.h>
#include <string.h>

enum {
	FRAME_COUNT = 5000,
	FIRST_RANGE = 16, /* .. HOLE */
	HOLE = 1001,
	SECOND_RANGE = 1024, /* .. FRAME_COUNT */
	USABLE = HOLE - FIRST_RANGE + FRAME_COUNT - SECOND_RANGE,
	LARGEST_BLOCKS = 3, /* of FRAME_MAX_ORDER, at 1024, 2048 and 3072 */
	TEST_CPUS = 2,
};

char *host_test_memory;

/* The first time: hand the memory to the allocator. */
static void start_memory(void)
{
	if (host_test_memory)
		return;
	host_test_memory = aligned_alloc(PAGE_SIZE, (size_t)FRAME_COUNT * PAGE_SIZE);
	frame_allocator_init(calloc(FRAME_COUNT, sizeof(struct frame)), FRAME_COUNT);
	cpu_count = TEST_CPUS;
	for (uint32_t cpu = 0; cpu < TEST_CPUS; cpu++) {
		cpus[cpu].id = cpu;
		cpus[cpu].self = &cpus[cpu];
		cpus[cpu].alloc_counters = calloc(1, alloc_counters_size());
	}
	frame_allocator_add(FIRST_RANGE, HOLE - FIRST_RANGE);
	frame_allocator_add(SECOND_RANGE, FRAME_COUNT); // beyond the end is cut
}

static inline void run_on_cpu(uint32_t cpu)
{
	host_test_cpu = &cpus[cpu];
}

static inline uint64_t free_frames(void)
{
	return frame_get_statistics().free;
}

/* All that was counted at a function's allocation sites. */
static inline struct alloc_counter counted_for(const char *function)
{
	struct alloc_counter sum = { 0, 0 };
	for (uint32_t i = 0; i < alloc_site_count(); i++)
		if (strcmp(alloc_sites_start[i].function, function) == 0) {
			struct alloc_counter one = alloc_site_total((alloc_site_index_t)(i + 1));
			sum.objects += one.objects;
			sum.bytes += one.bytes;
		}
	return sum;
}
