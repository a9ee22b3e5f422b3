/* SPDX-License-Identifier: MIT */
/* System calls for locks on files: flock, and fcntl's part. */
#include "fs/file_lock.h"
#include "fs/file_table.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/file/lock_private.h"
#include "sys/syscall.h"

#include <linux/fcntl.h>

static const uint64_t end_of_files = INT64_MAX;

/* l_whence, l_start and l_len as first and last byte. */
static int range_from_user(const struct file *file, const struct flock *user,
			   struct file_lock *lock)
{
	int64_t base = user->l_whence == SEEK_CUR   ? file->position
		       : user->l_whence == SEEK_END ? (int64_t)file->inode->size
						    : 0;
	int64_t start, end;

	if (user->l_whence < SEEK_SET || user->l_whence > SEEK_END)
		return -EINVAL;
	if (__builtin_add_overflow(base, user->l_start, &start))
		return -EOVERFLOW;
	if (user->l_len > 0) {
		if (__builtin_add_overflow(start, user->l_len - 1, &end))
			return -EOVERFLOW;
	} else if (user->l_len == 0) {
		end = (int64_t)end_of_files;
	} else {
		end = start - 1;
		start += user->l_len;
	}
	if (start < 0)
		return -EINVAL;
	lock->start = (uint64_t)start;
	lock->end = (uint64_t)end;
	return 0;
}

static int check_type(const struct file *file, int type)
{
	uint32_t mode = file->flags & O_ACCMODE;

	if (type != F_RDLCK && type != F_WRLCK && type != F_UNLCK)
		return -EINVAL;
	if ((type == F_RDLCK && mode == O_WRONLY) || (type == F_WRLCK && mode == O_RDONLY))
		return -EBADF;
	return 0;
}

static long tell_conflict(const struct file_lock *request, struct flock *user,
			  struct flock __user *to)
{
	struct file_lock conflict;

	if (file_lock_find_conflict(request, &conflict)) {
		user->l_type = conflict.type;
		user->l_whence = SEEK_SET;
		user->l_start = (int64_t)conflict.start;
		user->l_len = conflict.end == end_of_files
				      ? 0
				      : (int64_t)(conflict.end - conflict.start + 1);
		user->l_pid = conflict.pid;
	} else {
		user->l_type = F_UNLCK;
	}
	return copy_to_user(to, user, sizeof(*user));
}

/*
 * Another thread may have closed the descriptor before the lock was there to be given up with
 * it. Then nobody would ever give it up: -EBADF, and it is gone.
 */
static int drop_if_closed(int descriptor, const struct file *file, const struct file_lock *lock)
{
	struct file *now = file_table_lookup(descriptor);
	bool is_closed = now != file;

	if (now)
		file_put(now);
	if (is_closed)
		file_lock_release(lock->inode, lock->owner);
	return is_closed ? -EBADF : 0;
}

long lock_control(int descriptor, struct file *file, unsigned command,
		  struct flock __user *argument)
{
	bool is_of_open_file = command >= F_OFD_GETLK && command <= F_OFD_SETLKW;
	bool asks = command == F_GETLK || command == F_OFD_GETLK;
	bool waits = command == F_SETLKW || command == F_OFD_SETLKW;
	struct flock user;

	if (copy_from_user(&user, argument, sizeof(user)))
		return -EFAULT;
	if (is_of_open_file && user.l_pid)
		return -EINVAL;
	struct file_lock lock = {
		.inode = file->inode,
		.owner = is_of_open_file ? (const void *)file : current_task()->files,
		.kind = FILE_LOCK_RANGE,
		.type = user.l_type,
		.pid = is_of_open_file ? -1 : current_process()->pid,
	};
	int error = range_from_user(file, &user, &lock);
	if (error)
		return error;
	if (asks)
		return user.l_type == F_RDLCK || user.l_type == F_WRLCK
			       ? tell_conflict(&lock, &user, argument)
			       : -EINVAL;
	error = check_type(file, user.l_type);
	if (!error)
		error = file_lock_apply(&lock, waits);
	if (!error && !is_of_open_file)
		error = drop_if_closed(descriptor, file, &lock);
	return error;
}

static int type_of_operation(int operation)
{
	switch (operation & ~LOCK_NB) {
	case LOCK_SH:
		return F_RDLCK;
	case LOCK_EX:
		return F_WRLCK;
	case LOCK_UN:
		return F_UNLCK;
	default:
		return -EINVAL;
	}
}

long sys_flock(int descriptor, int operation)
{
	int type = type_of_operation(operation);
	if (type < 0)
		return type;
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	struct file_lock lock = {
		.inode = file->inode,
		.owner = file,
		.kind = FILE_LOCK_WHOLE,
		.type = (int16_t)type,
		.pid = -1,
		.end = end_of_files,
	};
	long result =
		file->flags & O_PATH ? -EBADF : file_lock_apply(&lock, !(operation & LOCK_NB));
	file_put(file);
	return result;
}
