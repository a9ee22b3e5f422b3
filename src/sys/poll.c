/* SPDX-License-Identifier: MIT */
/*
 * poll, select and epoll: user structures to and from fs/poll.h and fs/eventpoll.h. The forms
 * with a signal mask put it in place for the wait; when a signal ends the wait, the mask that
 * was stays in task->saved_blocked until the handler's frame is made.
 *
 * Limit: poll() that is restarted after a stop waits its whole timeout again.
 */
#include "fs/poll.h"

#include "fs/eventfd.h"
#include "fs/eventpoll.h"
#include "fs/file_table.h"
#include "fs/pipe.h"
#include "fs/vfs.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/signal.h"
#include "sys/syscall.h"

#include <asm/signal.h>
#include <linux/eventpoll.h>
#include <linux/poll.h>
#include <linux/time_types.h>

enum {
	MICROSECONDS_PER_SECOND = 1000000,
	EPOLL_BATCH = 64, /* events taken at once: more come with the next call */
	SELECT_SETS = 3,
};

/* What makes a descriptor ready for each of select's sets. */
static const uint32_t select_events[SELECT_SETS] = {
	POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
	POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
	POLLPRI,
};

static nanoseconds_t deadline_after(nanoseconds_t timeout)
{
	nanoseconds_t deadline;

	if (timeout == 0)
		return POLL_AT_ONCE;
	if (__builtin_add_overflow(time_since_boot(), timeout, &deadline))
		return WAIT_FOREVER;
	return deadline;
}

static nanoseconds_t deadline_after_ms(int timeout_ms)
{
	if (timeout_ms < 0)
		return WAIT_FOREVER;
	return deadline_after((nanoseconds_t)timeout_ms * NANOSECONDS_PER_MILLISECOND);
}

/* Seconds and nanoseconds; a time too far away is forever. */
static int deadline_after_time(int64_t seconds, int64_t nanoseconds, nanoseconds_t *deadline)
{
	nanoseconds_t timeout;

	if (seconds < 0 || nanoseconds < 0 || nanoseconds >= NANOSECONDS_PER_SECOND)
		return -EINVAL;
	if (__builtin_mul_overflow((nanoseconds_t)seconds, NANOSECONDS_PER_SECOND, &timeout) ||
	    __builtin_add_overflow(timeout, (nanoseconds_t)nanoseconds, &timeout))
		*deadline = WAIT_FOREVER;
	else
		*deadline = deadline_after(timeout);
	return 0;
}

/* NULL: forever. */
static int deadline_from_user(const struct __kernel_timespec __user *timeout,
			      nanoseconds_t *deadline)
{
	struct __kernel_timespec time;

	*deadline = WAIT_FOREVER;
	if (!timeout)
		return 0;
	if (get_user(time, timeout))
		return -EFAULT;
	return deadline_after_time(time.tv_sec, time.tv_nsec, deadline);
}

static nanoseconds_t time_left(nanoseconds_t deadline)
{
	nanoseconds_t now = time_since_boot();

	return deadline > now ? deadline - now : 0;
}

/* Tell how much of the timeout was left; as in Linux, nobody hears when that fails. */
static void remaining_to_user(struct __kernel_timespec __user *timeout, nanoseconds_t deadline)
{
	nanoseconds_t left = time_left(deadline);
	struct __kernel_timespec time = { .tv_sec = (int64_t)(left / NANOSECONDS_PER_SECOND),
					  .tv_nsec = (int64_t)(left % NANOSECONDS_PER_SECOND) };

	if (timeout && deadline != WAIT_FOREVER)
		(void)!put_user(time, timeout);
}

static void set_blocked(signal_set_t blocked)
{
	struct task *task = current_task();
	struct spinlock *lock = &task->process->signal_lock;
	irqflags_t flags = spin_lock_irqsave(lock);

	task->blocked = blocked;
	store_relaxed(&task->has_signal_work, true);
	spin_unlock_irqrestore(lock, flags);
}

/* Block the signals of a user's mask (NULL: leave it) for the time of a wait. */
static int mask_begin(const uint64_t __user *mask, size_t mask_size)
{
	struct task *task = current_task();
	signal_set_t blocked;

	if (!mask)
		return 0;
	if (mask_size != sizeof(blocked))
		return -EINVAL;
	if (get_user(blocked, mask))
		return -EFAULT;
	task->saved_blocked = task->blocked;
	task->has_saved_blocked = true;
	set_blocked(blocked & ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP)));
	return 0;
}

static void mask_end(long result)
{
	struct task *task = current_task();

	if (!task->has_saved_blocked || result == -ERESTARTNOHAND || result == -EINTR)
		return;
	task->has_saved_blocked = false;
	set_blocked(task->saved_blocked);
}

/* The open file, referenced; NULL also for one opened with O_PATH, which cannot be used. */
static struct file *lookup_usable(int descriptor)
{
	struct file *file = file_table_lookup(descriptor);

	if (file && !file->operations) {
		file_put(file);
		return NULL;
	}
	return file;
}

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
		items[i].file = lookup_usable(descriptors[i].fd);
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
	return poll_user(descriptors, count, deadline_after_ms(timeout_ms));
}

