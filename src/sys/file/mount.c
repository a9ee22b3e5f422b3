/* SPDX-License-Identifier: MIT */
/* System calls about file systems as a whole. */
#include "fs/mount.h"
#include "fs/page_cache.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/file/path_private.h"
#include "sys/syscall.h"

#include <asm/statfs.h>
#include <linux/magic.h>

long sys_mount(const char __user *source, const char __user *target, const char __user *type,
	       uint64_t flags, const void __user *data)
{
	struct path_pair pair;

	(void)data; // no file system here has options yet
	if (!credentials_are_root(&current_task()->credentials))
		return -EPERM;
	if (flags & (MS_REMOUNT | MS_BIND | MS_MOVE))
		return -EINVAL;
	long error = path_pair_copy(&pair, target, type);
	if (error)
		return error;
	char *device = source ? path_copy_from_user(source) : NULL;
	if (is_error(device))
		error = pointer_error(device);
	else
		error = mount_file_system(device ? device : "none", pair.from, pair.to, flags, "");
	if (!is_error(device))
		kfree(device);
	path_pair_free(&pair);
	return error;
}

long sys_umount2(const char __user *target, int flags)
{
	if (!credentials_are_root(&current_task()->credentials))
		return -EPERM;
	if (flags)
		return -EINVAL;
	char *path = path_copy_from_user(target);
	if (is_error(path))
		return pointer_error(path);
	long error = unmount_file_system(path);
	kfree(path);
	return error;
}

static long put_statfs(const struct inode *inode, struct statfs __user *result)
{
	struct frame_statistics memory = frame_get_statistics();
	bool is_proc =
		inode->super_block && strcmp(inode->super_block->file_system->name, "proc") == 0;
	struct statfs out = {
		.f_type = !inode->super_block ? PIPEFS_MAGIC
			  : is_proc	      ? PROC_SUPER_MAGIC
					      : TMPFS_MAGIC,
		.f_bsize = PAGE_SIZE,
		.f_frsize = PAGE_SIZE,
		.f_namelen = NAME_MAX,
	};
	if (!is_proc && inode->super_block) {
		out.f_blocks = (long)memory.total;
		out.f_bfree = (long)memory.free;
		out.f_bavail = (long)page_cache_room();
	}
	return copy_to_user(result, &out, sizeof(out));
}

long sys_statfs(const char __user *user_path, struct statfs __user *result)
{
	struct path path;
	long error = path_lookup_user(AT_FDCWD, user_path, LOOKUP_FOLLOW, &path);
	if (error)
		return error;
	error = put_statfs(path.dentry->inode, result);
	path_put(&path);
	return error;
}

long sys_fstatfs(int descriptor, struct statfs __user *result)
{
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	long error = put_statfs(file->inode, result);
	file_put(file);
	return error;
}
