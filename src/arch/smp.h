/* SPDX-License-Identifier: MIT */
/* Starting the other CPUs. */
#pragma once

#include "core/percpu.h"

/* What core prepares for each CPU before it starts, and runs on it once it has. */
struct smp_resources {
	void *descriptors; /* cpu_descriptors_size zeroed bytes */
	vaddr_t stack_top;
	paddr_t page_table; /* the kernel's */
};
/*
 * Start CPU id (apic_id set in cpus[id]) and wait until it runs entry(id), at most 1 s.
 * False when it does not answer. Boot CPU.
 */
NODISCARD bool smp_start_cpu(uint32_t id, const struct smp_resources *resources,
			     void (*entry)(uint32_t id));
