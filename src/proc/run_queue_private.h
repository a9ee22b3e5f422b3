/* SPDX-License-Identifier: MIT */
/* A CPU's ready tasks: between run_queue.c (the tree), placement.c (which CPU) and sched.c. */
#pragma once

#include "arch/irq.h"
#include "core/time.h"
#include "lib/rbtree.h"
#include "proc/task.h"
#include "sync/spinlock.h"

/* Locks: [R] lock; readable by others without it where only a hint is needed */
struct run_queue {
	struct spinlock lock;
	struct rb_tree ready;		      /* [R] */
	uint32_t ready_count;		      /* [R] */
	uint64_t minimum_runtime;	      /* [R] never decreases */
	struct task *running;		      /* [R] */
	struct task *idle;		      /* I */
	struct task *switched_from;	      /* [R] during a switch */
	struct task *moved_away;	      /* [R] likewise: it may run on this CPU no longer */
	struct timer tick;		      /* its CPU */
	bool is_tick_armed;		      /* its CPU */
	uint64_t switch_count;		      /* [R] */
	nanoseconds_t idle_time;	      /* [R] spans that have ended */
	nanoseconds_t user_time, system_time; /* its CPU: by ticks */
} ALIGNED(CACHE_LINE_SIZE);
extern struct run_queue run_queues[MAX_CPUS];

static inline bool runs_before(const struct task *a, const struct task *b)
{
	return (int64_t)(a->virtual_runtime - b->virtual_runtime) < 0;
}

/* ---- run_queue.c ---- */

/* The queue that the task is on, locked: the task cannot leave it. Interrupts are off then. */
irqflags_t run_queue_lock_of(struct task *task, struct run_queue **queue) ACQUIRES((*queue)->lock);
/* The ready task that ran least, or NULL. */
struct task *run_queue_first(const struct run_queue *queue) REQUIRES(queue->lock);
void run_queue_add(struct run_queue *queue, struct task *task) REQUIRES(queue->lock);
void run_queue_remove(struct run_queue *queue, struct task *task) REQUIRES(queue->lock);
/* Charge the running task for the time since it was charged last. */
void run_queue_charge(struct run_queue *queue) REQUIRES(queue->lock);

/* ---- placement.c ---- */

/*
 * Between queues: a task that is RUNNING and neither on a queue nor on a CPU has one placer,
 * who alone changes its CPU (sched_send_to) and at last puts it on that CPU's queue, or on
 * another's if its affinity forbids that one by then. No queue is locked in sched_place.
 */
void sched_send_to(struct task *task, uint32_t cpu);
void sched_place(struct task *task);
/* Take a task from the longest other queue. No queue is locked, interrupts are off. */
void sched_pull(uint32_t to);
/* Tasks wait here: let an idle CPU look. */
void sched_kick_idle_cpu(void);
