/* SPDX-License-Identifier: MIT */
/* Open files: opening, counting, reading and writing from the kernel. */
#include "fs/device.h"
#include "fs/eventpoll.h"
#include "fs/file_lock.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/path.h"
#include "fs/pipe.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/task.h"

enum { OPEN_FLAGS_KEPT = ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC) };

static struct slab_cache file_cache;

void file_init(void)
{
	slab_cache_init(&file_cache, "file", sizeof(struct file), 8);
}

void file_get(struct file *file)
{
	refcount_get(&file->references);
}

static void file_free(struct file *file)
{
	path_put(&file->path);
	inode_put(file->inode);
	slab_free(&file_cache, file);
}

void file_put(struct file *file)
{
	DEBUG_ASSERT(may_sleep());
	if (!refcount_put(&file->references))
		return;
	if (load_relaxed(&file->watchers))
		epoll_forget_file(file);
	file_lock_release(file->inode, file);
	if (file->operations && file->operations->release)
		file->operations->release(file);
	file_free(file);
}

static struct file *file_create(uint32_t flags)
{
	struct file *file = slab_allocate(&file_cache, struct file);
	if (!file)
		return NULL;
	refcount_init(&file->references);
	mutex_init(&file->position_lock, LOCK_RANK_FILE);
	file->flags = flags;
	return file;
}

struct file *file_create_anonymous(struct inode *inode, const struct file_operations *operations,
				   uint32_t flags, const char *name)
{
	struct file *file = file_create(flags);
	struct dentry *dentry = file ? dentry_create_anonymous(name) : NULL;

	if (!dentry) {
		if (file)
			slab_free(&file_cache, file);
		inode_put(inode);
		return error_pointer(-ENOMEM);
	}
	inode_get(inode);
	dentry_instantiate(dentry, inode); // for opening it again through /proc/PID/fd
	file->path.dentry = dentry;
	file->inode = inode;
	file->operations = operations;
	return file;
}

static uint32_t access_mask(uint32_t flags)
{
	static const uint8_t masks[4] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, 0 };
	return masks[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
}

