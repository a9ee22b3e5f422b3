/* SPDX-License-Identifier: MIT */
/*
 * Test and test-and-set. In the checking build each CPU keeps the ranks of the spin locks
 * it holds, and an acquisition out of order panics.
 */
#include "sync/spinlock.h"

#include "lib/assert.h"
#include "lib/atomic.h"

#ifdef CHECK
enum { HELD_MAX = 16 };
static struct held_locks {
	uint32_t count;
	const struct spinlock *locks[HELD_MAX];
} held_locks[MAX_CPUS];

/* Interrupts may come between: each handler leaves the list as it found it. */
static void note_acquire(const struct spinlock *lock, bool is_nested)
{
	irqflags_t flags = irq_save();
	struct held_locks *held = &held_locks[cpu_current_id()];
	ASSERT(held->count < HELD_MAX);
	for (uint32_t i = 0; i < held->count; i++)
		ASSERT(held->locks[i]->rank < lock->rank ||
		       (is_nested && held->locks[i]->rank == lock->rank));
	held->locks[held->count++] = lock;
	irq_restore(flags);
}

static void note_release(const struct spinlock *lock)
{
	irqflags_t flags = irq_save();
	struct held_locks *held = &held_locks[cpu_current_id()];
	for (uint32_t i = held->count; i-- > 0;)
		if (held->locks[i] == lock) {
			held->locks[i] = held->locks[--held->count];
			break;
		}
	irq_restore(flags);
}
#else
static inline void note_acquire(const struct spinlock *lock, bool is_nested)
{
	(void)lock, (void)is_nested;
}
static inline void note_release(const struct spinlock *lock)
{
	(void)lock;
}
#endif

static ALWAYS_INLINE void acquire(struct spinlock *lock) NO_LOCK_ANALYSIS
{
	uint32_t mine = cpu_current_id() + 1;

	DEBUG_ASSERT(lock->holder != mine);
	while (unlikely(!compare_exchange_acquire(&lock->holder, 0, mine)))
		while (load_relaxed(&lock->holder))
			cpu_relax();
}

void spin_lock(struct spinlock *lock) NO_LOCK_ANALYSIS
{
	preempt_disable();
	note_acquire(lock, false);
	acquire(lock);
}

void spin_lock_nested(struct spinlock *lock) NO_LOCK_ANALYSIS
{
	preempt_disable();
	note_acquire(lock, true);
	acquire(lock);
}

bool spin_try_lock(struct spinlock *lock) NO_LOCK_ANALYSIS
{
	preempt_disable();
	if (compare_exchange_acquire(&lock->holder, 0, cpu_current_id() + 1)) {
		note_acquire(lock, true);
		return true;
	}
	preempt_enable();
	return false;
}

void spin_unlock(struct spinlock *lock) NO_LOCK_ANALYSIS
{
	note_release(lock);
	store_release(&lock->holder, 0);
	preempt_enable();
}

irqflags_t spin_lock_irqsave(struct spinlock *lock) NO_LOCK_ANALYSIS
{
	irqflags_t flags = irq_save();
	spin_lock(lock);
	return flags;
}

void spin_unlock_irqrestore(struct spinlock *lock, irqflags_t flags) NO_LOCK_ANALYSIS
{
	note_release(lock);
	store_release(&lock->holder, 0);
	irq_restore(flags);
	preempt_enable();
}

void spin_lock_break(struct spinlock *lock) NO_LOCK_ANALYSIS
{
	store_relaxed(&lock->holder, 0);
}
