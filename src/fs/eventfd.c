/* SPDX-License-Identifier: MIT */
/* The count is changed by compare-and-exchange alone, so there is no lock. */
#include "fs/eventfd.h"

#include "fs/inode.h"
#include "fs/poll.h"
#include "lib/atomic.h"
#include "mm/slab.h"

#include <linux/poll.h>

enum { EVENTFD_SIZE = sizeof(uint64_t) };
static const uint64_t eventfd_max = UINT64_MAX - 1;

/* Locks: I immutable, A atomic */
struct eventfd {
	uint64_t count;		 /* A */
	bool is_semaphore;	 /* I */
	struct wait_queue queue; /* readers, writers and pollers */
};

/* Take what a read gives: all, or 1 of a semaphore. False when there is nothing. */
static bool count_take(struct eventfd *eventfd, uint64_t *taken)
{
	uint64_t count = load_relaxed(&eventfd->count);

	while (count) {
		*taken = eventfd->is_semaphore ? 1 : count;
		if (compare_exchange_acquire(&eventfd->count, count, count - *taken))
			return true;
		count = load_relaxed(&eventfd->count);
	}
	return false;
}

static bool count_add(struct eventfd *eventfd, uint64_t value)
{
	uint64_t count = load_relaxed(&eventfd->count);

	while (value <= eventfd_max - count) {
		if (compare_exchange_acquire(&eventfd->count, count, count + value))
			return true;
		count = load_relaxed(&eventfd->count);
	}
	return false;
}

static ssize_t eventfd_read(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	struct eventfd *eventfd = file->private_data;
	uint64_t taken = 0;

	(void)position;
	if (to->count < EVENTFD_SIZE)
		return -EINVAL;
	if (!count_take(eventfd, &taken)) {
		if (load_relaxed(&file->flags) & O_NONBLOCK)
			return -EAGAIN;
		int error = WAIT_EVENT_INTERRUPTIBLE(&eventfd->queue, count_take(eventfd, &taken),
						     "eventfd read");
		if (error)
			return error;
	}
	wait_queue_wake_all(&eventfd->queue);
	return iov_iter_copy_to(to, &taken, EVENTFD_SIZE);
}

static ssize_t eventfd_write(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	struct eventfd *eventfd = file->private_data;
	uint64_t value;

	(void)position;
	if (from->count < EVENTFD_SIZE)
		return -EINVAL;
	if (iov_iter_copy_from(from, &value, EVENTFD_SIZE) != EVENTFD_SIZE)
		return -EFAULT;
	if (value > eventfd_max)
		return -EINVAL;
	if (!count_add(eventfd, value)) {
		if (load_relaxed(&file->flags) & O_NONBLOCK)
			return -EAGAIN;
		int error = WAIT_EVENT_INTERRUPTIBLE(&eventfd->queue, count_add(eventfd, value),
						     "eventfd write");
		if (error)
			return error;
	}
	wait_queue_wake_all(&eventfd->queue);
	return EVENTFD_SIZE;
}

static uint32_t eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *eventfd = file->private_data;

	if (table)
		poll_wait(table, &eventfd->queue);
	uint64_t count = load_relaxed(&eventfd->count);
	return (count ? POLLIN : 0) | (count < eventfd_max ? POLLOUT : 0);
}

static void eventfd_release(struct file *file)
{
	kfree(file->private_data);
}

static const struct file_operations eventfd_operations = {
	.release = eventfd_release,
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
};

struct file *eventfd_create(uint32_t initial, uint32_t flags)
{
	struct eventfd *eventfd = knew(struct eventfd);

	if (!eventfd)
		return error_pointer(-ENOMEM);
	eventfd->count = initial;
	eventfd->is_semaphore = flags & EFD_SEMAPHORE;
	wait_queue_init(&eventfd->queue);
	struct inode *inode = inode_create_anonymous(0600);
	struct file *file = (void *)inode;
	if (!is_error(inode))
		file = file_create_anonymous(inode, &eventfd_operations,
					     O_RDWR | (flags & O_NONBLOCK), "anon_inode:[eventfd]");
	if (is_error(file))
		kfree(eventfd);
	else
		file->private_data = eventfd;
	return file;
}
