/* SPDX-License-Identifier: MIT */
/*
 * Spin locks. Holding one disables preemption; the _irqsave forms also disable
 * interrupts and are needed wherever an interrupt handler takes the same lock.
 * The lock word names the holder, so a debugger or a hang report can, too.
 */
#pragma once

#include "core/percpu.h"
#include "sync/lock_rank.h"

struct CAPABILITY("spinlock") spinlock {
	uint32_t holder; /* CPU id + 1, or 0 when free */
	uint32_t rank;	 /* enum lock_rank */
};

#define SPINLOCK_INIT(rank_)    \
	{                       \
		.rank = (rank_) \
	}

static inline void spin_lock_init(struct spinlock *lock, enum lock_rank rank)
{
	*lock = (struct spinlock)SPINLOCK_INIT(rank);
}

/* Any context, but never a lock that an interrupt handler takes with interrupts on. */
void spin_lock(struct spinlock *lock) ACQUIRES(*lock);
void spin_unlock(struct spinlock *lock) RELEASES(*lock);
NODISCARD bool spin_try_lock(struct spinlock *lock) TRY_ACQUIRES(true, *lock);
NODISCARD irqflags_t spin_lock_irqsave(struct spinlock *lock) ACQUIRES(*lock);
void spin_unlock_irqrestore(struct spinlock *lock, irqflags_t flags) RELEASES(*lock);

/* A second lock of the same rank; the caller keeps to the order named in lock_rank.h. */
void spin_lock_nested(struct spinlock *lock) ACQUIRES(*lock);

static inline bool spin_lock_is_held(const struct spinlock *lock)
{
	return lock->holder == cpu_current_id() + 1;
}

/*
 * The checking build panics where a lock of that rank could not be taken: for functions that
 * take one only now and then.
 */
#ifdef CHECKING_BUILD
void spin_lock_assert_allowed(enum lock_rank rank);
#else
static inline void spin_lock_assert_allowed(enum lock_rank rank)
{
	(void)rank;
}
#endif

/* The panic report takes over a console lock whose holder will never come back. */
void spin_lock_break(struct spinlock *lock);
