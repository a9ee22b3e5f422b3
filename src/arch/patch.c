/* SPDX-License-Identifier: MIT */
/*
 * The kernel's text is mapped read-only; it is written through the direct map. A CPU must not
 * run through bytes that change (Intel SDM vol. 3, 9.1.3), so the others wait in an interrupt
 * handler until all is written, and serialise before they go on.
 *
 * Known limit: an NMI that comes to a waiting CPU must not run through a branch that is changed.
 */
#include "arch/patch.h"

#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/trap.h"
#include "core/percpu.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/layout.h"
#include "sync/spinlock.h"

enum { OPCODE_JUMP = 0xe9 }; /* near, 32-bit displacement */

extern const struct patch_site patch_sites_start[], patch_sites_end[];

static const uint8_t no_operation[PATCH_SIZE] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
static struct spinlock patch_lock = SPINLOCK_INIT(LOCK_RANK_PATCH);
static struct {
	uint64_t stopped;   /* A: CPUs that wait in the handler */
	uint32_t may_go_on; /* A */
} meeting;

static void write_site(const struct patch_site *site, bool is_on)
{
	uint8_t *code = physical_to_virtual(site->code - KERNEL_BASE);
	int32_t displacement = (int32_t)(site->target - (site->code + PATCH_SIZE));

	if (is_on) {
		code[0] = OPCODE_JUMP;
		memcpy(code + 1, &displacement, sizeof(displacement));
	} else {
		memcpy(code, no_operation, sizeof(no_operation));
	}
}

static void handle_stop(unsigned vector)
{
	(void)vector;
	fetch_or_acq_rel(&meeting.stopped, 1ul << cpu_current_id());
	while (!load_acquire(&meeting.may_go_on))
		cpu_relax();
	fetch_and_acq_rel(&meeting.stopped, ~(1ul << cpu_current_id()));
	cpu_serialize();
}

static uint64_t others_online(void)
{
	uint64_t mask = 0;
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		if (cpu != cpu_current_id() && load_acquire(&cpus[cpu].is_online))
			mask |= 1ul << cpu;
	return mask;
}

void patch_set(const void *key, bool is_on)
{
	spin_lock(&patch_lock); // no preemption from here on: the set of others stays
	uint64_t others = others_online();
	if (others) {
		ASSERT(irqs_are_enabled());
		store_release(&meeting.may_go_on, 0);
		apic_send_others(VECTOR_PATCH);
		while (load_acquire(&meeting.stopped) != others)
			cpu_relax();
	}
	for (const struct patch_site *site = patch_sites_start; site < patch_sites_end; site++)
		if (site->key == key)
			write_site(site, is_on);
	cpu_serialize();
	store_release(&meeting.may_go_on, 1);
	while (load_acquire(&meeting.stopped))
		cpu_relax();
	spin_unlock(&patch_lock);
}

void patch_init(void)
{
	trap_set_interrupt(VECTOR_PATCH, handle_stop);
}
