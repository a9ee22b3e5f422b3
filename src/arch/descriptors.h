/* SPDX-License-Identifier: MIT */
/* Segment descriptors, the task-state segment and the interrupt table. See descriptors.c. */
#pragma once

#include "core/percpu.h"

/* TSS.IST slots: traps that must not trust the current stack */
enum interrupt_stack {
	IST_NONE,
	IST_NMI,
	IST_DOUBLE_FAULT,
	IST_MACHINE_CHECK,
	IST_DEBUG,
	IST_COUNT = 4,
	IST_STACK_SIZE = 4096,
};

struct cpu_descriptors; /* a CPU's GDT, TSS and IST stacks */
extern const size_t cpu_descriptors_size;

/* Load this CPU's tables. memory: cpu_descriptors_size zeroed bytes, or NULL on the boot CPU. */
void descriptors_init_cpu(void *memory);
/* The stack that traps from user mode start on. Preemption off. */
void descriptors_set_kernel_stack(vaddr_t top);
