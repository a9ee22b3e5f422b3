/* SPDX-License-Identifier: MIT */
/*
 * Where every exception and interrupt arrives in C. Exceptions of user mode become
 * signals; faults at the instructions of the fault table continue at their fixup; any
 * other exception of the kernel is a bug and panics.
 */
#include "arch/trap.h"

#include "arch/apic.h"
#include "arch/msr.h"
#include "core/log.h"
#include "core/percpu.h"
#include "lib/error.h"
#include "trace/kernel/trace.h"

#include <asm/siginfo.h>
#include <asm/signal.h>

struct trap_hooks trap_hooks; /* I after start-up */

static void (*interrupt_handlers[TRAP_VECTORS])(unsigned vector); /* I once set */

struct fault_table_entry {
	uint64_t instruction, fixup;
};
extern const struct fault_table_entry fault_table_start[], fault_table_end[];

static const struct exception {
	const char *name;
	int signal, code;
} exceptions[TRAP_EXCEPTIONS] = {
	[TRAP_DIVIDE] = { "divide error", SIGFPE, FPE_INTDIV },
	[TRAP_DEBUG] = { "debug", SIGTRAP, TRAP_TRACE },
	[TRAP_NMI] = { "non-maskable interrupt", 0, 0 },
	[TRAP_BREAKPOINT] = { "breakpoint", SIGTRAP, SI_KERNEL },
	[TRAP_OVERFLOW] = { "overflow", SIGSEGV, SI_KERNEL },
	[TRAP_BOUND] = { "bound range", SIGSEGV, SI_KERNEL },
	[TRAP_INVALID_OPCODE] = { "invalid opcode", SIGILL, ILL_ILLOPN },
	[TRAP_NO_FPU] = { "no FPU", SIGFPE, SI_KERNEL },
	[TRAP_DOUBLE_FAULT] = { "double fault", 0, 0 },
	[TRAP_INVALID_TSS] = { "invalid TSS", SIGSEGV, SI_KERNEL },
	[TRAP_SEGMENT] = { "segment not present", SIGBUS, SI_KERNEL },
	[TRAP_STACK] = { "stack segment", SIGBUS, SI_KERNEL },
	[TRAP_PROTECTION] = { "general protection", SIGSEGV, SI_KERNEL },
	[TRAP_PAGE_FAULT] = { "page fault", SIGSEGV, SEGV_MAPERR },
	[TRAP_FPU] = { "x87 floating point", SIGFPE, FPE_FLTINV },
	[TRAP_ALIGNMENT] = { "alignment check", SIGBUS, BUS_ADRALN },
	[TRAP_MACHINE_CHECK] = { "machine check", 0, 0 },
	[TRAP_SIMD] = { "SIMD floating point", SIGFPE, FPE_FLTINV },
};

const char *trap_name(uint64_t vector)
{
	if (vector == TRAP_SYSCALL)
		return "system call";
	if (vector >= TRAP_EXCEPTIONS)
		return "interrupt";
	return exceptions[vector].name ? exceptions[vector].name : "reserved exception";
}

void trap_set_interrupt(unsigned vector, void (*handler)(unsigned vector))
{
	interrupt_handlers[vector] = handler;
}

static bool fix_up(struct trap_frame *frame)
{
	for (const struct fault_table_entry *entry = fault_table_start; entry < fault_table_end;
	     entry++)
		if (entry->instruction == frame->rip) {
			frame->rip = entry->fixup;
			return true;
		}
	return false;
}

static void send_page_fault_signal(int error, vaddr_t address)
{
	if (error == -ENXIO)
		trap_hooks.user_exception(SIGBUS, BUS_ADRERR, address);
	else if (error == -ENOMEM)
		trap_hooks.user_exception(SIGKILL, SI_KERNEL, address);
	else
		trap_hooks.user_exception(SIGSEGV, error == -EACCES ? SEGV_ACCERR : SEGV_MAPERR,
					  address);
}

/* Kernel faults are allowed only at the fault table's instructions, which touch user memory. */
static bool is_user_access(const struct trap_frame *frame)
{
	if (trap_frame_is_user(frame))
		return true;
	for (const struct fault_table_entry *entry = fault_table_start; entry < fault_table_end;
	     entry++)
		if (entry->instruction == frame->rip)
			return true;
	return false;
}

static void handle_page_fault(struct trap_frame *frame)
{
	vaddr_t address = cr2_read();

	if (!is_user_access(frame) || !trap_hooks.page_fault || (frame->rflags & RFLAGS_IF) == 0)
		panic_with_frame(frame, "page fault at %lx (error %lx)", address,
				 frame->error_code);
	irq_enable();
	int error = trap_hooks.page_fault(frame, address);
	irq_disable();
	trace_page_fault(address, frame->rip, frame->error_code, error);
	if (error == 0)
		return;
	if (!trap_frame_is_user(frame)) {
		fix_up(frame);
		return;
	}
	irq_enable(); // siginfo needs memory
	send_page_fault_signal(error, address);
	irq_disable();
}

static void handle_exception(struct trap_frame *frame)
{
	const struct exception *exception = &exceptions[frame->vector];

	if (frame->vector == TRAP_PAGE_FAULT) {
		handle_page_fault(frame);
		return;
	}
	if (frame->vector == TRAP_NMI && panic_is_under_way())
		cpu_halt_forever();
	// A wild user pointer that is not canonical faults as general protection.
	if (frame->vector == TRAP_PROTECTION && !trap_frame_is_user(frame) && fix_up(frame))
		return;
	if (!trap_frame_is_user(frame) || !exception->signal)
		panic_with_frame(frame, "%s (error %lx)", trap_name(frame->vector),
				 frame->error_code);
	irq_enable();
	trap_hooks.user_exception(exception->signal, exception->code,
				  exception->code == SI_KERNEL ? 0 : frame->rip);
	irq_disable();
}

static void handle_interrupt(struct trap_frame *frame)
{
	unsigned vector = (unsigned)frame->vector;

	trace_irq_enter(vector);
	PERCPU_ADD32(irq_depth, 1);
	cpu_current()->irq_count++;
	cpu_current()->interrupted_frame = frame;
	if (interrupt_handlers[vector])
		interrupt_handlers[vector](vector);
	if (vector != VECTOR_SPURIOUS)
		apic_end_of_interrupt();
	PERCPU_ADD32(irq_depth, -1);
	trace_irq_exit(vector);
}

/* Interrupts are off here and on return; entry.S calls it before every way to user mode. */
void prepare_user_return(struct trap_frame *frame)
{
	while (trap_hooks.has_user_work()) {
		irq_enable();
		trap_hooks.user_work(frame);
		irq_disable();
	}
}

void trap_dispatch(struct trap_frame *frame)
{
	if (frame->vector < TRAP_EXCEPTIONS)
		handle_exception(frame);
	else
		handle_interrupt(frame);

	if (trap_frame_is_user(frame)) {
		prepare_user_return(frame);
	} else if (frame->vector >= TRAP_EXCEPTIONS && (frame->rflags & RFLAGS_IF) &&
		   PERCPU_READ(preempt_count) == 0 && PERCPU_READ(irq_depth) == 0 &&
		   PERCPU_READ(needs_resched) && trap_hooks.preempt) {
		trap_hooks.preempt();
	}
}
