/* SPDX-License-Identifier: MIT */
/*
 * poll and select: user structures to and from fs/poll.h.
 *
 * Limit: poll() that is restarted after a stop waits its whole timeout again.
 */
#include "fs/poll.h"

#include "fs/file_table.h"
#include "fs/vfs.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/file/descriptor_private.h"
#include "sys/file/wait_private.h"
#include "sys/syscall.h"

#include <linux/poll.h>
#include <linux/time_types.h>

enum {
	MICROSECONDS_PER_SECOND = 1000000,
	SELECT_SETS = 3,
};

/* What makes a descriptor ready for each of select's sets. */
static const uint32_t select_events[SELECT_SETS] = {
	POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
	POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
	POLLPRI,
};

static void items_put(struct poll_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].file)
			file_put(items[i].file);
	kfree(items);
}

static bool is_within_file_limit(unsigned int count)
{
	return count <= load_relaxed(&current_process()->limits[RLIMIT_NOFILE].rlim_cur);
}

/* The waiting part of poll: events in, revents out. */
static long poll_descriptors(struct pollfd *descriptors, unsigned int count, nanoseconds_t deadline)
{
	struct poll_item *items = knew_array(struct poll_item, MAX(count, 1u));

	if (!items)
		return -ENOMEM;
	for (unsigned int i = 0; i < count; i++) {
		if (descriptors[i].fd < 0)
			continue;
		items[i].events = (uint16_t)descriptors[i].events | POLLERR | POLLHUP;
		items[i].file = descriptor_lookup(descriptors[i].fd);
		if (!items[i].file)
			items[i].ready = POLLNVAL;
	}
	long result = poll_items(items, count, deadline);
	for (unsigned int i = 0; i < count; i++)
		descriptors[i].revents = (short)items[i].ready;
	items_put(items, count);
	return result;
}

static long poll_user(struct pollfd __user *descriptors, unsigned int count, nanoseconds_t deadline)
{
	if (!is_within_file_limit(count))
		return -EINVAL;
	struct pollfd *copy = knew_array(struct pollfd, MAX(count, 1u));
	if (!copy)
		return -ENOMEM;
	long result = copy_from_user(copy, descriptors, count * sizeof(*copy));
	if (result == 0)
		result = poll_descriptors(copy, count, deadline);
	for (unsigned int i = 0; i < count && result >= 0; i++)
		if (put_user(copy[i].revents, &descriptors[i].revents))
			result = -EFAULT;
	kfree(copy);
	return result;
}

long sys_poll(struct pollfd __user *descriptors, unsigned int count, int timeout_ms)
{
	return poll_user(descriptors, count, wait_deadline_after_ms(timeout_ms));
}

long sys_ppoll(struct pollfd __user *descriptors, unsigned int count,
	       struct __kernel_timespec __user *timeout, const uint64_t __user *mask,
	       size_t mask_size)
{
	nanoseconds_t deadline;
	long result = wait_deadline_from_user(timeout, &deadline);

	if (result == 0)
		result = wait_mask_begin(mask, mask_size);
	if (result)
		return result;
	result = poll_user(descriptors, count, deadline);
	wait_mask_end(result);
	wait_tell_remaining(timeout, deadline);
	return result;
}

/* Make poll items of three bitmaps; -EBADF for a bit without an open file. */
static int select_fill(struct poll_item *items, unsigned int count, uint64_t *const sets[])
{
	for (unsigned int i = 0; i < count; i++) {
		for (int set = 0; set < SELECT_SETS; set++)
			if (bitmap_test(sets[set], i))
				items[i].events |= select_events[set];
		if (!items[i].events)
			continue;
		items[i].file = descriptor_lookup((int)i);
		if (!items[i].file)
			return -EBADF;
	}
	return 0;
}

