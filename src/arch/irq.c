/* SPDX-License-Identifier: MIT */
/* ISA interrupt lines: one handler each, on the vector VECTOR_ISA_BASE + line. */
#include "arch/irq.h"

#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/trap.h"
#include "lib/assert.h"

struct isa_line {
	void (*handler)(void *argument);
	void *argument;
	const char *name;
	uint64_t count; /* boot CPU only */
};

struct isa_line isa_lines[ISA_LINES]; /* I once registered; for debuggers, too */

static void handle_isa(unsigned vector)
{
	struct isa_line *line = &isa_lines[vector - VECTOR_ISA_BASE];
	line->count++;
	line->handler(line->argument);
}

void irq_register(unsigned isa_line, void (*handler)(void *argument), void *argument,
		  const char *name)
{
	ASSERT(isa_line < ISA_LINES && !isa_lines[isa_line].handler);
	isa_lines[isa_line] = (struct isa_line){ handler, argument, name, 0 };
	trap_set_interrupt(VECTOR_ISA_BASE + isa_line, handle_isa);
	io_apic_route_isa(isa_line, VECTOR_ISA_BASE + isa_line);
}
