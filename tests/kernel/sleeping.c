/* SPDX-License-Identifier: MIT */
/* Mutexes, wait queues and tasks that move, with all CPUs taking part. */
#include "core/time.h"
#include "debug/kernel/selftest.h"
#include "lib/atomic.h"
#include "proc/process.h"
#include "proc/sched.h"
#include "proc/wait_queue.h"
#include "sync/mutex.h"
#include "tests/kernel/each_cpu.h"

enum { ROUNDS = 2000, LAPS = 200, TASKS = 50 };

static struct {
	struct mutex mutex;
	uint64_t count;	 /* [mutex] */
	uint32_t inside; /* A */
} guarded = { .mutex = MUTEX_INIT(guarded.mutex, LOCK_RANK_MOUNT) };

static bool count_under_mutex(uint32_t cpu, void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		mutex_lock(&guarded.mutex);
		bool is_alone = fetch_add_relaxed(&guarded.inside, 1) == 0;
		uint64_t count = guarded.count;
		if ((i + (int)cpu) % 16 == 0)
			sched_yield(); // sleep holding it
		guarded.count = count + 1;
		fetch_sub_relaxed(&guarded.inside, 1);
		mutex_unlock(&guarded.mutex);
		EXPECT(is_alone);
	}
	return true;
}

KERNEL_TEST(a_mutex_lets_one_task_in_at_a_time)
{
	guarded.count = 0;
	EXPECT(each_cpu_run(count_under_mutex, NULL));
	EXPECT(guarded.count == (uint64_t)ROUNDS * cpu_count);
	EXPECT(guarded.mutex.owner == NULL && list_is_empty(&guarded.mutex.waiters));
	return true;
}

static struct {
	struct wait_queue queue;
	uint32_t holder; /* A: counts up; the CPU whose turn it is, modulo their number */
} token = { .queue = WAIT_QUEUE_INIT(token.queue) };

static bool pass_token(uint32_t cpu, void *unused)
{
	(void)unused;
	for (uint32_t lap = 0; lap < LAPS; lap++) {
		uint32_t turn = lap * cpu_count + cpu;
		nanoseconds_t limit = time_since_boot() + 20ul * NANOSECONDS_PER_SECOND;
		EXPECT(WAIT_EVENT_DEADLINE(&token.queue, load_acquire(&token.holder) == turn,
					   "token", limit) == 0);
		store_release(&token.holder, turn + 1);
		wait_queue_wake_all(&token.queue);
	}
	return true;
}

KERNEL_TEST(a_token_goes_round_all_cpus_and_no_wake_up_is_lost)
{
	token.holder = 0;
	EXPECT(each_cpu_run(pass_token, NULL));
	EXPECT(token.holder == LAPS * cpu_count);
	EXPECT(!wait_queue_has_waiters(&token.queue));
	return true;
}

static bool wait_times_out(uint32_t cpu, void *unused)
{
	static struct wait_queue nobody = WAIT_QUEUE_INIT(nobody);
	nanoseconds_t deadline = time_since_boot() + 20 * NANOSECONDS_PER_MILLISECOND;

	(void)cpu, (void)unused;
	EXPECT(WAIT_EVENT_DEADLINE(&nobody, false, "nothing", deadline) == -ETIMEDOUT);
	EXPECT(time_since_boot() >= deadline);
	return true;
}

KERNEL_TEST(a_wait_with_a_deadline_ends_after_it)
{
	return each_cpu_run(wait_times_out, NULL);
}

static bool move_around(uint32_t cpu, void *unused)
{
	(void)unused;
	for (uint32_t i = 0; i < cpu_count * 20; i++) {
		uint32_t target = (cpu + i) % cpu_count;
		EXPECT(sched_set_affinity(current_task(), 1ul << target) == 0);
		EXPECT(cpu_current_id() == target);
	}
	EXPECT(sched_set_affinity(current_task(), 1ul << cpu) == 0);
	EXPECT(sched_set_affinity(current_task(), 1ul << cpu_count) == -EINVAL);
	return true;
}

KERNEL_TEST(a_task_moves_at_once_to_the_only_cpu_that_it_may_use)
{
	return each_cpu_run(move_around, NULL);
}

static uint32_t ended; /* A */
static struct wait_queue all_ended = WAIT_QUEUE_INIT(all_ended);

static int end_at_once(void *unused)
{
	(void)unused;
	if (fetch_add_relaxed(&ended, 1) + 1 == TASKS)
		wait_queue_wake_all(&all_ended);
	return 0;
}

static bool run_short_tasks(void)
{
	nanoseconds_t limit = time_since_boot() + 20ul * NANOSECONDS_PER_SECOND;

	ended = 0;
	for (int i = 0; i < TASKS; i++)
		EXPECT(!is_error(kernel_thread_create(end_at_once, NULL, "short")));
	EXPECT(WAIT_EVENT_DEADLINE(&all_ended, load_acquire(&ended) == TASKS, "ends", limit) == 0);
	return true;
}

KERNEL_TEST(tasks_that_ended_leave_nothing_behind)
{
	EXPECT(run_short_tasks()); // fills the caches
	struct live_memory before = live_memory_settled();
	EXPECT(run_short_tasks());
	return live_memory_is(&before);
}
