/* SPDX-License-Identifier: MIT */
/*
 * The registers that trap and system-call entry save at the top of the kernel stack, in
 * the order that arch/entry.S pushes them. Its CFI describes the same order.
 */
#pragma once

#include "lib/types.h"

struct trap_frame {
	uint64_t r15, r14, r13, r12, rbp, rbx;		    /* callee-saved */
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi; /* caller-saved */
	uint64_t vector;     /* of the trap, or TRAP_SYSCALL; syscall number in original_rax */
	uint64_t error_code; /* of the trap; for a system call: its number (original RAX) */
	uint64_t rip, cs, rflags, rsp, ss; /* pushed by the processor */
};

enum {
	TRAP_SYSCALL = 256, /* in trap_frame.vector: entered by SYSCALL */
	SELECTOR_KERNEL_CODE = 0x08,
	SELECTOR_KERNEL_DATA = 0x10,
	SELECTOR_USER_DATA = 0x28 | 3, /* SYSRET's order: data before code, see arch/gdt.c */
	SELECTOR_USER_CODE = 0x30 | 3,
	SELECTOR_TSS = 0x38,
};

static inline bool trap_frame_is_user(const struct trap_frame *frame)
{
	return frame->cs & 3;
}
