/* SPDX-License-Identifier: MIT */
#include "tests/kernel/each_cpu.h"

#include "core/log.h"
#include "core/time.h"
#include "debug/kernel/alloc_site.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "lib/string.h"
#include "proc/process.h"
#include "proc/sched.h"
#include "proc/sched_private.h"

static struct round {
	bool (*function)(uint32_t cpu, void *argument);
	void *argument;
	uint32_t arrived, left, failed; /* A */
	struct wait_queue done;
} round = { .done = WAIT_QUEUE_INIT(round.done) };

static int run_one(void *argument)
{
	uint32_t cpu = (uint32_t)(uintptr_t)argument;

	if (sched_set_affinity(current_task(), 1ul << cpu) || cpu_current_id() != cpu)
		fetch_add_relaxed(&round.failed, 1);
	fetch_add_relaxed(&round.arrived, 1);
	while (load_acquire(&round.arrived) < cpu_count)
		sched_yield();
	if (!round.function(cpu, round.argument) || cpu_current_id() != cpu)
		fetch_add_relaxed(&round.failed, 1);
	if (fetch_sub_acq_rel(&round.left, 1) == 1)
		wait_queue_wake_all(&round.done);
	return 0;
}

bool each_cpu_run(bool (*function)(uint32_t cpu, void *argument), void *argument)
{
	round.function = function;
	round.argument = argument;
	round.arrived = round.failed = 0;
	store_release(&round.left, cpu_count);
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		if (is_error(kernel_thread_create(run_one, (void *)(uintptr_t)cpu, "selftest")))
			panic("selftest: no memory for a task");

	nanoseconds_t limit =
		time_since_boot() + (nanoseconds_t)EACH_CPU_LIMIT_S * NANOSECONDS_PER_SECOND;
	if (WAIT_EVENT_DEADLINE(&round.done, load_acquire(&round.left) == 0, "selftest", limit))
		panic("selftest: %u of %u tasks do not end", round.left, cpu_count);
	return round.failed == 0;
}

/* What a cache keeps for the next time is not known to the one who freed it. */
static bool is_cache(const struct alloc_site *site)
{
	return strcmp(site->file, "src/mm/slab.c") == 0 ||
	       strcmp(site->file, "src/mm/kernel_stack.c") == 0;
}

static struct live_memory count_live(void)
{
	struct live_memory live = { 0, 0 };

	task_free_dead();
	for (uint32_t i = 0; i < alloc_site_count(); i++) {
		if (is_cache(&alloc_sites_start[i]))
			continue;
		struct alloc_counter total = alloc_site_total((alloc_site_index_t)(i + 1));
		live.objects += total.objects;
		live.bytes += total.bytes;
	}
	return live;
}

/* A task that has said its last word may still be in the lists. */
static bool is_one_leaving(void)
{
	bool is_leaving = false;
	struct task *task;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	list_for_each (task, &all_tasks, all_link)
		is_leaving |= task->is_kernel_thread && !task->is_idle;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return is_leaving;
}

static void pause_briefly(void)
{
	static struct wait_queue nobody = WAIT_QUEUE_INIT(nobody);
	nanoseconds_t end = time_since_boot() + 5 * NANOSECONDS_PER_MILLISECOND;
	(void)WAIT_EVENT_DEADLINE(&nobody, false, "selftest", end);
}

struct live_memory live_memory_settled(void)
{
	nanoseconds_t limit = time_since_boot() + 10ul * NANOSECONDS_PER_SECOND;
	struct live_memory last, live = count_live();

	do { // out of the lists, it still has to leave its CPU before it can be freed
		last = live;
		pause_briefly();
		live = count_live();
	} while ((is_one_leaving() || live.objects != last.objects) && time_since_boot() < limit);
	return live;
}

bool live_memory_is(const struct live_memory *expected)
{
	struct live_memory live = live_memory_settled();

	if (live.objects == expected->objects && live.bytes == expected->bytes)
		return true;
	log_line("# live: %ld objects, %ld bytes; before: %ld, %ld", live.objects, live.bytes,
		 expected->objects, expected->bytes);
	return false;
}
