/* SPDX-License-Identifier: MIT */
/* What CPUs have of their own, and how they reach each other. */
#include "arch/apic.h"
#include "arch/tlb.h"
#include "arch/trap.h"
#include "core/percpu.h"
#include "core/time.h"
#include "debug/kernel/selftest.h"
#include "lib/atomic.h"
#include "mm/frame.h"
#include "mm/mm.h"
#include "mm/page_table.h"
#include "proc/sched.h"
#include "tests/kernel/each_cpu.h"

enum {
	TEST_VECTOR = 0xf0,
	INTERRUPTS = 5, /* from each CPU to each */
	SHOOT_DOWNS = 20,
};

static const nanoseconds_t limit_ns = 10ul * NANOSECONDS_PER_SECOND;

/* Wait for another CPU: true when the word gets there. Does not sleep: the CPU is this one's. */
static bool becomes(const uint32_t *word, uint32_t value)
{
	nanoseconds_t deadline = time_since_boot() + limit_ns;

	while (load_acquire(word) != value) {
		if (time_since_boot() > deadline)
			return false;
		sched_yield();
	}
	return true;
}

static bool area_is_own(uint32_t cpu, void *unused)
{
	vaddr_t stack = (vaddr_t)__builtin_frame_address(0);

	(void)unused;
	preempt_disable();
	bool is_own = cpu_current() == &cpus[cpu] && cpu_current()->self == &cpus[cpu];
	is_own = is_own && cpu_current_id() == cpu && apic_id() == cpus[cpu].apic_id;
	is_own = is_own && cpus[cpu].current == current_task();
	is_own = is_own && cpus[cpu].current_tid == current_task()->tid;
	is_own = is_own && stack < cpus[cpu].kernel_stack_top &&
		 cpus[cpu].kernel_stack_top - stack < KERNEL_STACK_SIZE;
	is_own = is_own && PERCPU_READ(preempt_count) == 1 && PERCPU_READ(irq_depth) == 0;
	preempt_enable();
	EXPECT(is_own);
	return true;
}

KERNEL_TEST(each_cpus_area_is_its_own)
{
	EXPECT(each_cpu_run(area_is_own, NULL));
	for (uint32_t i = 0; i < cpu_count; i++) {
		EXPECT(cpus[i].is_online && cpus[i].id == i);
		for (uint32_t j = 0; j < i; j++) {
			EXPECT(cpus[i].apic_id != cpus[j].apic_id);
			EXPECT(cpus[i].alloc_counters != cpus[j].alloc_counters);
		}
	}
	return true;
}

/* ---- interrupts between CPUs ---- */

static uint32_t received[MAX_CPUS]; /* A */

static void count_interrupt(unsigned vector)
{
	if (vector == TEST_VECTOR && in_interrupt())
		fetch_add_relaxed(&received[cpu_current_id()], 1);
}

static bool send_to_all(uint32_t own, void *unused)
{
	(void)unused;
	for (uint32_t i = 1; i <= INTERRUPTS; i++)
		for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
			uint32_t before = load_relaxed(&received[cpu]);
			if (cpu == own)
				continue;
			apic_send(cpu, TEST_VECTOR);
			// Two senders' interrupts may become one: wait until this one was seen.
			nanoseconds_t deadline = time_since_boot() + limit_ns;
			while (load_acquire(&received[cpu]) == before)
				EXPECT(time_since_boot() < deadline);
		}
	return true;
}

KERNEL_TEST(an_interrupt_reaches_each_cpu_from_each_other)
{
	trap_set_interrupt(TEST_VECTOR, count_interrupt);
	return each_cpu_run(send_to_all, NULL);
}

KERNEL_TEST(an_interrupt_to_the_others_reaches_all_but_the_sender)
{
	uint32_t before[MAX_CPUS];

	trap_set_interrupt(TEST_VECTOR, count_interrupt);
	preempt_disable();
	uint32_t own = cpu_current_id();
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		before[cpu] = load_relaxed(&received[cpu]);
	apic_send_others(TEST_VECTOR);
	preempt_enable();
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		EXPECT(becomes(&received[cpu], before[cpu] + (cpu == own ? 0 : 1)));
	return true;
}

/* ---- shoot-down ---- */

static const vaddr_t test_page = VMALLOC_LIMIT - PAGE_SIZE;
static uint32_t turn, seen_count; /* A */

/* CPU 0 changes what is behind the page; the others must see that at their very next read. */
static bool watch_page(uint32_t cpu, void *argument)
{
	struct frame **pages = argument;
	pte_t *entry = page_table_find(kernel_mm.root, test_page);
	const volatile uint32_t *word = (const volatile uint32_t *)test_page;

	for (uint32_t i = 1; i <= SHOOT_DOWNS; i++) {
		if (cpu == 0) {
			EXPECT(becomes(&seen_count, (cpu_count - 1) * (i - 1)));
			*entry = (*entry & ~(pte_t)PTE_ADDRESS_MASK) | frame_physical(pages[i % 2]);
			tlb_shoot_down((1ul << cpu_count) - 1, test_page, 1);
			store_release(&turn, i);
			EXPECT(*word == i % 2);
		} else {
			EXPECT(becomes(&turn, i));
			EXPECT(*word == i % 2);
			fetch_add_relaxed(&seen_count, 1);
		}
	}
	return true;
}

KERNEL_TEST(after_a_shoot_down_no_cpu_sees_the_old_page)
{
	struct frame *pages[2] = { frame_allocate(0, FRAME_ZEROED),
				   frame_allocate(0, FRAME_ZEROED) };
	uint64_t tables = 0;
	pte_t *entry = page_table_make(kernel_mm.root, test_page, &tables);

	EXPECT(pages[0] && pages[1] && entry);
	*(uint32_t *)physical_to_virtual(frame_physical(pages[1])) = 1;
	*entry = frame_physical(pages[0]) | PTE_PRESENT | PTE_GLOBAL | PTE_NO_EXECUTE;
	turn = seen_count = 0;
	bool is_right = each_cpu_run(watch_page, pages);
	*entry = 0;
	tlb_shoot_down((1ul << cpu_count) - 1, test_page, 1);
	frame_free(pages[0]);
	frame_free(pages[1]);
	return is_right;
}

static bool shoots_down(uint32_t cpu, void *unused)
{
	(void)cpu, (void)unused;
	for (int i = 0; i < SHOOT_DOWNS; i++)
		tlb_shoot_down((1ul << cpu_count) - 1, test_page, i % 2 ? 1 : 1000);
	return true;
}

KERNEL_TEST(shoot_downs_from_all_cpus_at_once_do_not_wait_for_each_other)
{
	return each_cpu_run(shoots_down, NULL);
}
