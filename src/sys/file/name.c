/* SPDX-License-Identifier: MIT */
/* System calls that make, change and remove names, and read symbolic links. */
#include "fs/inode.h"
#include "fs/operations.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/file/path_private.h"
#include "sys/syscall.h"

long sys_mkdirat(int directory, const char __user *user_path, uint32_t mode)
{
	char *path = path_copy_from_user(user_path);
	if (is_error(path))
		return pointer_error(path);
	long error = vfs_make_directory(directory, path, mode);
	kfree(path);
	return error;
}

long sys_mkdir(const char __user *path, uint32_t mode)
{
	return sys_mkdirat(AT_FDCWD, path, mode);
}

long sys_unlinkat(int directory, const char __user *user_path, int flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	char *path = path_copy_from_user(user_path);
	if (is_error(path))
		return pointer_error(path);
	long error = flags & AT_REMOVEDIR ? vfs_remove_directory(directory, path)
					  : vfs_unlink(directory, path);
	kfree(path);
	return error;
}

long sys_unlink(const char __user *path)
{
	return sys_unlinkat(AT_FDCWD, path, 0);
}

long sys_rmdir(const char __user *path)
{
	return sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

long sys_renameat2(int from_directory, const char __user *from, int to_directory,
		   const char __user *to, uint32_t flags)
{
	struct path_pair pair;
	long error = path_pair_copy(&pair, from, to);
	if (error)
		return error;
	error = vfs_rename(from_directory, pair.from, to_directory, pair.to, flags);
	path_pair_free(&pair);
	return error;
}

long sys_renameat(int from_directory, const char __user *from, int to_directory,
		  const char __user *to)
{
	return sys_renameat2(from_directory, from, to_directory, to, 0);
}

long sys_rename(const char __user *from, const char __user *to)
{
	return sys_renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long sys_linkat(int from_directory, const char __user *from, int to_directory,
		const char __user *to, int flags)
{
	struct path_pair pair;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	long error = path_pair_copy(&pair, from, to);
	if (error)
		return error;
	error = !*pair.from && !(flags & AT_EMPTY_PATH)
			? -ENOENT
			: vfs_link(from_directory, pair.from, to_directory, pair.to,
				   flags & AT_SYMLINK_FOLLOW);
	path_pair_free(&pair);
	return error;
}

long sys_link(const char __user *from, const char __user *to)
{
	return sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long sys_symlinkat(const char __user *target, int directory, const char __user *path)
{
	struct path_pair pair;
	long error = path_pair_copy(&pair, target, path);
	if (error)
		return error;
	error = vfs_symlink(pair.from, directory, pair.to);
	path_pair_free(&pair);
	return error;
}

long sys_symlink(const char __user *target, const char __user *path)
{
	return sys_symlinkat(target, AT_FDCWD, path);
}

long sys_readlinkat(int directory, const char __user *user_path, char __user *buffer, int size)
{
	struct path path;

	if (size <= 0)
		return -EINVAL;
	// Through a descriptor "" is the link itself.
	long result = path_lookup_user(directory, user_path,
				       directory == AT_FDCWD ? 0 : LOOKUP_EMPTY, &path);
	if (result)
		return result;
	struct inode *inode = path.dentry->inode;
	char *target = kmalloc(PATH_MAX);
	if (!target)
		result = -ENOMEM;
	else if (!S_ISLNK(inode->mode) || !inode->operations->read_link)
		result = -EINVAL;
	else
		result = inode->operations->read_link(inode, target, PATH_MAX);
	if (result > size)
		result = size;
	if (result > 0 && copy_to_user(buffer, target, (size_t)result))
		result = -EFAULT;
	kfree(target);
	path_put(&path);
	return result;
}

long sys_readlink(const char __user *path, char __user *buffer, int size)
{
	return sys_readlinkat(AT_FDCWD, path, buffer, size);
}

long sys_mknodat(int directory, const char __user *user_path, uint32_t mode, uint32_t device)
{
	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	if (S_ISDIR(mode) || S_ISLNK(mode))
		return S_ISDIR(mode) ? -EPERM : -EINVAL;
	if ((S_ISCHR(mode) || S_ISBLK(mode)) && !credentials_are_root(&current_task()->credentials))
		return -EPERM;
	char *path = path_copy_from_user(user_path);
	if (is_error(path))
		return pointer_error(path);
	long error = vfs_make_node(directory, path, mode, device);
	kfree(path);
	return error;
}

long sys_mknod(const char __user *path, uint32_t mode, uint32_t device)
{
	return sys_mknodat(AT_FDCWD, path, mode, device);
}
