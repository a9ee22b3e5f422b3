/* SPDX-License-Identifier: MIT */
/* epoll: user structures to and from fs/eventpoll.h. */
#include "fs/eventpoll.h"

#include "mm/slab.h"
#include "mm/user_copy.h"
#include "sys/file/descriptor_private.h"
#include "sys/file/wait_private.h"
#include "sys/syscall.h"

#include <linux/eventpoll.h>

enum { EPOLL_BATCH = 64 }; /* events taken at once: more come with the next call */

long sys_epoll_create1(int flags)
{
	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	return descriptor_install(epoll_create(), flags);
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
	struct file *file = descriptor_lookup(epoll);
	if (!file)
		return result;
	struct file *target = descriptor_lookup(descriptor);
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
	struct file *file = descriptor_lookup(epoll);
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
	return epoll_wait_user(epoll, events, count, wait_deadline_after_ms(timeout_ms));
}

long sys_epoll_pwait(int epoll, struct epoll_event __user *events, int count, int timeout_ms,
		     const uint64_t __user *mask, size_t mask_size)
{
	long result = wait_mask_begin(mask, mask_size);

	if (result)
		return result;
	result = epoll_wait_user(epoll, events, count, wait_deadline_after_ms(timeout_ms));
	wait_mask_end(result);
	return result;
}

long sys_epoll_pwait2(int epoll, struct epoll_event __user *events, int count,
		      const struct __kernel_timespec __user *timeout, const uint64_t __user *mask,
		      size_t mask_size)
{
	nanoseconds_t deadline;
	long result = wait_deadline_from_user(timeout, &deadline);

	if (result == 0)
		result = wait_mask_begin(mask, mask_size);
	if (result)
		return result;
	result = epoll_wait_user(epoll, events, count, deadline);
	wait_mask_end(result);
	return result;
}