/* Leave in the bitmaps what is ready; the number of bits. */
static long select_drain(const struct poll_item *items, unsigned int count, uint64_t *const sets[])
{
	long ready = 0;

	for (unsigned int i = 0; i < count; i++)
		for (int set = 0; set < SELECT_SETS; set++) {
			if (!bitmap_test(sets[set], i))
				continue;
			if (items[i].ready & select_events[set])
				ready++;
			else
				bitmap_clear(sets[set], i);
		}
	return ready;
}

static long select_wait(struct poll_item *items, unsigned int count, uint64_t *const sets[],
			nanoseconds_t deadline)
{
	long result = select_fill(items, count, sets);

	if (result == 0)
		result = poll_items(items, count, deadline);
	return result < 0 ? result : select_drain(items, count, sets);
}

static long select_user(int descriptor_count, unsigned long __user *const user_sets[],
			nanoseconds_t deadline)
{
	if (descriptor_count < 0)
		return -EINVAL;
	unsigned int count = MIN((unsigned int)descriptor_count, current_task()->files->capacity);
	size_t words = BITMAP_WORDS(count), size = words * sizeof(uint64_t);
	uint64_t *bits = knew_array(uint64_t, SELECT_SETS * words + 1);
	struct poll_item *items = knew_array(struct poll_item, MAX(count, 1u));
	uint64_t *const sets[SELECT_SETS] = { bits, bits + words, bits + 2 * words };
	long result = bits && items ? 0 : -ENOMEM;

	for (int set = 0; set < SELECT_SETS && result == 0; set++)
		if (user_sets[set])
			result = copy_from_user(sets[set], user_sets[set], size);
	if (result == 0)
		result = select_wait(items, count, sets, deadline);
	for (int set = 0; set < SELECT_SETS && result >= 0; set++)
		if (user_sets[set] && copy_to_user(user_sets[set], sets[set], size))
			result = -EFAULT;
	if (items)
		items_put(items, count);
	kfree(bits);
	return result;
}

long sys_select(int count, unsigned long __user *readable, unsigned long __user *writable,
		unsigned long __user *exceptional, struct __kernel_old_timeval __user *timeout)
{
	unsigned long __user *const sets[SELECT_SETS] = { readable, writable, exceptional };
	nanoseconds_t deadline = WAIT_FOREVER;
	struct __kernel_old_timeval time;

	if (timeout) {
		if (get_user(time, timeout))
			return -EFAULT;
		if (time.tv_usec < 0)
			return -EINVAL;
		long seconds = time.tv_sec + time.tv_usec / MICROSECONDS_PER_SECOND;
		long nanoseconds = time.tv_usec % MICROSECONDS_PER_SECOND * 1000;
		int error = wait_deadline_after_time(seconds, nanoseconds, &deadline);
		if (error)
			return error;
	}
	long result = select_user(count, sets, deadline);
	if (deadline != WAIT_FOREVER) {
		nanoseconds_t left = wait_time_left(deadline);
		time.tv_sec = (long)(left / NANOSECONDS_PER_SECOND);
		time.tv_usec = (long)(left % NANOSECONDS_PER_SECOND / 1000);
		/* As in Linux, nobody hears when this fails: the file's answer counts. */
		(void)!put_user(time, timeout);
	}
	return result;
}

long sys_pselect6(int count, unsigned long __user *readable, unsigned long __user *writable,
		  unsigned long __user *exceptional, struct __kernel_timespec __user *timeout,
		  const void __user *mask_and_size)
{
	unsigned long __user *const sets[SELECT_SETS] = { readable, writable, exceptional };
	struct {
		const uint64_t __user *mask;
		size_t size;
	} mask = { 0 };
	nanoseconds_t deadline;

	if (mask_and_size && copy_from_user(&mask, mask_and_size, sizeof(mask)))
		return -EFAULT;
	long result = wait_deadline_from_user(timeout, &deadline);
	if (result == 0)
		result = wait_mask_begin(mask.mask, mask.size);
	if (result)
		return result;
	result = select_user(count, sets, deadline);
	wait_mask_end(result);
	wait_tell_remaining(timeout, deadline);
	return result;
}
