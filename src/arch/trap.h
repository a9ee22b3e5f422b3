/* SPDX-License-Identifier: MIT */
/* Exceptions and interrupts: vectors, and the hooks by which upper floors take part. */
#pragma once

#include "arch/trap_frame.h"
#include "lib/compiler.h"

enum trap_vector {
	TRAP_DIVIDE = 0,
	TRAP_DEBUG = 1,
	TRAP_NMI = 2,
	TRAP_BREAKPOINT = 3,
	TRAP_OVERFLOW = 4,
	TRAP_BOUND = 5,
	TRAP_INVALID_OPCODE = 6,
	TRAP_NO_FPU = 7,
	TRAP_DOUBLE_FAULT = 8,
	TRAP_INVALID_TSS = 10,
	TRAP_SEGMENT = 11,
	TRAP_STACK = 12,
	TRAP_PROTECTION = 13,
	TRAP_PAGE_FAULT = 14,
	TRAP_FPU = 16,
	TRAP_ALIGNMENT = 17,
	TRAP_MACHINE_CHECK = 18,
	TRAP_SIMD = 19,
	TRAP_EXCEPTIONS = 32,	/* below: exceptions; from here: interrupts */
	VECTOR_ISA_BASE = 0x30, /* ISA line 0 */
	VECTOR_TIMER = 0xef,
	VECTOR_PATCH = 0xfb,
	VECTOR_TLB = 0xfc,
	VECTOR_RESCHEDULE = 0xfd,
	VECTOR_STOP = 0xfe, /* panic: the other CPUs halt */
	VECTOR_SPURIOUS = 0xff,
	TRAP_VECTORS = 256,
	TRAP_STUB_SIZE = 16,
};

/* What upper floors hand down; all set before the first task runs. */
struct trap_hooks {
	/* A page fault at address. 0: go on; else -errno: no such page for this access. */
	int (*page_fault)(struct trap_frame *frame, vaddr_t address);
	/* An exception of user mode: make it a signal. code: SI code; address: si_addr. */
	void (*user_exception)(int signal, int code, vaddr_t address);
	/* Before a return to user mode that has work: signals, rescheduling. Interrupts on. */
	void (*user_work)(struct trap_frame *frame);
	/* An interrupt ended and the interrupted code may be preempted. Interrupts off. */
	void (*preempt)(void);
	/* A system call with its arguments; the result goes into the frame's RAX. Interrupts on. */
	long (*syscall)(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
			uint64_t a5);
	/* Is there such work? Interrupts off. */
	bool (*has_user_work)(void);
};
extern struct trap_hooks trap_hooks;

/* In entry.S. */
extern const char trap_stubs[];
void syscall_entry(void);
/* Load all registers from a frame and go to it. Interrupts off, GS the kernel's. */
NORETURN void trap_return(struct trap_frame *frame);
/* A new task's first code: runs task_first_run(), then returns to user mode. */
void task_entry(void);

/* Called by entry.S. */
void trap_dispatch(struct trap_frame *frame);
void prepare_user_return(struct trap_frame *frame);

/* "page fault" etc.; for reports. */
const char *trap_name(uint64_t vector);
/* Who handles a vector >= TRAP_EXCEPTIONS, in interrupt context, before the APIC's EOI. */
void trap_set_interrupt(unsigned vector, void (*handler)(unsigned vector));
