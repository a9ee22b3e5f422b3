/* SPDX-License-Identifier: MIT */
/*
 * Allocation accounting: every place in the kernel that allocates is a record in the
 * ELF section alloc_sites, made by the allocating macro itself; each CPU counts live
 * objects and bytes for each record without locks. An object that is freed on another
 * CPU makes one CPU's count negative and another's too high: only the sum has meaning.
 */
#pragma once

#include "core/percpu.h"

struct alloc_site {
	const char *file;
	const char *function;
	const char *type; /* what is allocated: a C type, or "bytes" */
	uint32_t line;
	uint32_t reserved;
};

struct alloc_counter {
	int64_t objects;
	int64_t bytes;
};

/* From the linker script: all sites of the kernel, in one array. */
extern const struct alloc_site alloc_sites_start[], alloc_sites_end[];

typedef uint16_t alloc_site_index_t; /* what an object keeps of its site; 0 is "no site" */

static inline alloc_site_index_t alloc_site_index(const struct alloc_site *site)
{
	return (alloc_site_index_t)(site - alloc_sites_start + 1);
}

/* The record of an index, or NULL. */
static inline const struct alloc_site *alloc_site_of_index(alloc_site_index_t index)
{
	return index ? &alloc_sites_start[index - 1] : NULL;
}

static inline uint32_t alloc_site_count(void)
{
	return (uint32_t)(alloc_sites_end - alloc_sites_start);
}

/* An expression: the record of this place. */
#define ALLOC_SITE(type_name_)                                                  \
	({                                                                      \
		static const struct alloc_site site__ SECTION("alloc_sites")    \
			USED = { __FILE__, __func__, type_name_, __LINE__, 0 }; \
		&site__;                                                        \
	})

/* Count objects (negative to take back) on this CPU. The caller is not preemptible. */
static inline void alloc_site_count_change(alloc_site_index_t site, int64_t objects, int64_t bytes)
{
	struct alloc_counter *counter = &PERCPU_READ(alloc_counters)[site];
	counter->objects += objects;
	counter->bytes += bytes;
}

/* The sum over all CPUs; exact when no CPU is allocating. Any context. */
struct alloc_counter alloc_site_total(alloc_site_index_t site);

/* Sizes for core to provide each CPU's array before it allocates. */
static inline size_t alloc_counters_size(void)
{
	return (alloc_site_count() + 1) * sizeof(struct alloc_counter);
}
