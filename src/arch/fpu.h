/* SPDX-License-Identifier: MIT */
/* The FPU and vector registers of user tasks: XSAVE areas. The kernel itself uses none. */
#pragma once

#include "lib/types.h"

enum { FPU_STATE_ALIGNMENT = 64 };

/* Bytes of an area, as CPUID tells. */
size_t fpu_state_size(void);
/* The registers a new program starts with, into an area. */
void fpu_state_init(void *area);
/* Save to / load from an aligned area. Preemption off, or the area the caller's own. */
void fpu_save(void *area);
void fpu_load(const void *area);
/* The current registers, and the current task's area, to their first state. Thread context. */
void fpu_reset(void *area);
/* Write the current registers into area. Thread context. */
void fpu_save_current(void *area);
/*
 * Take a state that a user program could have forged: -EINVAL when the processor would
 * refuse it; else it becomes that of the current registers and of area, the current task's.
 * forged: kernel memory. Thread context.
 */
NODISCARD int fpu_restore_from(void *area, const void *forged, size_t size);
