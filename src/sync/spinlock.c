/* SPDX-License-Identifier: MIT */
/*
 * Test and test-and-set. In the checking build each CPU keeps the ranks of the spin locks
 * it holds, and an acquisition out of order, or in the wrong context, panics.
 */
#include "sync/spinlock.h"

#include "lib/assert.h"
#include "lib/atomic.h"

#ifdef CHECKING_BUILD
enum { HELD_MAX = 16 };
static struct held_locks {
	uint32_t count;
	struct {
		const struct spinlock *lock;
		uint32_t irq_depth; /* of the context that took it */
	} entries[HELD_MAX];
} held_locks[MAX_CPUS];	  /* its CPU with interrupts off */
static bool is_check_off; /* A: a panic breaks locks and the order */

static void check_context(const struct spinlock *lock)
{
	if (load_relaxed(&is_check_off))
		return;
	ASSERT(lock->rank >= LOCK_RANK_FIRST_THREAD && lock->rank < LOCK_RANK_COUNT);
	if (lock->rank < LOCK_RANK_FIRST_INTERRUPT)
		ASSERT(!in_interrupt());
	else
		ASSERT(!irqs_are_enabled());
}

/*
 * The order counts from the interrupt's begin: what it came upon is of the class that no
 * handler takes, and what it takes is gone when it ends.
 */
static void check_order(const struct spinlock *lock, bool is_nested)
{
	irqflags_t flags = irq_save();
	const struct held_locks *held = &held_locks[cpu_current_id()];
	for (uint32_t i = 0; i < held->count && !load_relaxed(&is_check_off); i++)
		if (held->entries[i].irq_depth == PERCPU_READ(irq_depth))
			ASSERT(held->entries[i].lock->rank < lock->rank ||
			       (is_nested && held->entries[i].lock->rank == lock->rank));
	irq_restore(flags);
}

static void note_acquired(const struct spinlock *lock)
{
	irqflags_t flags = irq_save();
	struct held_locks *held = &held_locks[cpu_current_id()];
	if (!load_relaxed(&is_check_off)) {
		ASSERT(held->count < HELD_MAX);
		held->entries[held->count].lock = lock;
		held->entries[held->count++].irq_depth = PERCPU_READ(irq_depth);
	}
	irq_restore(flags);
}

static void note_release(const struct spinlock *lock)
{
	irqflags_t flags = irq_save();
	struct held_locks *held = &held_locks[cpu_current_id()];
	uint32_t i = held->count;
	while (i-- > 0 && held->entries[i].lock != lock)
		;
	if (!load_relaxed(&is_check_off)) {
		ASSERT(i < held->count);
		held->entries[i] = held->entries[--held->count];
	}
	irq_restore(flags);
}

void spin_lock_assert_allowed(enum lock_rank rank)
{
	const struct spinlock lock = SPINLOCK_INIT(rank);

	check_context(&lock);
	preempt_disable();
	check_order(&lock, false);
	preempt_enable_no_resched();
}

static void check_stop(void)
{
	store_relaxed(&is_check_off, true);
}
#else
static inline void check_stop(void)
{
}
static inline void check_context(const struct spinlock *lock)
{
	(void)lock;
}
static inline void check_order(const struct spinlock *lock, bool is_nested)
{
	(void)lock, (void)is_nested;
}
static inline void note_acquired(const struct spinlock *lock)
{
	(void)lock;
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
	check_context(lock);
	check_order(lock, false);
	acquire(lock);
	note_acquired(lock);
}

void spin_lock_nested(struct spinlock *lock) NO_LOCK_ANALYSIS
{
	preempt_disable();
	check_context(lock);
	check_order(lock, true);
	acquire(lock);
	note_acquired(lock);
}

bool spin_try_lock(struct spinlock *lock) NO_LOCK_ANALYSIS
{
	preempt_disable();
	check_context(lock);
	if (compare_exchange_acquire(&lock->holder, 0, cpu_current_id() + 1)) {
		note_acquired(lock); // in any order: it did not wait
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
	check_stop();
	store_relaxed(&lock->holder, 0);
}
