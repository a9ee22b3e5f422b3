/* SPDX-License-Identifier: MIT */
/* System calls that open and close files, and on their descriptors. */
#include "fs/file_table.h"
#include "fs/path.h"
#include "fs/pipe.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/file/descriptor_private.h"
#include "sys/file/lock_private.h"
#include "sys/syscall.h"

#include <asm/ioctls.h>
#include <linux/close_range.h>

enum { FLAGS_SETTABLE = O_APPEND | O_NONBLOCK | O_NOATIME | O_DIRECT };

struct file *descriptor_lookup(int descriptor)
{
	struct file *file = file_table_lookup(descriptor);

	if (file && !file->operations) {
		file_put(file);
		return NULL;
	}
	return file;
}

long descriptor_install(struct file *file, int flags)
{
	if (is_error(file))
		return pointer_error(file);
	int descriptor = file_table_install(file, 0, flags & O_CLOEXEC);
	if (descriptor < 0)
		file_put(file);
	return descriptor;
}

long sys_openat(int directory, const char __user *user_path, int flags, uint32_t mode)
{
	char *path = path_copy_from_user(user_path);
	if (is_error(path))
		return pointer_error(path);
	struct file *file = file_open_at(directory, path, (uint32_t)flags, mode);
	kfree(path);
	return descriptor_install(file, flags);
}

long sys_open(const char __user *path, int flags, uint32_t mode)
{
	return sys_openat(AT_FDCWD, path, flags, mode);
}

long sys_creat(const char __user *path, uint32_t mode)
{
	return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

long sys_close(int descriptor)
{
	return file_table_close(descriptor);
}

long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
		return -EINVAL;
	int error = flags & CLOSE_RANGE_UNSHARE ? file_table_unshare() : 0;
	if (error)
		return error;
	if (flags & CLOSE_RANGE_CLOEXEC)
		file_table_mark_range(first, last);
	else
		file_table_close_range(first, last);
	return 0;
}

static long duplicate(int descriptor, int minimum, bool close_on_exec)
{
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	int copy = file_table_install(file, minimum, close_on_exec);
	if (copy < 0)
		file_put(file);
	return copy;
}

long sys_dup(int descriptor)
{
	return duplicate(descriptor, 0, false);
}

static long duplicate_to(int descriptor, int target, bool close_on_exec)
{
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	int copy = file_table_install_at(file, target, close_on_exec);
	if (copy < 0)
		file_put(file);
	return copy;
}

long sys_dup2(int descriptor, int target)
{
	if (descriptor == target) {
		int flag = file_table_get_flag(descriptor);
		return flag < 0 ? flag : target;
	}
	return duplicate_to(descriptor, target, false);
}

long sys_dup3(int descriptor, int target, int flags)
{
	if (descriptor == target || (flags & ~O_CLOEXEC))
		return -EINVAL;
	return duplicate_to(descriptor, target, flags & O_CLOEXEC);
}

static long set_status_flags(struct file *file, uint64_t flags)
{
	__atomic_store_n(&file->flags,
			 (file->flags & ~(uint32_t)FLAGS_SETTABLE) |
				 ((uint32_t)flags & FLAGS_SETTABLE),
			 __ATOMIC_RELAXED);
	return 0;
}

static long control_file(int descriptor, struct file *file, unsigned command, uint64_t argument)
{
	switch (command) {
	case F_GETFL:
		return (long)(file->flags | O_LARGEFILE);
	case F_SETFL:
		return set_status_flags(file, argument);
	case F_GETPIPE_SZ:
	case F_SETPIPE_SZ:
		return pipe_control(file, command, argument);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return lock_control(descriptor, file, command, (struct flock __user *)argument);
	case F_GETOWN:
		return file->owner_pid;
	case F_SETOWN:
		file->owner_pid = (int32_t)argument;
		return 0;
	default:
		return -EINVAL;
	}
}

long sys_fcntl(int descriptor, unsigned command, uint64_t argument)
{
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (argument >= current_process()->limits[RLIMIT_NOFILE].rlim_cur)
			return -EINVAL;
		return duplicate(descriptor, (int)argument, command == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return file_table_get_flag(descriptor);
	case F_SETFD:
		return file_table_set_flag(descriptor, argument & FD_CLOEXEC);
	default:
		break;
	}
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	// An O_PATH descriptor names a file; it cannot be used otherwise.
	bool is_usable = command == F_GETFL || !(file->flags & O_PATH);
	long result = is_usable ? control_file(descriptor, file, command, argument) : -EBADF;
	file_put(file);
	return result;
}

static long set_nonblocking(struct file *file, const int __user *from)
{
	int value;
	if (get_user(value, from))
		return -EFAULT;
	return set_status_flags(file, value ? file->flags | O_NONBLOCK
					    : file->flags & ~(uint32_t)O_NONBLOCK);
}

long sys_ioctl(int descriptor, unsigned command, uint64_t argument)
{
	if (command == FIOCLEX || command == FIONCLEX)
		return file_table_set_flag(descriptor, command == FIOCLEX);
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	long result = -ENOTTY;
	if (file->flags & O_PATH)
		result = -EBADF;
	else if (command == FIONREAD && S_ISREG(file->inode->mode))
		result = put_user((int)((int64_t)file->inode->size - file->position),
				  (int __user *)argument);
	else if (command == FIONBIO)
		result = set_nonblocking(file, (const int __user *)argument);
	else if (file->operations->ioctl)
		result = file->operations->ioctl(file, command, argument);
	file_put(file);
	return result;
}
