/* SPDX-License-Identifier: MIT */
#include "debug/kernel/alloc_site.h"

struct alloc_counter alloc_site_total(alloc_site_index_t site)
{
	struct alloc_counter total = { 0, 0 };

	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		if (cpus[cpu].alloc_counters) {
			total.objects += cpus[cpu].alloc_counters[site].objects;
			total.bytes += cpus[cpu].alloc_counters[site].bytes;
		}
	return total;
}
