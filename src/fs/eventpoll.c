/* SPDX-License-Identifier: MIT */
/*
 * An epoll file keeps a list of items: a file, what events are of interest, and the caller's
 * data. Waiting polls all items, as poll() would, so it costs their number; items that were
 * reported move to the list's end, so that none starves.
 *
 * Items hold no reference on their files. The last file_put of a watched file takes its items
 * away, under the two locks that a scan and a change need; so a file that a scan sees is whole.
 *
 * Limits: EPOLLET is served like level-triggered: more reports than Linux gives, never fewer.
 * EPOLLEXCLUSIVE wakes all. Epoll files may watch each other up to 4 deep, and are nested
 * from the inside out. poll() on an epoll file does not notice items that are added while it
 * sleeps; epoll_wait() does.
 */
#include "fs/eventpoll.h"

#include "fs/inode.h"
#include "fs/poll.h"
#include "mm/slab.h"

#include <linux/eventpoll.h>
#include <linux/poll.h>

enum { EPOLL_MAX_DEPTH = 4 };

/* Locks: I immutable, [L] the epoll's lock, [W] watch_lock */
struct epoll_item {
	struct epoll *epoll;		 /* I */
	struct file *file;		 /* I: no reference */
	int32_t descriptor;		 /* I */
	bool is_disabled;		 /* [L] EPOLLONESHOT has shot */
	struct epoll_event event;	 /* [L] */
	struct list link;		 /* [W] and [L] in epoll->items */
	struct epoll_item *next_watcher; /* [W] from file->watchers */
};

struct epoll {
	struct mutex lock;
	struct list items;	 /* [W] and [L] to change, either to read */
	uint32_t generation;	 /* A: changes when waiters must look at other files */
	uint32_t depth;		 /* [W] 1, or more than that of any epoll file it watched */
	struct wait_queue queue; /* woken by changes of items */
};

/* Guards which files are watched; taken before an epoll's lock. */
static struct mutex watch_lock = MUTEX_INIT(watch_lock, LOCK_RANK_EPOLL);

static const struct file_operations epoll_operations;

static uint32_t item_poll(struct epoll_item *item, struct poll_table *table)
{
	if (item->is_disabled)
		return 0;
	uint32_t events = file_poll(item->file, table);
	return events & (item->event.events | POLLERR | POLLHUP);
}

/* watch_lock and the epoll's lock held. */
static void item_remove(struct epoll_item *item) REQUIRES(watch_lock)
{
	struct epoll_item **link = &item->file->watchers;

	while (*link != item)
		link = &(*link)->next_watcher;
	store_relaxed(link, item->next_watcher);
	list_remove(&item->link);
	fetch_add_relaxed(&item->epoll->generation, 1);
	kfree(item);
}

void epoll_forget_file(struct file *file)
{
	mutex_lock(&watch_lock);
	while (file->watchers) {
		struct epoll *epoll = file->watchers->epoll;
		mutex_lock_nested(&epoll->lock);
		item_remove(file->watchers);
		mutex_unlock(&epoll->lock);
	}
	mutex_unlock(&watch_lock);
}

static void epoll_release(struct file *file)
{
	struct epoll *epoll = file->private_data;
	struct epoll_item *item, *next;

	mutex_lock(&watch_lock);
	mutex_lock_nested(&epoll->lock);
	list_for_each_safe (item, next, &epoll->items, link)
		item_remove(item);
	mutex_unlock(&epoll->lock);
	mutex_unlock(&watch_lock);
	kfree(epoll);
}

/* Under an outer epoll's lock, if that is who asks. */
static uint32_t epoll_poll(struct file *file, struct poll_table *table)
{
	struct epoll *epoll = file->private_data;
	struct epoll_item *item;
	uint32_t events = 0;

	if (table)
		poll_wait(table, &epoll->queue);
	mutex_lock_nested(&epoll->lock);
	list_for_each (item, &epoll->items, link)
		if (item_poll(item, table)) {
			events = POLLIN | POLLRDNORM;
			break;
		}
	mutex_unlock(&epoll->lock);
	return events;
}

static const struct file_operations epoll_operations = {
	.release = epoll_release,
	.poll = epoll_poll,
};

struct file *epoll_create(void)
{
	struct epoll *epoll = knew(struct epoll);

	if (!epoll)
		return error_pointer(-ENOMEM);
	mutex_init(&epoll->lock, LOCK_RANK_EPOLL);
	list_init(&epoll->items);
	wait_queue_init(&epoll->queue);
	epoll->depth = 1;
	struct inode *inode = inode_create_anonymous(0600);
	struct file *file = (void *)inode;
	if (!is_error(inode))
		file = file_create_anonymous(inode, &epoll_operations, O_RDWR,
					     "anon_inode:[eventpoll]");
	if (is_error(file))
		kfree(epoll);
	else
		file->private_data = epoll;
	return file;
}

/* watch_lock or the epoll's lock held. */
static struct epoll_item *item_find(struct epoll *epoll, const struct file *file, int descriptor)
{
	struct epoll_item *item;

