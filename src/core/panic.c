/* SPDX-License-Identifier: MIT */
/*
 * The end of a kernel that met a bug of its own: the other CPUs are stopped, then what is
 * known goes to every log sink. panic=halt (the default), reboot or off decides what follows.
 */
#include "arch/apic.h"
#include "arch/msr.h"
#include "arch/trap.h"
#include "core/backtrace.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/panic_hooks.h"
#include "core/percpu.h"
#include "core/power.h"
#include "core/symbols.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/format.h"
#include "lib/string.h"

enum { REASON_SIZE = 256, LINE_SIZE = 128 };

struct panic_hooks panic_hooks;
static uint32_t panicking_cpu;	/* A: CPU id + 1 */
char panic_reason[REASON_SIZE]; /* for debuggers */

bool panic_is_under_way(void)
{
	return load_relaxed(&panicking_cpu) != 0;
}

static void report_registers(const struct trap_frame *frame)
{
	char symbol[LINE_SIZE];

	log_line("%s at %s, cpu %u", trap_name(frame->vector),
		 symbol_format(frame->rip, symbol, sizeof(symbol)), cpu_current_id());
	log_line("rip %016lx cs %04lx rflags %08lx rsp %016lx ss %04lx", frame->rip, frame->cs,
		 frame->rflags, frame->rsp, frame->ss);
	log_line("rax %016lx rbx %016lx rcx %016lx rdx %016lx", frame->rax, frame->rbx, frame->rcx,
		 frame->rdx);
	log_line("rsi %016lx rdi %016lx rbp %016lx r8  %016lx", frame->rsi, frame->rdi, frame->rbp,
		 frame->r8);
	log_line("r9  %016lx r10 %016lx r11 %016lx r12 %016lx", frame->r9, frame->r10, frame->r11,
		 frame->r12);
	log_line("r13 %016lx r14 %016lx r15 %016lx", frame->r13, frame->r14, frame->r15);
}

static void report_control_registers(void)
{
	log_line("cr0 %08lx cr2 %016lx cr3 %016lx cr4 %08lx", cr0_read(), cr2_read(), cr3_read(),
		 cr4_read());
}

static void report_return_address(vaddr_t address, const struct trap_frame *frame, void *argument)
{
	char symbol[LINE_SIZE];

	(void)argument;
	if (frame && trap_frame_is_user(frame))
		log_line("  %016lx user mode, rsp %lx", frame->rip, frame->rsp);
	else if (frame)
		log_line("  %s  <- %s", symbol_format(address, symbol, sizeof(symbol)),
			 trap_name(frame->vector));
	else // a return address may lie behind the function's end: the call is before it
		log_line("  %s", symbol_format(address - 1, symbol, sizeof(symbol)));
}

static NORETURN void stop(void)
{
	const char *choice = command_line_value("panic");

	if (panic_hooks.notify)
		panic_hooks.notify(panic_reason);
	if (choice && strcmp(choice, "reboot") == 0)
		power_restart();
	if (choice && strcmp(choice, "off") == 0)
		power_off();
	log_line("halted");
	cpu_halt_forever();
}

static NORETURN void report_and_stop(const struct trap_frame *frame, vaddr_t frame_pointer)
{
	log_line("kernel panic: %s", panic_reason);
	if (frame)
		report_registers(frame);
	report_control_registers();
	log_line("backtrace:");
	backtrace_walk(frame_pointer, report_return_address, NULL);
	if (panic_hooks.report)
		panic_hooks.report();
	stop();
}

/* Only the first CPU reports; a panic inside the report stops at once. */
static void enter_panic(void)
{
	uint32_t mine = cpu_current_id() + 1;
	uint32_t expected = 0;

	irq_disable();
	if (!__atomic_compare_exchange_n(&panicking_cpu, &expected, mine, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED)) {
		if (expected == mine)
			stop();
		cpu_halt_forever();
	}
	if (cpu_count > 1)
		apic_send_nmi_others();
}

void panic(const char *format, ...)
{
	va_list arguments;

	enter_panic();
	va_start(arguments, format);
	format_string_va(panic_reason, sizeof(panic_reason), format, arguments);
	va_end(arguments);
	report_and_stop(NULL, (vaddr_t)__builtin_frame_address(0));
}

void panic_with_frame(const struct trap_frame *frame, const char *format, ...)
{
	va_list arguments;

	enter_panic();
	va_start(arguments, format);
	format_string_va(panic_reason, sizeof(panic_reason), format, arguments);
	va_end(arguments);
	report_and_stop(frame, (vaddr_t)frame + 1);
}

void assert_failed(const char *expression, const char *file, int line)
{
	panic("assertion failed: %s, %s:%d", expression, file, line);
}
