/* SPDX-License-Identifier: MIT */
#include "core/percpu.h"

#include "trace/kernel/ring.h"

struct cpu cpus[MAX_CPUS] = { [0 ... MAX_CPUS - 1] = { .trace_ring = &trace_ring_nowhere } };
uint32_t cpu_count = 1;
void (*preempt_reschedule)(void);
