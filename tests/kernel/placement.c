/* SPDX-License-Identifier: MIT */
/* Where tasks are put: the moments between queues, which no program can bring about. */
#include "core/time.h"
#include "debug/kernel/selftest.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "proc/process.h"
#include "proc/run_queue_private.h"
#include "proc/sched.h"
#include "proc/wait_queue.h"

static struct wait_queue gate = WAIT_QUEUE_INIT(gate);
static uint32_t is_open, is_done, ran_on; /* A */
static const nanoseconds_t limit_ns = 10ul * NANOSECONDS_PER_SECOND;

static int pass_gate(void *unused)
{
	(void)unused;
	WAIT_EVENT(&gate, load_acquire(&is_open), "selftest");
	store_relaxed(&ran_on, cpu_current_id());
	store_release(&is_done, 1);
	return 0;
}

static bool is_asleep(const struct task *task)
{
	return load_acquire(&task->state) == TASK_UNINTERRUPTIBLE &&
	       !load_acquire(&task->is_on_cpu);
}

KERNEL_TEST(a_task_is_not_queued_where_its_affinity_has_come_to_forbid_it)
{
	nanoseconds_t deadline = time_since_boot() + limit_ns;
	struct run_queue *queue;

	if (cpu_count == 1)
		return true;
	struct task *task = kernel_thread_create(pass_gate, NULL, "selftest");
	EXPECT(!is_error(task));
	while (!is_asleep(task)) {
		EXPECT(time_since_boot() < deadline);
		sched_yield();
	}
	// As a waker or an idle CPU would, but with the change of affinity in the middle.
	irqflags_t flags = run_queue_lock_of(task, &queue);
	store_relaxed(&task->state, TASK_RUNNING);
	sched_send_to(task, 0);
	spin_unlock_irqrestore(&queue->lock, flags);
	int error = sched_set_affinity(task, 1ul << 1);
	store_release(&is_open, 1);
	sched_place(task);
	EXPECT(!error);
	while (!load_acquire(&is_done)) {
		EXPECT(time_since_boot() < deadline);
		sched_yield();
	}
	EXPECT(ran_on == 1);
	return true;
}
