/* SPDX-License-Identifier: MIT */
/* System calls that change a file's attributes: mode, owner, times, size. */
#include "fs/inode.h"
#include "fs/mount.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/file/path_private.h"
#include "sys/syscall.h"

#include <linux/time_types.h>

enum {
	UTIME_NOW = (1l << 30) - 1, /* as in the C library's <sys/stat.h> */
	UTIME_OMIT = (1l << 30) - 2,
	ID_KEEP = -1,
	KEPT_MODE_BITS = 07777,
};

/* Of files without a name (pipes), which have no mount: no. */
static bool is_read_only(const struct path *path)
{
	return path->mount && (path->mount->flags & MS_RDONLY);
}

static long change_mode(const struct path *path, uint32_t mode)
{
	struct inode *inode = path->dentry->inode;

	if (is_read_only(path))
		return -EROFS;
	if (!inode_is_owned(inode))
		return -EPERM;
	mutex_lock(&inode->lock);
	inode->mode = (inode->mode & S_IFMT) | (mode & KEPT_MODE_BITS);
	inode->times.change = time_wall_clock();
	mutex_unlock(&inode->lock);
	return 0;
}

static long change_owner(const struct path *path, uint32_t uid, uint32_t gid)
{
	struct inode *inode = path->dentry->inode;
	bool is_root = credentials_are_root(&current_task()->credentials);

	if (is_read_only(path))
		return -EROFS;
	if (!is_root && (uid != (uint32_t)ID_KEEP && uid != inode->uid))
		return -EPERM;
	if (!is_root && (!inode_is_owned(inode) ||
			 (gid != (uint32_t)ID_KEEP && gid != current_task()->credentials.fsgid)))
		return -EPERM;
	mutex_lock(&inode->lock);
	if (uid != (uint32_t)ID_KEEP)
		inode->uid = uid;
	if (gid != (uint32_t)ID_KEEP)
		inode->gid = gid;
	if (S_ISREG(inode->mode)) // a new owner must not get set-ID programs of the old one
		inode->mode &= ~(uint32_t)(S_ISUID | (inode->mode & 0010 ? S_ISGID : 0));
	inode->times.change = time_wall_clock();
	mutex_unlock(&inode->lock);
	return 0;
}

long sys_fchmodat(int directory, const char __user *user_path, uint32_t mode)
{
	struct path path;
	long error = path_lookup_user(directory, user_path, LOOKUP_FOLLOW, &path);
	if (error)
		return error;
	error = change_mode(&path, mode);
	path_put(&path);
	return error;
}

long sys_chmod(const char __user *path, uint32_t mode)
{
	return sys_fchmodat(AT_FDCWD, path, mode);
}

long sys_fchmod(int descriptor, uint32_t mode)
{
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	long error = file->flags & O_PATH ? -EBADF : change_mode(&file->path, mode);
	file_put(file);
	return error;
}

long sys_fchownat(int directory, const char __user *user_path, uint32_t uid, uint32_t gid,
		  int flags)
{
	struct path path;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	long error = path_lookup_user(directory, user_path, path_lookup_flags(flags), &path);
	if (error)
		return error;
	error = change_owner(&path, uid, gid);
	path_put(&path);
	return error;
}

long sys_chown(const char __user *path, uint32_t uid, uint32_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long sys_lchown(const char __user *path, uint32_t uid, uint32_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(int descriptor, uint32_t uid, uint32_t gid)
{
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	long error = file->flags & O_PATH ? -EBADF : change_owner(&file->path, uid, gid);
	file_put(file);
	return error;
}

/* One of utimensat's times: a new value, now, or kept. */
static long apply_time(const struct __kernel_timespec *time, nanoseconds_t now,
		       nanoseconds_t *field)
{
	if (time->tv_nsec == UTIME_OMIT)
		return 0;
	if (time->tv_nsec == UTIME_NOW) {
		*field = now;
		return 0;
	}
	if (time->tv_nsec < 0 || time->tv_nsec >= NANOSECONDS_PER_SECOND)
		return -EINVAL;
	*field =
		(nanoseconds_t)time->tv_sec * NANOSECONDS_PER_SECOND + (nanoseconds_t)time->tv_nsec;
	return 0;
}

static long set_times(const struct path *path, const struct __kernel_timespec times[2])
{
	struct inode *inode = path->dentry->inode;
	bool is_now = times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW;
	nanoseconds_t now = time_wall_clock();

	if (is_read_only(path))
		return -EROFS;
	if (!inode_is_owned(inode) && !(is_now && inode_permission(inode, MAY_WRITE) == 0))
		return is_now ? -EACCES : -EPERM;
	mutex_lock(&inode->lock);
	struct timestamps changed = inode->times;
	long error = apply_time(&times[0], now, &changed.access);
	if (!error)
		error = apply_time(&times[1], now, &changed.modify);
	if (!error) {
		changed.change = now;
		inode->times = changed;
	}
	mutex_unlock(&inode->lock);
	return error;
}

long sys_utimensat(int directory, const char __user *user_path,
		   const struct __kernel_timespec __user *user_times, int flags)
{
	struct __kernel_timespec times[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct path path;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (user_times && copy_from_user(times, user_times, sizeof(times)))
		return -EFAULT;
	if (!user_path && directory == AT_FDCWD)
		return -EFAULT;
	if (!user_path) { // as futimens: the descriptor itself
		struct file *file = file_table_lookup(directory);
		if (!file)
			return -EBADF;
		long error = file->flags & O_PATH ? -EBADF : set_times(&file->path, times);
		file_put(file);
		return error;
	}
	long error = path_lookup_user(directory, user_path, path_lookup_flags(flags), &path);
	if (error)
		return error;
	error = set_times(&path, times);
	path_put(&path);
	return error;
}

long sys_truncate(const char __user *user_path, int64_t size)
{
	struct path path;

	if (size < 0)
		return -EINVAL;
	long error = path_lookup_user(AT_FDCWD, user_path, LOOKUP_FOLLOW, &path);
	if (error)
		return error;
	struct inode *inode = path.dentry->inode;
	if (S_ISDIR(inode->mode))
		error = -EISDIR;
	else if (!S_ISREG(inode->mode) || !inode->operations->set_size)
		error = -EINVAL;
	else
		error = is_read_only(&path) ? -EROFS : inode_permission(inode, MAY_WRITE);
	if (!error) {
		mutex_lock(&inode->lock);
		error = inode->operations->set_size(inode, (uint64_t)size);
		mutex_unlock(&inode->lock);
	}
	path_put(&path);
	return error;
}
