/* SPDX-License-Identifier: MIT */
/* System calls about a task's place in the tree: working directory, root, umask. */
#include "fs/inode.h"
#include "fs/mount.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/file/path_private.h"
#include "sys/syscall.h"

static long enter_directory(struct path path)
{
	struct fs_context *fs = current_task()->fs;
	long error = S_ISDIR(path.dentry->inode->mode)
			     ? inode_permission(path.dentry->inode, MAY_EXECUTE)
			     : -ENOTDIR;
	if (error)
		path_put(&path);
	else
		fs_context_set(fs, &fs->working_directory, path);
	return error;
}

long sys_chdir(const char __user *user_path)
{
	struct path path;
	long error = path_lookup_user(AT_FDCWD, user_path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);
	return error ? error : enter_directory(path);
}

long sys_fchdir(int descriptor)
{
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	struct path path = file->path;
	path_get(&path);
	file_put(file);
	return enter_directory(path);
}

long sys_getcwd(char __user *buffer, size_t size)
{
	struct fs_context *fs = current_task()->fs;
	char *text = kmalloc(PATH_MAX);

	if (!text)
		return -ENOMEM;
	spin_lock(&fs->lock);
	struct path path = fs->working_directory;
	path_get(&path);
	spin_unlock(&fs->lock);
	char *start = path_format(&path, text, PATH_MAX);
	long result;
	if (is_error(start))
		result = pointer_error(start);
	else if (dentry_is_unhashed(path.dentry))
		result = -ENOENT;
	else if (strlen(start) + 1 > size)
		result = -ERANGE;
	else
		result = copy_to_user(buffer, start, strlen(start) + 1) ? -EFAULT
									: (long)strlen(start) + 1;
	path_put(&path);
	kfree(text);
	return result;
}

long sys_chroot(const char __user *user_path)
{
	struct fs_context *fs = current_task()->fs;
	struct path path;
	long error = path_lookup_user(AT_FDCWD, user_path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (error)
		return error;
	if (!credentials_are_root(&current_task()->credentials)) {
		path_put(&path);
		return -EPERM;
	}
	fs_context_set(fs, &fs->root, path);
	return 0;
}

long sys_umask(uint32_t mask)
{
	struct fs_context *fs = current_task()->fs;

	spin_lock(&fs->lock);
	uint32_t old = fs->umask;
	fs->umask = mask & 0777;
	spin_unlock(&fs->lock);
	return old;
}
