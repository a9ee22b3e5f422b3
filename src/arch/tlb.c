/* SPDX-License-Identifier: MIT */
/*
 * One request at a time, guarded by a lock that is taken with interrupts on: a CPU that
 * waits for the lock still answers the request under way, so two senders cannot deadlock.
 */
#include "arch/tlb.h"

#include "arch/apic.h"
#include "arch/page_table.h"
#include "arch/trap.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "sync/spinlock.h"
#include "trace/kernel/trace.h"

enum { FULL_FLUSH_PAGES = 64 }; /* more single invalidations cost more than a full flush */

static struct spinlock shoot_down_lock = SPINLOCK_INIT(LOCK_RANK_TLB);
static struct {
	vaddr_t start;	  /* [shoot_down_lock] */
	uint64_t pages;	  /* [shoot_down_lock] */
	uint64_t waiting; /* A: CPUs that have not answered */
} request;

static void invalidate_local(vaddr_t start, uint64_t pages)
{
	if (pages > FULL_FLUSH_PAGES) {
		tlb_invalidate_all_local();
		return;
	}
	for (uint64_t i = 0; i < pages; i++)
		tlb_invalidate_page_local(start + i * PAGE_SIZE);
}

static void handle_request(unsigned vector)
{
	(void)vector;
	invalidate_local(request.start, request.pages);
	fetch_and_acq_rel(&request.waiting, ~(1ul << cpu_current_id()));
}

void tlb_shoot_down(uint64_t cpu_mask, vaddr_t start, uint64_t pages)
{
	preempt_disable();
	invalidate_local(start, pages);
	uint64_t others = cpu_mask & ~(1ul << cpu_current_id());
	if (others) {
		ASSERT(irqs_are_enabled());
		spin_lock(&shoot_down_lock);
		request.start = start;
		request.pages = pages;
		store_release(&request.waiting, others);
		trace_tlb_shootdown(start, pages, others);
		for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
			if (others >> cpu & 1)
				apic_send(cpu, VECTOR_TLB);
		while (load_acquire(&request.waiting))
			cpu_relax();
		spin_unlock(&shoot_down_lock);
	}
	preempt_enable();
}

void tlb_init(void)
{
	trap_set_interrupt(VECTOR_TLB, handle_request);
}