static int check_open(const struct path *path, uint32_t flags, bool was_created)
{
	const struct inode *inode = path->dentry->inode;
	uint32_t mask = access_mask(flags);

	if (S_ISLNK(inode->mode))
		return flags & O_PATH ? 0 : -ELOOP;
	if ((flags & O_DIRECTORY) && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (flags & O_PATH)
		return 0;
	if (S_ISDIR(inode->mode) && ((mask & MAY_WRITE) || (flags & O_CREAT)))
		return -EISDIR;
	if (S_ISSOCK(inode->mode))
		return -ENXIO;
	if ((mask & MAY_WRITE) && path->mount && (path->mount->flags & MS_RDONLY) &&
	    !S_ISCHR(inode->mode))
		return -EROFS;
	if ((S_ISCHR(inode->mode) || S_ISBLK(inode->mode)) && path->mount &&
	    (path->mount->flags & MS_NODEV))
		return -EACCES;
	if ((flags & O_NOATIME) && !inode_is_owned(inode))
		return -EPERM;
	return was_created ? 0 : inode_permission(inode, mask);
}

static const struct file_operations *choose_operations(struct inode *inode)
{
	if (S_ISCHR(inode->mode))
		return character_device_operations(inode->device);
	if (S_ISFIFO(inode->mode))
		return &fifo_file_operations;
	if (S_ISBLK(inode->mode))
		return NULL;
	return inode->file_operations;
}

static int truncate_file(struct inode *inode)
{
	if (!S_ISREG(inode->mode) || !inode->operations->set_size)
		return 0;
	mutex_lock(&inode->lock);
	int error = inode->operations->set_size(inode, 0);
	mutex_unlock(&inode->lock);
	return error;
}

/* Open what path names; its references are used up. */
static struct file *open_path(struct path path, uint32_t flags, bool was_created)
{
	struct inode *inode = path.dentry->inode;
	int error = check_open(&path, flags, was_created);
	struct file *file =
		error ? NULL : file_create(flags & (uint32_t)(OPEN_FLAGS_KEPT | O_NOCTTY));

	if (!file) {
		path_put(&path);
		return error_pointer(error ? error : -ENOMEM);
	}
	file->path = path;
	file->inode = inode;
	inode_get(inode);
	if (flags & O_PATH)
		return file;
	file->operations = choose_operations(inode);
	if (!file->operations)
		error = -ENXIO;
	if (!error && (flags & O_TRUNC))
		error = truncate_file(inode);
	if (!error && file->operations->open)
		error = file->operations->open(inode, file);
	file->flags &= ~(uint32_t)O_NOCTTY; // was for the open operation only
	if (error) {
		file_free(file);
		return error_pointer(error);
	}
	return file;
}

/* Make the negative dentry a file. The directory's lock is held. */
static int create_locked(const struct path *directory, struct dentry *dentry, uint32_t mode)
{
	struct inode *inode = directory->dentry->inode;

	if (directory->mount->flags & MS_RDONLY)
		return -EROFS;
	if (dentry_is_unhashed(directory->dentry))
		return -ENOENT;
	int error = inode_permission(inode, MAY_WRITE | MAY_EXECUTE);
	if (error)
		return error;
	return inode->operations->create ? inode->operations->create(inode, dentry, mode) : -EACCES;
}

/* Where the found or made dentry leads; its reference is used up. */
static int enter_last(const struct path *directory, struct dentry *dentry, uint32_t flags,
		      struct path *result)
{
	struct inode *inode = dentry->inode;

	if (S_ISLNK(inode->mode) && inode->operations->follow_link && !(flags & O_NOFOLLOW)) {
		int error = inode->operations->follow_link(inode, result); // as in /proc/self/fd
		dentry_put(dentry);
		return error;
	}
	*result = (struct path){ directory->mount, dentry };
	refcount_get(&result->mount->references);
	path_cross_mounts(result);
	return 0;
}

static int open_or_create_last(struct path_parent *parent, uint32_t flags, uint32_t mode,
			       struct path *result, bool *was_created)
{
	struct path *directory = &parent->directory;
	struct inode *inode = directory->dentry->inode;

	if (parent->is_special)
		return flags & O_EXCL ? -EEXIST : -EISDIR;
	if (parent->has_trailing_slash)
		return -EISDIR;
	mutex_lock(&inode->lock);
	struct dentry *dentry =
		dentry_lookup_locked(directory->dentry, parent->name, strlen(parent->name));
	int error = 0;
	if (is_error(dentry)) {
		error = (int)pointer_error(dentry);
	} else if (dentry->inode) {
		error = flags & O_EXCL ? -EEXIST : 0;
	} else {
		error = create_locked(directory, dentry, mode);
		*was_created = !error;
	}
	mutex_unlock(&inode->lock);
	if (!error)
		return enter_last(directory, dentry, flags, result);
	if (!is_error(dentry))
		dentry_put(dentry);
	return error;
}

/* O_CREAT: find or make the last component. *was_created tells which. */
static int open_or_create(int directory, const char *name, uint32_t flags, uint32_t mode,
			  struct path *result, bool *was_created)
{
	struct path_parent parent;
	int error = flags & (O_EXCL | O_NOFOLLOW)
			    ? path_lookup_parent(directory, name, &parent)
			    : path_lookup_parent_follow(directory, name, &parent);
	if (error)
		return error;
	error = open_or_create_last(&parent, flags, mode, result, was_created);
	path_parent_deinit(&parent);
	return error;
}

struct file *file_open_at(int directory, const char *name, uint32_t flags, uint32_t mode)
{
	struct path path;
	bool was_created = false;
	int error;

	if ((flags & O_TMPFILE) == O_TMPFILE)
		return error_pointer(-EOPNOTSUPP);
	if ((flags & O_CREAT) && !(flags & O_PATH)) {
		mode = (mode & 07777 & ~current_task()->fs->umask) | S_IFREG;
		error = open_or_create(directory, name, flags, mode, &path, &was_created);
	} else {
		error = path_lookup(directory, name,
				    (flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
					    (flags & O_DIRECTORY ? LOOKUP_DIRECTORY : 0),
				    &path);
	}
	return error ? error_pointer(error)
		     : open_path(path, was_created ? flags & ~(uint32_t)O_TRUNC : flags,
				 was_created);
}

struct file *file_open(const char *name, uint32_t flags, uint32_t mode)
{
	return file_open_at(AT_FDCWD, name, flags, mode);
}

ssize_t file_read_kernel(struct file *file, void *buffer, size_t size, file_offset_t position)
{
	struct iov_iter iter;
	if (!file->operations || !file->operations->read)
		return -EINVAL;
	iov_iter_init_kernel(&iter, buffer, size);
	return file->operations->read(file, &iter, &position);
}

ssize_t file_write_kernel(struct file *file, const void *buffer, size_t size,
			  file_offset_t position)
{
	struct iov_iter iter;
	if (!file->operations || !file->operations->write)
		return -EINVAL;
	iov_iter_init_kernel(&iter, (void *)(uintptr_t)buffer, size);
	return file->operations->write(file, &iter, &position);
}

struct frame *file_get_page(struct file *file, uint64_t index)
{
	struct inode *inode = file->inode;
	if (!inode->operations || !inode->operations->get_page)
		return error_pointer(-ENXIO);
	return inode->operations->get_page(inode, index);
}

char *file_format_path(const struct file *file, char *buffer, size_t size)
{
	return path_format(&file->path, buffer, size);
}

/* Seeking in a file whose size is the inode's. */
file_offset_t file_seek_bytes(struct file *file, file_offset_t offset, int whence)
{
	file_offset_t base = 0, size = (file_offset_t)file->inode->size, target;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		base = file->position;
		break;
	case SEEK_END:
		base = size;
		break;
	case SEEK_DATA: // no holes are told apart: all is data, with a hole at the end
	case SEEK_HOLE:
		if (offset < 0 || offset >= size)
			return -ENXIO;
		return file->position = whence == SEEK_DATA ? offset : size;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &target))
		return -EOVERFLOW;
	if (target < 0)
		return -EINVAL;
	return file->position = target;
}
