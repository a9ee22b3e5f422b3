/* SPDX-License-Identifier: MIT */
/*
 * The owner word is the lock: one compare-and-exchange when free. A waiter queues itself,
 * then tries again before it sleeps; unlock frees the word, then wakes the first waiter,
 * which competes for it (no hand-over, so a running task need not wait for a sleeper).
 */
#include "sync/mutex.h"

#include "lib/assert.h"
#include "lib/atomic.h"

const struct blocking_operations *blocking_operations;

struct mutex_waiter {
	struct list link;
	struct task *task;
};

void mutex_init(struct mutex *mutex, enum lock_rank rank)
{
	mutex->owner = NULL;
	mutex->rank = rank;
	spin_lock_init(&mutex->lock, LOCK_RANK_MUTEX_WAIT);
	list_init(&mutex->waiters);
}

bool mutex_try_lock(struct mutex *mutex) NO_LOCK_ANALYSIS
{
	return compare_exchange_acquire(&mutex->owner, NULL, current_task());
}

static NOINLINE void wait_for_mutex(struct mutex *mutex) ACQUIRES(*mutex)
{
	struct mutex_waiter waiter = { .task = current_task() };

	spin_lock(&mutex->lock);
	list_add_last(&mutex->waiters, &waiter.link);
	for (;;) {
		blocking_operations->prepare("mutex", mutex);
		fence_full(); // the waiter is visible before the owner is looked at again
		if (mutex_try_lock(mutex))
			break;
		spin_unlock(&mutex->lock);
		blocking_operations->block();
		spin_lock(&mutex->lock);
	}
	list_remove(&waiter.link);
	spin_unlock(&mutex->lock);
	blocking_operations->wake(waiter.task); // undo prepare(): this task is running
}

void mutex_lock(struct mutex *mutex) NO_LOCK_ANALYSIS
{
	DEBUG_ASSERT(!in_interrupt());
	DEBUG_ASSERT(load_relaxed(&mutex->owner) != current_task());
	if (unlikely(!mutex_try_lock(mutex)))
		wait_for_mutex(mutex);
}

void mutex_lock_nested(struct mutex *mutex) NO_LOCK_ANALYSIS
{
	mutex_lock(mutex);
}

void mutex_unlock(struct mutex *mutex) NO_LOCK_ANALYSIS
{
	DEBUG_ASSERT(mutex->owner == current_task());
	store_release(&mutex->owner, NULL);
	fence_full(); // freed before the waiters are looked at
	if (likely(list_is_empty(&mutex->waiters)))
		return;
	spin_lock(&mutex->lock);
	if (!list_is_empty(&mutex->waiters))
		blocking_operations->wake(
			list_first(&mutex->waiters, struct mutex_waiter, link)->task);
	spin_unlock(&mutex->lock);
}
