/* SPDX-License-Identifier: MIT */
/*
 * Timers: each CPU keeps a sorted list and asks the local APIC for one alarm, at its first
 * deadline. Functions run in the alarm's interrupt with no timer lock held.
 */
#include "core/time.h"

#include "arch/clock.h"
#include "arch/trap.h"
#include "core/percpu.h"
#include "core/timer_private.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "sync/spinlock.h"

/* [T] lock */
static struct timer_queue {
	struct spinlock lock;
	struct list timers;
	struct timer *running; /* whose function runs now */
} timer_queues[MAX_CPUS];

static int64_t wall_clock_offset; /* A: wall clock minus time since boot, ns */

nanoseconds_t time_since_boot(void)
{
	return clock_now();
}

nanoseconds_t time_wall_clock(void)
{
	return clock_now() + (uint64_t)load_relaxed(&wall_clock_offset);
}

void time_set_wall_clock(nanoseconds_t now)
{
	store_relaxed(&wall_clock_offset, (int64_t)(now - clock_now()));
}

static void program_alarm(const struct timer_queue *queue)
{
	if (list_is_empty(&queue->timers))
		return;
	nanoseconds_t deadline = list_first(&queue->timers, struct timer, link)->deadline;
	nanoseconds_t now = clock_now();
	clock_set_alarm(deadline > now ? deadline - now : 0);
}

static void handle_alarm(unsigned vector)
{
	struct timer_queue *queue = &timer_queues[cpu_current_id()];

	(void)vector;
	spin_lock(&queue->lock);
	while (!list_is_empty(&queue->timers)) {
		struct timer *timer = list_first(&queue->timers, struct timer, link);
		if (timer->deadline > clock_now())
			break;
		list_remove(&timer->link);
		timer->is_armed = false;
		store_relaxed(&queue->running, timer);
		spin_unlock(&queue->lock);
		timer->function(timer);
		spin_lock(&queue->lock);
		store_release(&queue->running, NULL);
	}
	program_alarm(queue);
	spin_unlock(&queue->lock);
}

void timer_init(struct timer *timer, void (*function)(struct timer *timer))
{
	*timer = (struct timer){ .function = function };
	list_init(&timer->link);
}

/* True if its function runs, and so may arm it again. */
static bool disarm(struct timer *timer)
{
	struct timer_queue *queue = &timer_queues[timer->cpu];
	irqflags_t flags = spin_lock_irqsave(&queue->lock);
	if (timer->is_armed) {
		list_remove(&timer->link);
		timer->is_armed = false;
	}
	bool is_running = queue->running == timer;
	spin_unlock_irqrestore(&queue->lock, flags);
	return is_running;
}

void timer_arm(struct timer *timer, nanoseconds_t deadline)
{
	(void)disarm(timer);
	irqflags_t flags = irq_save();
	struct timer_queue *queue = &timer_queues[cpu_current_id()];
	spin_lock(&queue->lock);
	timer->cpu = cpu_current_id();
	timer->deadline = deadline;
	timer->is_armed = true;

	struct list *after = &queue->timers;
	struct timer *other;
	list_for_each (other, &queue->timers, link) {
		if (other->deadline > deadline)
			break;
		after = &other->link;
	}
	list_insert_between(&timer->link, after, after->next);
	if (after == &queue->timers)
		program_alarm(queue);
	spin_unlock(&queue->lock);
	irq_restore(flags);
}

void timer_cancel(struct timer *timer)
{
	DEBUG_ASSERT(!in_interrupt());
	while (disarm(timer))
		cpu_relax();
}

void time_init(void)
{
	for (uint32_t cpu = 0; cpu < MAX_CPUS; cpu++) {
		spin_lock_init(&timer_queues[cpu].lock, LOCK_RANK_TIMER);
		list_init(&timer_queues[cpu].timers);
	}
	trap_set_interrupt(VECTOR_TIMER, handle_alarm);
	time_set_wall_clock(clock_read_cmos() * NANOSECONDS_PER_SECOND);
}
