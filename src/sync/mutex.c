/* SPDX-License-Identifier: MIT */
/*
 * The owner word is the lock: one compare-and-exchange when free. A waiter queues itself,
 * then tries again before it sleeps; unlock frees the word, then wakes the first waiter,
 * which competes for it (no hand-over, so a running task need not wait for a sleeper).
 *
 * In the checking build each task lists the mutexes that it holds, and an acquisition out of
 * order panics, whether or not it would have had to wait.
 */
#include "sync/mutex.h"

#include "lib/assert.h"
#include "lib/atomic.h"

const struct blocking_operations *blocking_operations;

struct mutex_waiter {
	struct list link;
	struct task *task;
};

#ifdef CHECKING_BUILD
static struct mutex **held_mutexes(void)
{
	static struct mutex *before_tasks;
	return blocking_operations ? blocking_operations->held() : &before_tasks;
}

static void check_order(const struct mutex *mutex, bool is_nested)
{
	ASSERT(mutex->rank < LOCK_RANK_FIRST_THREAD);
	for (const struct mutex *held = *held_mutexes(); held; held = held->held_next)
		ASSERT(held->rank < mutex->rank || (is_nested && held->rank == mutex->rank));
}

static void note_acquired(struct mutex *mutex)
{
	struct mutex **held = held_mutexes();
	mutex->held_next = *held;
	*held = mutex;
}

static void note_release(const struct mutex *mutex)
{
	struct mutex **link = held_mutexes();
	while (*link && *link != mutex)
		link = &(*link)->held_next;
	ASSERT(*link);
	*link = mutex->held_next;
}
#else
static inline void check_order(const struct mutex *mutex, bool is_nested)
{
	(void)mutex, (void)is_nested;
}
static inline void note_acquired(struct mutex *mutex)
{
	(void)mutex;
}
static inline void note_release(const struct mutex *mutex)
{
	(void)mutex;
}
#endif

void mutex_init(struct mutex *mutex, enum lock_rank rank)
{
	mutex->owner = NULL;
	mutex->rank = rank;
	spin_lock_init(&mutex->lock, LOCK_RANK_MUTEX_WAIT);
	list_init(&mutex->waiters);
}

static bool try_lock(struct mutex *mutex)
{
	return compare_exchange_acquire(&mutex->owner, NULL, current_task());
}

bool mutex_try_lock(struct mutex *mutex) NO_LOCK_ANALYSIS
{
	DEBUG_ASSERT(!in_interrupt());
	if (!try_lock(mutex))
		return false;
	note_acquired(mutex); // in any order: it did not wait
	return true;
}

static NOINLINE void wait_for_mutex(struct mutex *mutex)
{
	struct mutex_waiter waiter = { .task = current_task() };

	spin_lock(&mutex->lock);
	list_add_last(&mutex->waiters, &waiter.link);
	for (;;) {
		blocking_operations->prepare("mutex", mutex);
		fence_full(); // the waiter is visible before the owner is looked at again
		if (try_lock(mutex))
			break;
		spin_unlock(&mutex->lock);
		blocking_operations->block();
		spin_lock(&mutex->lock);
	}
	list_remove(&waiter.link);
	spin_unlock(&mutex->lock);
	blocking_operations->wake(waiter.task); // undo prepare(): this task is running
}

static ALWAYS_INLINE void lock(struct mutex *mutex)
{
	DEBUG_ASSERT(may_sleep());
	DEBUG_ASSERT(!mutex->owner || load_relaxed(&mutex->owner) != current_task());
	if (unlikely(!try_lock(mutex)))
		wait_for_mutex(mutex);
	note_acquired(mutex);
}

void mutex_lock(struct mutex *mutex) NO_LOCK_ANALYSIS
{
	check_order(mutex, false);
	lock(mutex);
}

void mutex_lock_nested(struct mutex *mutex) NO_LOCK_ANALYSIS
{
	check_order(mutex, true);
	lock(mutex);
}

void mutex_unlock(struct mutex *mutex) NO_LOCK_ANALYSIS
{
	DEBUG_ASSERT(mutex->owner == current_task());
	note_release(mutex);
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
