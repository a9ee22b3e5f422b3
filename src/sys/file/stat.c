/* SPDX-License-Identifier: MIT */
/* System calls that tell what is known of a file, and who may use it. */
#include "fs/inode.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/file/path_private.h"
#include "sys/syscall.h"

#include <asm/stat.h>
#include <linux/kdev_t.h>

static void fill_times(const struct inode *inode, struct stat *result)
{
	const struct timestamps *times = &inode->times;
	result->st_atime = times->access / NANOSECONDS_PER_SECOND;
	result->st_atime_nsec = times->access % NANOSECONDS_PER_SECOND;
	result->st_mtime = times->modify / NANOSECONDS_PER_SECOND;
	result->st_mtime_nsec = times->modify % NANOSECONDS_PER_SECOND;
	result->st_ctime = times->change / NANOSECONDS_PER_SECOND;
	result->st_ctime_nsec = times->change % NANOSECONDS_PER_SECOND;
}

static void fill_stat(struct inode *inode, struct stat *result)
{
	uint64_t blocks = 0;
	uint32_t block_size = PAGE_SIZE;

	memset(result, 0, sizeof(*result));
	if (inode->operations && inode->operations->get_attributes)
		inode->operations->get_attributes(inode, &blocks, &block_size);
	result->st_dev = inode->super_block ? inode->super_block->device : 0;
	result->st_ino = inode->number;
	result->st_nlink = inode->link_count;
	result->st_mode = inode->mode;
	result->st_uid = inode->uid;
	result->st_gid = inode->gid;
	result->st_rdev = inode->device;
	result->st_size = (long)inode->size;
	result->st_blksize = block_size;
	result->st_blocks = (long)blocks;
	fill_times(inode, result);
}

static long put_stat(struct inode *inode, struct stat __user *result)
{
	struct stat stat;
	fill_stat(inode, &stat);
	return copy_to_user(result, &stat, sizeof(stat));
}

long sys_newfstatat(int directory, const char __user *user_path, struct stat __user *result,
		    int flags)
{
	struct path path;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
		return -EINVAL;
	long error = path_lookup_user(directory, user_path, path_lookup_flags(flags), &path);
	if (error)
		return error;
	error = put_stat(path.dentry->inode, result);
	path_put(&path);
	return error;
}

long sys_stat(const char __user *path, struct stat __user *result)
{
	return sys_newfstatat(AT_FDCWD, path, result, 0);
}

long sys_lstat(const char __user *path, struct stat __user *result)
{
	return sys_newfstatat(AT_FDCWD, path, result, AT_SYMLINK_NOFOLLOW);
}

long sys_fstat(int descriptor, struct stat __user *result)
{
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	long error = put_stat(file->inode, result);
	file_put(file);
	return error;
}

static struct statx_timestamp statx_time(nanoseconds_t time)
{
	return (struct statx_timestamp){ .tv_sec = (int64_t)(time / NANOSECONDS_PER_SECOND),
					 .tv_nsec = (uint32_t)(time % NANOSECONDS_PER_SECOND) };
}

long sys_statx(int directory, const char __user *user_path, int flags, unsigned mask,
	       struct statx __user *result)
{
	struct path path;
	struct stat stat;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE) ||
	    (mask & STATX__RESERVED))
		return -EINVAL;
	long error = path_lookup_user(directory, user_path, path_lookup_flags(flags), &path);
	if (error)
		return error;
	struct inode *inode = path.dentry->inode;
	fill_stat(inode, &stat);
	struct statx out = {
		.stx_mask = STATX_BASIC_STATS | STATX_BTIME,
		.stx_blksize = (uint32_t)stat.st_blksize,
		.stx_nlink = (uint32_t)stat.st_nlink,
		.stx_uid = stat.st_uid,
		.stx_gid = stat.st_gid,
		.stx_mode = (uint16_t)stat.st_mode,
		.stx_ino = stat.st_ino,
		.stx_size = (uint64_t)stat.st_size,
		.stx_blocks = (uint64_t)stat.st_blocks,
		.stx_atime = statx_time(inode->times.access),
		.stx_btime = statx_time(inode->times.birth),
		.stx_ctime = statx_time(inode->times.change),
		.stx_mtime = statx_time(inode->times.modify),
		.stx_rdev_major = MAJOR((uint32_t)stat.st_rdev),
		.stx_rdev_minor = MINOR((uint32_t)stat.st_rdev),
		.stx_dev_minor = (uint32_t)stat.st_dev,
	};
	path_put(&path);
	return copy_to_user(result, &out, sizeof(out));
}

/* With the real identity unless AT_EACCESS. */
long sys_faccessat2(int directory, const char __user *user_path, int mode, int flags)
{
	struct credentials *own = &current_task()->credentials;
	struct credentials saved = *own;
	struct path path;

	if ((mode & ~(MAY_READ | MAY_WRITE | MAY_EXECUTE)) ||
	    (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	if (!(flags & AT_EACCESS)) {
		own->fsuid = own->uid;
		own->fsgid = own->gid;
	}
	long error = path_lookup_user(directory, user_path, path_lookup_flags(flags), &path);
	if (!error) {
		const struct inode *inode = path.dentry->inode;
		error = inode_permission(inode, (uint32_t)mode);
		if (!error && (mode & MAY_WRITE) && path.mount && (path.mount->flags & MS_RDONLY) &&
		    !S_ISCHR(inode->mode))
			error = -EROFS;
		path_put(&path);
	}
	*own = saved;
	return error;
}

long sys_faccessat(int directory, const char __user *path, int mode)
{
	return sys_faccessat2(directory, path, mode, 0);
}

long sys_access(const char __user *path, int mode)
{
	return sys_faccessat2(AT_FDCWD, path, mode, 0);
}
