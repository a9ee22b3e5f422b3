/* SPDX-License-Identifier: MIT */
/* Kernel stacks of KERNEL_STACK_SIZE with an unmapped guard page below. Thread context. */
#pragma once

#include "lib/types.h"

/* The lowest address of a new stack, or 0 when memory is out. */
NODISCARD vaddr_t kernel_stack_allocate(void);
void kernel_stack_free(vaddr_t base);
