/* SPDX-License-Identifier: MIT */
/* Waiting on several files: a poll table collects the queues that poll operations name. */
#pragma once

#include "core/time.h"
#include "proc/wait_queue.h"

struct file;

struct poll_entry {
	struct waiter waiter;
	struct wait_queue *queue;
	struct file *file; /* a reference, so that the queue stays */
	struct list link;
};

struct poll_table {
	struct list entries;
	struct file *file; /* being polled now */
	int error;	   /* -ENOMEM once an entry could not be made */
};

/* A poll operation names a queue that will be woken when its answer may change. */
void poll_wait(struct poll_table *table, struct wait_queue *queue);

/* What holds of a file now (POLLIN ...); table may be NULL. Thread context, may sleep. */
uint32_t file_poll(struct file *file, struct poll_table *table);

/* One of the files waited for. */
struct poll_item {
	struct file *file; /* a reference of the caller's, or NULL: ready is as it was set */
	uint32_t events;   /* of interest */
	uint32_t ready;	   /* out */
};

enum { POLL_AT_ONCE = 1 }; /* as a deadline: do not wait */

/*
 * Sleep until an item is ready or the deadline (WAIT_FOREVER, or time since boot) passes.
 * The number of ready items, 0, -ERESTARTNOHAND when a signal came, or -ENOMEM.
 */
NODISCARD long poll_items(struct poll_item *items, size_t count, nanoseconds_t deadline);

/* As poll_items for one question: is_ready(argument, table) gives > 0 when it is time. */
NODISCARD long poll_until(long (*is_ready)(void *argument, struct poll_table *table),
			  void *argument, nanoseconds_t deadline, const char *reason);
