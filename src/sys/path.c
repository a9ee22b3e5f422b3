/* SPDX-License-Identifier: MIT */
/* System calls on paths. */
#include "fs/path.h"

#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/operations.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/syscall.h"

#include <asm/stat.h>
#include <asm/statfs.h>
#include <linux/kdev_t.h>
#include <linux/magic.h>
#include <linux/time_types.h>

enum {
	UTIME_NOW = (1l << 30) - 1, /* as in the C library's <sys/stat.h> */
	UTIME_OMIT = (1l << 30) - 2,
	ID_KEEP = -1,
	KEPT_MODE_BITS = 07777,
};

/* Look up what a call names: a path, or the descriptor itself with AT_EMPTY_PATH and "". */
static int lookup_user(int directory, const char __user *user_path, uint32_t lookup,
		       struct path *result)
{
	char *path = path_copy_from_user(user_path);
	if (is_error(path))
		return (int)pointer_error(path);
	int error;
	if (!*path && (lookup & LOOKUP_EMPTY) && directory != AT_FDCWD) {
		struct file *file = file_table_lookup(directory);
		error = file ? 0 : -EBADF;
		if (file) {
			*result = file->path;
			path_get(result);
			file_put(file);
		}
	} else {
		error = path_lookup(directory, path, lookup, result);
	}
	kfree(path);
	return error;
}

static uint32_t lookup_from_flags(int flags, bool follows_by_default)
{
	bool follows = follows_by_default ? !(flags & AT_SYMLINK_NOFOLLOW)
					  : (flags & AT_SYMLINK_FOLLOW) != 0;
	return (follows ? LOOKUP_FOLLOW : 0) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

/* ---- stat ---- */

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
	long error = lookup_user(directory, user_path, lookup_from_flags(flags, true), &path);
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
	long error = lookup_user(directory, user_path, lookup_from_flags(flags, true), &path);
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
	long error = lookup_user(directory, user_path, lookup_from_flags(flags, true), &path);
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

/* ---- names ---- */

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

/* Both paths of a call in kernel memory. */
struct path_pair {
	char *from, *to;
};

static long copy_pair(struct path_pair *pair, const char __user *from, const char __user *to)
{
	pair->from = path_copy_from_user(from);
	if (is_error(pair->from))
		return pointer_error(pair->from);
	pair->to = path_copy_from_user(to);
	if (is_error(pair->to)) {
		kfree(pair->from);
		return pointer_error(pair->to);
	}
	return 0;
}

static void free_pair(struct path_pair *pair)
{
	kfree(pair->from);
	kfree(pair->to);
}

long sys_renameat2(int from_directory, const char __user *from, int to_directory,
		   const char __user *to, uint32_t flags)
{
	struct path_pair pair;
	long error = copy_pair(&pair, from, to);
	if (error)
		return error;
	error = vfs_rename(from_directory, pair.from, to_directory, pair.to, flags);
	free_pair(&pair);
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
	long error = copy_pair(&pair, from, to);
	if (error)
		return error;
	error = !*pair.from && !(flags & AT_EMPTY_PATH)
			? -ENOENT
			: vfs_link(from_directory, pair.from, to_directory, pair.to,
				   flags & AT_SYMLINK_FOLLOW);
	free_pair(&pair);
	return error;
}

long sys_link(const char __user *from, const char __user *to)
{
	return sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long sys_symlinkat(const char __user *target, int directory, const char __user *path)
{
	struct path_pair pair;
	long error = copy_pair(&pair, target, path);
	if (error)
		return error;
	error = vfs_symlink(pair.from, directory, pair.to);
	free_pair(&pair);
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
	long result =
		lookup_user(directory, user_path, directory == AT_FDCWD ? 0 : LOOKUP_EMPTY, &path);
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

/* ---- attributes ---- */

static long change_mode(const struct path *path, uint32_t mode)
{
	struct inode *inode = path->dentry->inode;

	if (path->mount && (path->mount->flags & MS_RDONLY))
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

	if (path->mount && (path->mount->flags & MS_RDONLY))
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
	long error = lookup_user(directory, user_path, LOOKUP_FOLLOW, &path);
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
	long error = lookup_user(directory, user_path, lookup_from_flags(flags, true), &path);
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

static long set_times(struct inode *inode, const struct __kernel_timespec times[2], bool is_now)
{
	nanoseconds_t now = time_wall_clock();

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
	bool is_now = times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW;
	if (!user_path && directory == AT_FDCWD)
		return -EFAULT;
	if (!user_path) { // as futimens: the descriptor itself
		struct file *file = file_table_lookup(directory);
		if (!file)
			return -EBADF;
		long error = set_times(file->inode, times, is_now);
		file_put(file);
		return error;
	}
	long error = lookup_user(directory, user_path, lookup_from_flags(flags, true), &path);
	if (error)
		return error;
	error = set_times(path.dentry->inode, times, is_now);
	path_put(&path);
	return error;
}

long sys_truncate(const char __user *user_path, int64_t size)
{
	struct path path;

	if (size < 0)
		return -EINVAL;
	long error = lookup_user(AT_FDCWD, user_path, LOOKUP_FOLLOW, &path);
	if (error)
		return error;
	struct inode *inode = path.dentry->inode;
	if (S_ISDIR(inode->mode))
		error = -EISDIR;
	else if (!S_ISREG(inode->mode) || !inode->operations->set_size)
		error = -EINVAL;
	else
		error = inode_permission(inode, MAY_WRITE);
	if (!error) {
		mutex_lock(&inode->lock);
		error = inode->operations->set_size(inode, (uint64_t)size);
		mutex_unlock(&inode->lock);
	}
	path_put(&path);
	return error;
}

/* ---- the task's place ---- */

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
	long error = lookup_user(AT_FDCWD, user_path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);
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
	long error = lookup_user(AT_FDCWD, user_path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

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

/* ---- mounts ---- */

long sys_mount(const char __user *source, const char __user *target, const char __user *type,
	       uint64_t flags, const void __user *data)
{
	struct path_pair pair;

	(void)data; // no file system here has options yet
	if (!credentials_are_root(&current_task()->credentials))
		return -EPERM;
	if (flags & (MS_REMOUNT | MS_BIND | MS_MOVE))
		return -EINVAL;
	long error = copy_pair(&pair, target, type);
	if (error)
		return error;
	char *device = source ? path_copy_from_user(source) : NULL;
	if (is_error(device))
		error = pointer_error(device);
	else
		error = mount_file_system(device ? device : "none", pair.from, pair.to, flags, "");
	if (!is_error(device))
		kfree(device);
	free_pair(&pair);
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
		out.f_bfree = out.f_bavail = (long)memory.free;
	}
	return copy_to_user(result, &out, sizeof(out));
}

long sys_statfs(const char __user *user_path, struct statfs __user *result)
{
	struct path path;
	long error = lookup_user(AT_FDCWD, user_path, LOOKUP_FOLLOW, &path);
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
