/* SPDX-License-Identifier: MIT */
/*
 * The first look at each file also puts a waiter on its queues; later looks, after each
 * wake-up, only ask. A waiter is on its queue, and the task marked as going to sleep, before
 * the look that decides to sleep, so that no wake-up is lost. A waiter holds its file, since
 * another thread may close the descriptor meanwhile.
 */
#include "fs/poll.h"

#include "fs/vfs.h"
#include "mm/slab.h"

#include <linux/poll.h>

enum { POLL_DEFAULT = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM };

struct item_array {
	struct poll_item *items;
	size_t count;
};

void poll_wait(struct poll_table *table, struct wait_queue *queue)
{
	struct poll_entry *entry = knew(struct poll_entry);

	if (!entry) {
		table->error = -ENOMEM;
		return;
	}
	/* A file on its way out is seen only through an epoll file, which it is about to leave. */
	if (!refcount_get_unless_zero(&table->file->references)) {
		kfree(entry);
		return;
	}
	entry->file = table->file;
	entry->queue = queue;
	list_add_last(&table->entries, &entry->link);
	wait_queue_add(queue, &entry->waiter);
}

static void poll_table_init(struct poll_table *table)
{
	*table = (struct poll_table){ 0 };
	list_init(&table->entries);
}

static void poll_table_deinit(struct poll_table *table)
{
	struct poll_entry *entry, *next;

	list_for_each_safe (entry, next, &table->entries, link) {
		wait_queue_remove(entry->queue, &entry->waiter);
		file_put(entry->file);
		kfree(entry);
	}
}

uint32_t file_poll(struct file *file, struct poll_table *table)
{
	if (!file->operations->poll)
		return POLL_DEFAULT;
	if (!table)
		return file->operations->poll(file, NULL);
	struct file *outer = table->file;
	table->file = file;
	uint32_t events = file->operations->poll(file, table);
	table->file = outer;
	return events;
}

long poll_until(long (*is_ready)(void *argument, struct poll_table *table), void *argument,
		nanoseconds_t deadline, const char *reason)
{
	if (deadline != WAIT_FOREVER && deadline <= time_since_boot())
		return is_ready(argument, NULL);

	struct poll_table table;
	poll_table_init(&table);
	long result = is_ready(argument, &table);
	if (result == 0 && table.error)
		result = table.error;
	while (result == 0) {
		wait_prepare(true, reason, &table);
		result = is_ready(argument, NULL);
		if (result)
			break;
		int error = wait_sleep(true, deadline);
		if (error == -ETIMEDOUT)
			break;
		if (error)
			result = -ERESTARTNOHAND;
	}
	wait_finish();
	poll_table_deinit(&table);
	return result;
}

static long items_are_ready(void *argument, struct poll_table *table)
{
	struct item_array *array = argument;
	long ready = 0;

	for (size_t i = 0; i < array->count; i++) {
		struct poll_item *item = &array->items[i];
		if (item->file)
			item->ready = file_poll(item->file, table) & item->events;
		if (item->ready) {
			ready++;
			table = NULL; // there will be no sleep
		}
	}
	return ready;
}

long poll_items(struct poll_item *items, size_t count, nanoseconds_t deadline)
{
	struct item_array array = { items, count };

	return poll_until(items_are_ready, &array, deadline, "poll");
}
