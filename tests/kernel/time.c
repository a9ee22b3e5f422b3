/* SPDX-License-Identifier: MIT */
/* Timers and the clock. */
#include "core/time.h"

#include "core/percpu.h"
#include "debug/kernel/selftest.h"
#include "lib/atomic.h"
#include "proc/sched.h"
#include "tests/kernel/each_cpu.h"

enum { TIMERS = 8, STEP_NS = 2 * NANOSECONDS_PER_MILLISECOND, CLOCK_READS = 20000 };

static struct race {
	struct timer timers[TIMERS];
	uint32_t order[TIMERS]; /* which fired first, second ... */
	uint32_t fired;		/* A */
	bool is_early;
} races[MAX_CPUS];

static void note_firing(struct timer *timer)
{
	struct race *race = &races[timer->cpu];

	if (time_since_boot() < timer->deadline || !in_interrupt())
		race->is_early = true;
	race->order[race->fired] = (uint32_t)(timer - race->timers);
	store_release(&race->fired, race->fired + 1);
}

static bool becomes(const uint32_t *word, uint32_t value)
{
	nanoseconds_t deadline = time_since_boot() + 10ul * NANOSECONDS_PER_SECOND;

	while (load_acquire(word) != value) {
		if (time_since_boot() > deadline)
			return false;
		sched_yield();
	}
	return true;
}

/* Armed in the order 0 5 2 7 4 1 6 3, to fire in the order 0 1 2 ... */
static bool fire_in_order(uint32_t cpu, void *unused)
{
	struct race *race = &races[cpu];

	(void)unused;
	*race = (struct race){ 0 };
	nanoseconds_t start = time_since_boot() + 5 * (nanoseconds_t)STEP_NS;
	for (uint32_t i = 0; i < TIMERS; i++) {
		uint32_t index = i * 5 % TIMERS;
		timer_init(&race->timers[index], note_firing);
		timer_arm(&race->timers[index], start + index * (nanoseconds_t)STEP_NS);
	}
	EXPECT(becomes(&race->fired, TIMERS));
	EXPECT(!race->is_early);
	for (uint32_t i = 0; i < TIMERS; i++)
		EXPECT(race->order[i] == i);
	return true;
}

KERNEL_TEST(timers_fire_in_the_order_of_their_deadlines_and_not_before)
{
	return each_cpu_run(fire_in_order, NULL);
}

static bool cancelled_stays_silent(uint32_t cpu, void *unused)
{
	struct race *race = &races[cpu];
	nanoseconds_t start = time_since_boot() + STEP_NS;

	(void)unused;
	*race = (struct race){ 0 };
	irqflags_t flags = irq_save(); // or the cancelled one might be due already
	for (int i = 0; i < 3; i++) {
		timer_init(&race->timers[i], note_firing);
		timer_arm(&race->timers[i], start + (uint32_t)i * (nanoseconds_t)STEP_NS);
	}
	timer_cancel(&race->timers[1]);
	irq_restore(flags);
	EXPECT(becomes(&race->fired, 2));
	EXPECT(race->order[0] == 0 && race->order[1] == 2);
	EXPECT(!race->timers[1].is_armed);
	timer_arm(&race->timers[1], 0); // armed again, for a time that has passed
	EXPECT(becomes(&race->fired, 3));
	return true;
}

KERNEL_TEST(a_cancelled_timer_stays_silent_until_armed_again)
{
	return each_cpu_run(cancelled_stays_silent, NULL);
}

static nanoseconds_t newest; /* A: the latest time that any CPU has seen */

static bool clock_never_goes_back(uint32_t cpu, void *unused)
{
	nanoseconds_t last = 0;

	(void)cpu, (void)unused;
	for (int i = 0; i < CLOCK_READS; i++) {
		nanoseconds_t others = load_acquire(&newest);
		nanoseconds_t now = time_since_boot();
		EXPECT(now >= last && now >= others);
		last = now;
		// Keep the largest: a slower CPU must not put an older time back.
		while (others < now && !compare_exchange_acquire(&newest, others, now))
			others = load_relaxed(&newest);
	}
	return true;
}

KERNEL_TEST(the_clock_goes_back_on_no_cpu_and_between_none)
{
	newest = 0;
	return each_cpu_run(clock_never_goes_back, NULL);
}
