/* SPDX-License-Identifier: MIT */
#include "core/percpu.h"

struct cpu cpus[MAX_CPUS];
uint32_t cpu_count = 1;
void (*preempt_reschedule)(void);