	list_for_each (item, &epoll->items, link)
		if (item->file == file && item->descriptor == descriptor)
			return item;
	return NULL;
}

/*
 * watch_lock held. May target, an epoll file, be watched by file? Only a file that is not
 * watched itself may come to watch one: then no cycle can close.
 */
static int nesting_check(struct file *file, struct file *target) REQUIRES(watch_lock)
{
	struct epoll *epoll = file->private_data;
	const struct epoll *inner = target->private_data;

	if (file->watchers || inner->depth >= EPOLL_MAX_DEPTH)
		return -ELOOP;
	epoll->depth = MAX(epoll->depth, inner->depth + 1);
	return 0;
}

static int item_add(struct file *file, struct file *target, int descriptor,
		    const struct epoll_event *event) REQUIRES(watch_lock)
{
	struct epoll *epoll = file->private_data;

	if (item_find(epoll, target, descriptor))
		return -EEXIST;
	if (target->operations == &epoll_operations) {
		int error = nesting_check(file, target);
		if (error)
			return error;
	}
	struct epoll_item *item = knew(struct epoll_item);
	if (!item)
		return -ENOMEM;
	item->epoll = epoll;
	item->file = target;
	item->descriptor = descriptor;
	item->event = *event;
	item->next_watcher = target->watchers;
	store_relaxed(&target->watchers, item);
	mutex_lock_nested(&epoll->lock);
	list_add_last(&epoll->items, &item->link);
	fetch_add_relaxed(&epoll->generation, 1);
	mutex_unlock(&epoll->lock);
	return 0;
}

/* event is NULL to delete. */
static int item_change(struct epoll *epoll, struct file *target, int descriptor,
		       const struct epoll_event *event) REQUIRES(watch_lock)
{
	struct epoll_item *item = item_find(epoll, target, descriptor);

	if (!item)
		return -ENOENT;
	mutex_lock_nested(&epoll->lock);
	if (event) {
		item->event = *event;
		item->is_disabled = false;
		fetch_add_relaxed(&epoll->generation, 1);
	} else {
		item_remove(item);
	}
	mutex_unlock(&epoll->lock);
	return 0;
}

int epoll_control(struct file *file, int operation, struct file *target, int descriptor,
		  const struct epoll_event *event)
{
	struct epoll *epoll = file->private_data;
	int result;

	if (!target->operations->poll)
		return -EPERM;
	if (file == target || file->operations != &epoll_operations)
		return -EINVAL;
	mutex_lock(&watch_lock);
	switch (operation) {
	case EPOLL_CTL_ADD:
		result = item_add(file, target, descriptor, event);
		break;
	case EPOLL_CTL_MOD:
		result = item_change(epoll, target, descriptor, event);
		break;
	case EPOLL_CTL_DEL:
		result = item_change(epoll, target, descriptor, NULL);
		break;
	default:
		result = -EINVAL;
	}
	mutex_unlock(&watch_lock);
	if (result == 0)
		wait_queue_wake_all(&epoll->queue);
	return result;
}

struct epoll_wait_request {
	struct file *file;
	struct epoll_event *events;
	uint32_t count;
	uint32_t generation; /* of the items that the poll table was filled from */
};

/* The number of events, 0, or -EAGAIN: the items changed, start again. */
static long collect_events(void *argument, struct poll_table *table)
{
	struct epoll_wait_request *request = argument;
	struct epoll *epoll = request->file->private_data;
	struct epoll_item *item, *next;
	struct list reported = LIST_INIT(reported);
	uint32_t found = 0;

	if (table) {
		table->file = request->file;
		poll_wait(table, &epoll->queue);
	}
	mutex_lock(&epoll->lock);
	if (!table && epoll->generation != request->generation)
		found = UINT32_MAX;
	request->generation = epoll->generation;
	list_for_each_safe (item, next, &epoll->items, link) {
		if (found >= request->count)
			break;
		uint32_t ready = item_poll(item, table);
		if (!ready)
			continue;
		request->events[found++] =
			(struct epoll_event){ .events = ready, .data = item->event.data };
		item->is_disabled = item->event.events & EPOLLONESHOT;
		list_remove(&item->link);
		list_add_last(&reported, &item->link);
		table = NULL; // there will be no sleep
	}
	list_for_each_safe (item, next, &reported, link) {
		list_remove(&item->link);
		list_add_last(&epoll->items, &item->link);
	}
	mutex_unlock(&epoll->lock);
	return found == UINT32_MAX ? -EAGAIN : (long)found;
}

long epoll_wait(struct file *file, struct epoll_event *events, uint32_t count,
		nanoseconds_t deadline)
{
	struct epoll_wait_request request = { .file = file, .events = events, .count = count };
	struct epoll *epoll = file->private_data;
	long result;

	if (file->operations != &epoll_operations)
		return -EINVAL;
	do {
		request.generation = load_relaxed(&epoll->generation);
		result = poll_until(collect_events, &request, deadline, "epoll_wait");
	} while (result == -EAGAIN);
	return result == -ERESTARTNOHAND ? -EINTR : result;
}
