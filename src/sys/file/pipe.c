/* SPDX-License-Identifier: MIT */
/* System calls that make files without a name: pipes and event counters. */
#include "fs/pipe.h"

#include "fs/eventfd.h"
#include "fs/file_table.h"
#include "fs/vfs.h"
#include "mm/user_copy.h"
#include "sys/file/descriptor_private.h"
#include "sys/syscall.h"

long sys_eventfd2(unsigned int initial, int flags)
{
	if (flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK))
		return -EINVAL;
	return descriptor_install(eventfd_create(initial, (uint32_t)flags), flags);
}

long sys_eventfd(unsigned int initial)
{
	return sys_eventfd2(initial, 0);
}

/* Two descriptors, and tell the user; none stays when one of these fails. */
static long install_pair(struct file *files[2], int __user *descriptors, int flags)
{
	int pair[2];

	pair[0] = (int)descriptor_install(files[0], flags);
	if (pair[0] < 0) {
		file_put(files[1]);
		return pair[0];
	}
	pair[1] = (int)descriptor_install(files[1], flags);
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
