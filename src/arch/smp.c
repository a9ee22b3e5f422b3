/* SPDX-License-Identifier: MIT */
/*
 * The boot CPU starts the others one by one: it leaves the CPU's area and stack in the
 * trampoline's mailbox, sends INIT and start-up interrupts, and waits for the answer.
 */
#include "arch/smp.h"

#include "arch/apic.h"
#include "arch/clock.h"
#include "arch/descriptors.h"
#include "arch/features.h"
#include "arch/msr.h"
#include "boot/ap_trampoline.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/layout.h"

enum { START_TIMEOUT_NS = 1000000000, START_POLL_NS = 50000 };

static struct {
	const struct smp_resources *resources;
	void (*entry)(uint32_t id);
} starting; /* written by the boot CPU while no other starts */

void ap_start(struct cpu *cpu);

/* First C code of another CPU, on its own stack and the kernel's page tables. */
void ap_start(struct cpu *cpu)
{
	cpu->self = cpu;
	descriptors_init_cpu(starting.resources->descriptors);
	msr_write(MSR_GS_BASE, (uint64_t)cpu); // loading segments cleared nothing, but be exact
	features_enable();
	apic_init_cpu();
	starting.entry(cpu->id);
}

bool smp_start_cpu(uint32_t id, const struct smp_resources *resources, void (*entry)(uint32_t id))
{
	char *trampoline = physical_to_virtual(AP_TRAMPOLINE_ADDRESS);
	memcpy(trampoline, ap_trampoline_start, (size_t)(ap_trampoline_end - ap_trampoline_start));
	struct ap_mailbox *mailbox = (void *)(trampoline + (ap_mailbox - ap_trampoline_start));
	mailbox->cpu = &cpus[id];
	mailbox->stack = resources->stack_top;
	mailbox->page_table = resources->page_table;
	starting.resources = resources;
	starting.entry = entry;

	apic_start_cpu(cpus[id].apic_id, AP_TRAMPOLINE_ADDRESS, clock_rest);
	nanoseconds_t deadline = clock_now() + START_TIMEOUT_NS;
	while (!load_acquire(&cpus[id].is_online)) {
		if (clock_now() > deadline)
			return false;
		clock_rest(START_POLL_NS);
	}
	return true;
}
