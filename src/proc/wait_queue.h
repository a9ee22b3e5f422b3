/* SPDX-License-Identifier: MIT */
/*
 * Wait queues: tasks sleep until a condition holds. The condition is checked after the
 * waiter is on the queue, so a wake-up between check and sleep is not lost.
 */
#pragma once

#include "lib/error.h"
#include "lib/list.h"
#include "sync/spinlock.h"

struct wait_queue {
	struct spinlock lock;
	struct list waiters; /* [lock] struct waiter */
};

struct waiter {
	struct list link;
	struct task *task;
	bool is_exclusive; /* wake_one stops after it */
};

#define WAIT_QUEUE_INIT(name_)                                                                     \
	{                                                                                          \
		.lock = SPINLOCK_INIT(LOCK_RANK_WAIT_QUEUE), .waiters = LIST_INIT((name_).waiters) \
	}

enum { WAIT_FOREVER = 0 };

void wait_queue_init(struct wait_queue *queue);
/* Wake those who wait. Any context, interrupts too. */
void wait_queue_wake_all(struct wait_queue *queue);
void wait_queue_wake_one(struct wait_queue *queue);
bool wait_queue_has_waiters(const struct wait_queue *queue);

/* The parts of WAIT_EVENT, for poll and other users with several queues. */
void wait_queue_add(struct wait_queue *queue, struct waiter *waiter);
void wait_queue_remove(struct wait_queue *queue, struct waiter *waiter);

/*
 * Sleep until condition_ holds. Thread context, no spin lock held. The interruptible form
 * returns 0, or -ERESTARTSYS when a signal is pending; with a deadline (nanoseconds since
 * boot, WAIT_FOREVER for none) -ETIMEDOUT when it passes. reason_ is a string literal.
 */
#define WAIT_EVENT(queue_, condition_, reason_) \
	(void)WAIT_EVENT_ANY(queue_, condition_, reason_, false, WAIT_FOREVER)
#define WAIT_EVENT_INTERRUPTIBLE(queue_, condition_, reason_) \
	WAIT_EVENT_ANY(queue_, condition_, reason_, true, WAIT_FOREVER)
#define WAIT_EVENT_DEADLINE(queue_, condition_, reason_, deadline_) \
	WAIT_EVENT_ANY(queue_, condition_, reason_, true, deadline_)

#define WAIT_EVENT_ANY(queue_, condition_, reason_, interruptible_, deadline_)    \
	({                                                                        \
		struct waiter waiter__;                                           \
		int result__ = 0;                                                 \
		if (!(condition_)) {                                              \
			wait_queue_add(queue_, &waiter__);                        \
			for (;;) {                                                \
				wait_prepare(interruptible_, reason_, queue_);    \
				if (condition_)                                   \
					break;                                    \
				result__ = wait_sleep(interruptible_, deadline_); \
				if (result__)                                     \
					break;                                    \
			}                                                         \
			wait_finish();                                            \
			wait_queue_remove(queue_, &waiter__);                     \
		}                                                                 \
		result__;                                                         \
	})

void wait_prepare(bool is_interruptible, const char *reason, const void *object);
NODISCARD int wait_sleep(bool is_interruptible, uint64_t deadline_ns);
void wait_finish(void);