long sys_ppoll(struct pollfd __user *descriptors, unsigned int count,
	       struct __kernel_timespec __user *timeout, const uint64_t __user *mask,
	       size_t mask_size)
{
	nanoseconds_t deadline;
	long result = deadline_from_user(timeout, &deadline);

	if (result == 0)
		result = mask_begin(mask, mask_size);
	if (result)
		return result;
	result = poll_user(descriptors, count, deadline);
	mask_end(result);
	remaining_to_user(timeout, deadline);
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
		items[i].file = lookup_usable((int)i);
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
		int error = deadline_after_time(seconds, nanoseconds, &deadline);
		if (error)
			return error;
	}
	long result = select_user(count, sets, deadline);
	if (deadline != WAIT_FOREVER) {
		nanoseconds_t left = time_left(deadline);
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
	long result = deadline_from_user(timeout, &deadline);
	if (result == 0)
		result = mask_begin(mask.mask, mask.size);
	if (result)
		return result;
	result = select_user(count, sets, deadline);
	mask_end(result);
	remaining_to_user(timeout, deadline);
	return result;
}

static long install_or_put(struct file *file, int flags)
{
	if (is_error(file))
		return pointer_error(file);
	int descriptor = file_table_install(file, 0, flags & O_CLOEXEC);
	if (descriptor < 0)
		file_put(file);
	return descriptor;
}

long sys_epoll_create1(int flags)
{
	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	return install_or_put(epoll_create(), flags);
}

long sys_epoll_create(int size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

long sys_epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event __user *event)
{
	struct epoll_event copy = { 0 };
	long result = -EBADF;

	if (operation != EPOLL_CTL_DEL && get_user(copy, event))
		return -EFAULT;
	struct file *file = lookup_usable(epoll);
	if (!file)
		return result;
	struct file *target = lookup_usable(descriptor);
	if (target) {
		result = epoll_control(file, operation, target, descriptor, &copy);
		file_put(target);
	}
	file_put(file);
	return result;
}

static long epoll_wait_user(int epoll, struct epoll_event __user *events, int count,
			    nanoseconds_t deadline)
{
	if (count <= 0 || (size_t)count > INT32_MAX / sizeof(*events))
		return -EINVAL;
	struct file *file = lookup_usable(epoll);
	if (!file)
		return -EBADF;
	uint32_t batch = (uint32_t)MIN(count, (int)EPOLL_BATCH);
	struct epoll_event *found = knew_array(struct epoll_event, batch);
	long result = found ? epoll_wait(file, found, batch, deadline) : -ENOMEM;
	if (result > 0 && copy_to_user(events, found, (size_t)result * sizeof(*found)))
		result = -EFAULT;
	kfree(found);
	file_put(file);
	return result;
}

long sys_epoll_wait(int epoll, struct epoll_event __user *events, int count, int timeout_ms)
{
	return epoll_wait_user(epoll, events, count, deadline_after_ms(timeout_ms));
}

long sys_epoll_pwait(int epoll, struct epoll_event __user *events, int count, int timeout_ms,
		     const uint64_t __user *mask, size_t mask_size)
{
	long result = mask_begin(mask, mask_size);

	if (result)
		return result;
	result = epoll_wait_user(epoll, events, count, deadline_after_ms(timeout_ms));
	mask_end(result);
	return result;
}

long sys_epoll_pwait2(int epoll, struct epoll_event __user *events, int count,
		      const struct __kernel_timespec __user *timeout, const uint64_t __user *mask,
		      size_t mask_size)
{
	nanoseconds_t deadline;
	long result = deadline_from_user(timeout, &deadline);

	if (result == 0)
		result = mask_begin(mask, mask_size);
	if (result)
		return result;
	result = epoll_wait_user(epoll, events, count, deadline);
	mask_end(result);
	return result;
}

long sys_eventfd2(unsigned int initial, int flags)
{
	if (flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK))
		return -EINVAL;
	return install_or_put(eventfd_create(initial, (uint32_t)flags), flags);
}

long sys_eventfd(unsigned int initial)
{
	return sys_eventfd2(initial, 0);
}

/* Two descriptors, and tell the user; none stays when one of these fails. */
static long install_pair(struct file *files[2], int __user *descriptors, int flags)
{
	int pair[2];

	pair[0] = (int)install_or_put(files[0], flags);
	if (pair[0] < 0) {
		file_put(files[1]);
		return pair[0];
	}
	pair[1] = (int)install_or_put(files[1], flags);
	if (pair[1] < 0) {
		(void)!file_table_close(pair[0]);
		return pair[1];
	}
	if (copy_to_user(descriptors, pair, sizeof(pair))) {
		(void)!file_table_close(pair[0]);
		(void)!file_table_close(pair[1]);
		return -EFAULT;
	}
	return 0;
}

long sys_pipe2(int __user *descriptors, int flags)
{
	struct file *files[2];

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	int error = pipe_create(files, (uint32_t)flags & O_NONBLOCK);
	if (error)
		return error;
	return install_pair(files, descriptors, flags);
}

long sys_pipe(int __user *descriptors)
{
	return sys_pipe2(descriptors, 0);
}
