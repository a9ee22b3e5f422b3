/* SPDX-License-Identifier: MIT */
/* Making files of an archive's entries. A corrupt archive leaves what came before the fault. */
#include "core/log.h"
#include "core/time.h"
#include "fs/cpio.h"
#include "fs/inode.h"
#include "fs/operations.h"
#include "fs/path.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"

#include <linux/kdev_t.h>

enum { LINK_BUCKETS = 64 };

/* Names of files with several links, by their inode number in the archive. */
struct link_memory {
	struct link_memory *next;
	uint32_t inode_number;
	uint64_t file_system;
	const char *name; /* in the archive */
};

struct unpacker {
	struct link_memory *links[LINK_BUCKETS];
};

static const char *find_link(const struct unpacker *unpacker, const struct cpio_entry *entry)
{
	for (const struct link_memory *link = unpacker->links[entry->inode_number % LINK_BUCKETS];
	     link; link = link->next)
		if (link->inode_number == entry->inode_number &&
		    link->file_system == entry->file_system)
			return link->name;
	return NULL;
}

static int remember_link(struct unpacker *unpacker, const struct cpio_entry *entry)
{
	struct link_memory *link = knew(struct link_memory);
	if (!link)
		return -ENOMEM;
	link->inode_number = entry->inode_number;
	link->file_system = entry->file_system;
	link->name = entry->name;
	link->next = unpacker->links[entry->inode_number % LINK_BUCKETS];
	unpacker->links[entry->inode_number % LINK_BUCKETS] = link;
	return 0;
}

/* A later entry of one name replaces the earlier, as in Linux. */
static void remove_old(const char *name)
{
	if (vfs_unlink(AT_FDCWD, name)) {
		// Usually there was none; a directory in the way shows in the next step's error.
	}
}

static int write_data(const struct cpio_entry *entry)
{
	struct file *file = file_open(entry->name, O_WRONLY | O_CREAT | O_TRUNC, entry->mode);
	if (is_error(file))
		return (int)pointer_error(file);
	ssize_t written = 0;
	if (entry->size)
		written = file_write_kernel(file, entry->data, entry->size, 0);
	file_put(file);
	return written < 0 ? (int)written : written == (ssize_t)entry->size ? 0 : -ENOSPC;
}

static int make_file(struct unpacker *unpacker, const struct cpio_entry *entry)
{
	if (entry->link_count > 1) {
		const char *first = find_link(unpacker, entry);
		if (first) {
			remove_old(entry->name);
			int error = vfs_link(AT_FDCWD, first, AT_FDCWD, entry->name, false);
			// The data may come with any of the names, usually the last.
			return error || entry->size == 0 ? error : write_data(entry);
		}
		int error = remember_link(unpacker, entry);
		if (error)
			return error;
	}
	return write_data(entry);
}

static int make_link(const struct cpio_entry *entry)
{
	char *target = kmalloc(entry->size + 1);
	if (!target)
		return -ENOMEM;
	memcpy(target, entry->data, entry->size);
	remove_old(entry->name);
	int error = vfs_symlink(target, AT_FDCWD, entry->name);
	kfree(target);
	return error;
}

static int make_entry(struct unpacker *unpacker, const struct cpio_entry *entry)
{
	int error;

	switch (entry->mode & S_IFMT) {
	case S_IFREG:
		return make_file(unpacker, entry);
	case S_IFDIR:
		error = vfs_make_directory(AT_FDCWD, entry->name, entry->mode);
		return error == -EEXIST ? 0 : error;
	case S_IFLNK:
		return make_link(entry);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
		remove_old(entry->name);
		return vfs_make_node(AT_FDCWD, entry->name, entry->mode,
				     MKDEV(entry->device_major, entry->device_minor));
	case S_IFSOCK:
		return 0; // nobody listens on it any more
	default:
		return -EINVAL;
	}
}

static void set_attributes(const struct cpio_entry *entry)
{
	struct path path;

	if (path_lookup(AT_FDCWD, entry->name, 0, &path))
		return;
	struct inode *inode = path.dentry->inode;
	mutex_lock(&inode->lock);
	if (!S_ISLNK(inode->mode))
		inode->mode = (inode->mode & S_IFMT) | (entry->mode & 07777);
	inode->uid = entry->uid;
	inode->gid = entry->gid;
	inode->times.modify = (nanoseconds_t)entry->modified * NANOSECONDS_PER_SECOND;
	mutex_unlock(&inode->lock);
	path_put(&path);
}

static void forget_links(struct unpacker *unpacker)
{
	for (int i = 0; i < LINK_BUCKETS; i++)
		for (struct link_memory *link = unpacker->links[i], *next; link; link = next) {
			next = link->next;
			kfree(link);
		}
}

int initramfs_unpack(const void *archive, size_t size)
{
	struct unpacker *unpacker = knew(struct unpacker);
	struct cpio_reader reader;
	struct cpio_entry entry;
	int result = 0;

	if (!unpacker)
		return -ENOMEM;
	cpio_reader_init(&reader, archive, size);
	while ((result = cpio_next(&reader, &entry)) > 0) {
		int error = make_entry(unpacker, &entry);
		if (error)
			log_line("initramfs: %s: error %d", entry.name, -error);
		else
			set_attributes(&entry);
		if (error == -ENOMEM || error == -ENOSPC) {
			result = error;
			break;
		}
	}
	if (result == -EINVAL)
		log_line("initramfs: at byte %lu: %s", reader.position, reader.problem);
	forget_links(unpacker);
	kfree(unpacker);
	return result;
}
