/* SPDX-License-Identifier: MIT */
/* Sleeping locks: for thread context only, may be held across sleeps and user copies. */
#pragma once

#include "lib/list.h"
#include "sync/spinlock.h"

struct CAPABILITY("mutex") mutex {
	struct task *owner;   /* A: NULL when free */
	uint32_t rank;	      /* I: enum lock_rank */
	struct spinlock lock; /* guards waiters */
	struct list waiters;  /* [lock] struct mutex_waiter, first come first */
#ifdef CHECKING_BUILD
	struct mutex *held_next; /* the owner's: what it took before */
#endif
};

#define MUTEX_INIT(name_, rank_)                                              \
	{                                                                     \
		.rank = (rank_), .lock = SPINLOCK_INIT(LOCK_RANK_MUTEX_WAIT), \
		.waiters = LIST_INIT((name_).waiters)                         \
	}

void mutex_init(struct mutex *mutex, enum lock_rank rank);
void mutex_lock(struct mutex *mutex) ACQUIRES(*mutex);
void mutex_unlock(struct mutex *mutex) RELEASES(*mutex);
NODISCARD bool mutex_try_lock(struct mutex *mutex) TRY_ACQUIRES(true, *mutex);
/* A second mutex of the same rank; the caller keeps to the order named in lock_rank.h. */
void mutex_lock_nested(struct mutex *mutex) ACQUIRES(*mutex);

static inline bool mutex_is_held(const struct mutex *mutex)
{
	return __atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) == current_task();
}

/*
 * How a waiter sleeps and is woken: the scheduler hands these down at start-up.
 * block() sleeps unless a wake-up came since prepare(); reason and object are shown by `vt ps`.
 */
struct blocking_operations {
	void (*prepare)(const char *reason, const void *object);
	void (*block)(void);
	void (*wake)(struct task *task);
	/* Where the running task keeps the mutexes it holds, last taken first: checking build. */
	struct mutex **(*held)(void);
};
extern const struct blocking_operations *blocking_operations;
