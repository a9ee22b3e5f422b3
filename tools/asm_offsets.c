/* SPDX-License-Identifier: MIT */
/*
 * Structure offsets for assembly: compiled to assembly text, from which the Makefile takes
 * the marked lines as build/.../arch/asm_offsets.h. No offset is typed a second time.
 */
#include "arch/trap.h"
#include "core/percpu.h"
#include "proc/task.h"

#define OFFSET(name_, type_, member_) \
	__asm__ volatile("\n@@ #define " #name_ " %c0" : : "i"(offsetof(type_, member_)))

void asm_offsets(void);
void asm_offsets(void)
{
	OFFSET(CPU_CURRENT, struct cpu, current);
	OFFSET(CPU_KERNEL_STACK_TOP, struct cpu, kernel_stack_top);
	OFFSET(CPU_USER_STACK_SCRATCH, struct cpu, user_stack_scratch);
	OFFSET(CPU_NEEDS_RESCHED, struct cpu, needs_resched);
	OFFSET(TASK_HAS_SIGNAL_WORK, struct task, has_signal_work);
	OFFSET(FRAME_RAX, struct trap_frame, rax);
	OFFSET(FRAME_R11, struct trap_frame, r11);
	OFFSET(FRAME_RCX, struct trap_frame, rcx);
	OFFSET(FRAME_RIP, struct trap_frame, rip);
	OFFSET(FRAME_RFLAGS, struct trap_frame, rflags);
	OFFSET(TRAP_HOOKS_SYSCALL, struct trap_hooks, syscall);
}
