/* SPDX-License-Identifier: MIT */
/* TLB shoot-down: making other CPUs forget translations. See tlb.c. */
#pragma once

#include "core/percpu.h"
#include "lib/types.h"

/*
 * Invalidate [start, start + pages * 4 KiB) here and on the CPUs of the mask (a bit per CPU
 * id), and wait until they have. Interrupts on; no lock that an interrupt handler takes.
 */
void tlb_shoot_down(uint64_t cpu_mask, vaddr_t start, uint64_t pages);
void tlb_init(void);
