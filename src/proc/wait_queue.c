/* SPDX-License-Identifier: MIT */
#include "proc/wait_queue.h"

#include "core/time.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "proc/sched.h"
#include "proc/signal.h"

void wait_queue_init(struct wait_queue *queue)
{
	spin_lock_init(&queue->lock, LOCK_RANK_WAIT_QUEUE);
	list_init(&queue->waiters);
}

void wait_queue_add(struct wait_queue *queue, struct waiter *waiter)
{
	waiter->task = current_task();
	waiter->is_exclusive = false;
	irqflags_t flags = spin_lock_irqsave(&queue->lock);
	list_add_last(&queue->waiters, &waiter->link);
	spin_unlock_irqrestore(&queue->lock, flags);
}

void wait_queue_remove(struct wait_queue *queue, struct waiter *waiter)
{
	irqflags_t flags = spin_lock_irqsave(&queue->lock);
	list_remove(&waiter->link);
	spin_unlock_irqrestore(&queue->lock, flags);
}

bool wait_queue_has_waiters(const struct wait_queue *queue)
{
	fence_full(); // the caller's change is visible before the queue is looked at
	return !list_is_empty(&queue->waiters);
}

void wait_queue_wake_all(struct wait_queue *queue)
{
	struct waiter *waiter;

	if (!wait_queue_has_waiters(queue))
		return;
	irqflags_t flags = spin_lock_irqsave(&queue->lock);
	list_for_each (waiter, &queue->waiters, link)
		task_wake(waiter->task);
	spin_unlock_irqrestore(&queue->lock, flags);
}

void wait_queue_wake_one(struct wait_queue *queue)
{
	struct waiter *waiter;

	if (!wait_queue_has_waiters(queue))
		return;
	irqflags_t flags = spin_lock_irqsave(&queue->lock);
	list_for_each (waiter, &queue->waiters, link)
		if (task_wake(waiter->task))
			break;
	spin_unlock_irqrestore(&queue->lock, flags);
}

void wait_prepare(bool is_interruptible, const char *reason, const void *object)
{
	struct task *task = current_task();

	DEBUG_ASSERT(!in_interrupt());
	DEBUG_ASSERT(!task->is_idle);
	task->wait_reason = reason;
	task->wait_object = object;
	task->wait_since = time_since_boot();
	store_relaxed(&task->state, is_interruptible ? TASK_INTERRUPTIBLE : TASK_UNINTERRUPTIBLE);
	fence_full(); // the state is visible before the condition is checked
}

struct sleep_timer {
	struct timer timer;
	struct task *task;
	bool has_fired; /* A */
};

static void wake_sleeper(struct timer *timer)
{
	struct sleep_timer *sleep = container_of(timer, struct sleep_timer, timer);
	store_release(&sleep->has_fired, true);
	task_wake(sleep->task);
}

int wait_sleep(bool is_interruptible, uint64_t deadline_ns)
{
	if (is_interruptible && signal_is_pending())
		return -ERESTARTSYS;
	if (deadline_ns == WAIT_FOREVER) {
		schedule();
		return is_interruptible && signal_is_pending() ? -ERESTARTSYS : 0;
	}
	struct sleep_timer sleep = { .task = current_task() };
	timer_init(&sleep.timer, wake_sleeper);
	timer_arm(&sleep.timer, deadline_ns);
	if (!load_acquire(&sleep.has_fired))
		schedule();
	timer_cancel(&sleep.timer);
	if (sleep.has_fired)
		return -ETIMEDOUT;
	return is_interruptible && signal_is_pending() ? -ERESTARTSYS : 0;
}

void wait_finish(void)
{
	struct task *task = current_task();

	store_relaxed(&task->state, TASK_RUNNING);
	task->wait_reason = NULL;
	task->wait_object = NULL;
}
