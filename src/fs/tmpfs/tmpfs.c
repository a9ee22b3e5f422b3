/* SPDX-License-Identifier: MIT */
/*
 * Names and super blocks. Nothing is stored beside the VFS's own objects: data are the page
 * cache's pages (data.c), names are dentries, each held by one extra reference until it is
 * unlinked. Limits: no quota; a file system is as large as the memory left to files.
 */
#include "fs/tmpfs/tmpfs.h"

#include "core/time.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/page_cache.h"
#include "fs/tmpfs/tmpfs_private.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"

enum {
	DIRECTORY_ENTRY_SIZE = 20, /* what a name adds to st_size, as on Linux */
	DT_DIR = S_IFDIR >> 12,	   /* as in the C library's <dirent.h> */
};

static const struct inode_operations directory_operations, link_operations, special_operations;
static const struct file_operations directory_file_operations;

static void set_operations(struct inode *inode)
{
	if (S_ISDIR(inode->mode)) {
		inode->operations = &directory_operations;
		inode->file_operations = &directory_file_operations;
	} else if (S_ISREG(inode->mode)) {
		inode->operations = &tmpfs_data_inode_operations;
		inode->file_operations = &tmpfs_data_file_operations;
	} else if (S_ISLNK(inode->mode)) {
		inode->operations = &link_operations;
	} else {
		inode->operations = &special_operations;
	}
}

static struct inode *make_inode(struct super_block *super_block, uint32_t mode)
{
	struct inode *inode = inode_create(super_block, mode);
	if (!inode)
		return NULL;
	if (S_ISREG(mode) && !(inode->pages = page_cache_create())) {
		inode_put(inode);
		return NULL;
	}
	set_operations(inode);
	return inode;
}

/* ---- names ---- */

static int lookup(struct inode *directory, struct dentry *dentry)
{
	(void)directory, (void)dentry;
	return 0; // every name there is, is in the cache: this one is not
}

/* dentry gets the inode, the directory changes; the name is held. */
static void add_name(struct inode *directory, struct dentry *dentry, struct inode *inode)
{
	if (directory->mode & S_ISGID) {
		inode->gid = directory->gid;
		if (S_ISDIR(inode->mode))
			inode->mode |= S_ISGID;
	}
	dentry_get(dentry);
	dentry_instantiate(dentry, inode);
	directory->size += DIRECTORY_ENTRY_SIZE;
	inode_touch_modified(directory);
}

static void remove_name(struct inode *directory, struct dentry *dentry)
{
	directory->size -= DIRECTORY_ENTRY_SIZE;
	inode_touch_modified(directory);
	dentry->inode->times.change = directory->times.change;
	dentry_unhash(dentry);
	dentry_put(dentry); // the caller holds another reference
}

static int make_node(struct inode *directory, struct dentry *dentry, uint32_t mode, uint64_t device)
{
	if (page_cache_room() == 0)
		return -ENOSPC;
	struct inode *inode = make_inode(directory->super_block, mode);
	if (!inode)
		return -ENOMEM;
	inode->device = device;
	add_name(directory, dentry, inode);
	return 0;
}

static int create(struct inode *directory, struct dentry *dentry, uint32_t mode)
{
	return make_node(directory, dentry, mode, 0);
}

static int make_directory(struct inode *directory, struct dentry *dentry, uint32_t mode)
{
	int error = make_node(directory, dentry, mode, 0);
	if (!error) {
		dentry->inode->link_count = 2;
		directory->link_count++;
	}
	return error;
}

static int symlink(struct inode *directory, struct dentry *dentry, const char *target)
{
	if (page_cache_room() == 0)
		return -ENOSPC;
	size_t length = strlen(target);
	char *copy = kmalloc(length + 1);
	struct inode *inode = copy ? make_inode(directory->super_block, S_IFLNK | 0777) : NULL;

	if (!inode) {
		kfree(copy);
		return -ENOMEM;
	}
	memcpy(copy, target, length + 1);
	inode->private_data = copy;
	inode->size = length;
	add_name(directory, dentry, inode);
	return 0;
}

static int link(struct inode *directory, struct dentry *dentry, struct inode *target)
{
	inode_get(target);
	target->link_count++;
	target->times.change = time_wall_clock();
	dentry_get(dentry);
	dentry_instantiate(dentry, target);
	directory->size += DIRECTORY_ENTRY_SIZE;
	inode_touch_modified(directory);
	return 0;
}

static int unlink(struct inode *directory, struct dentry *dentry)
{
	dentry->inode->link_count--;
	remove_name(directory, dentry);
	return 0;
}

static bool is_empty(struct dentry *directory)
{
	struct dentry *child;
	bool empty = true;

	spin_lock(&dentry_lock);
	list_for_each (child, &directory->children, sibling)
		if (child->inode)
			empty = false;
	spin_unlock(&dentry_lock);
	return empty;
}

static int remove_directory(struct inode *directory, struct dentry *dentry)
{
	if (!is_empty(dentry))
		return -ENOTEMPTY;
	dentry->inode->link_count = 0;
	directory->link_count--;
	remove_name(directory, dentry);
	return 0;
}

static void move_link_count(struct inode *from, struct inode *to, const struct inode *moved)
{
	if (from != to && S_ISDIR(moved->mode)) {
		from->link_count--;
		to->link_count++;
	}
}

static void touch_directories(struct inode *from, struct inode *to)
{
	inode_touch_modified(from);
	inode_touch_modified(to);
}

/* What a rename replaced has lost its name already; the dentry is the caller's. */
static void forget_replaced(struct inode *directory, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;

	directory->size -= DIRECTORY_ENTRY_SIZE;
	if (S_ISDIR(inode->mode)) {
		inode->link_count = 0;
		directory->link_count--;
	} else {
		inode->link_count--;
	}
	inode->times.change = time_wall_clock();
	dentry_put(dentry); // the name's reference; the caller holds another
}

static int rename(struct inode *from_directory, struct dentry *from, struct inode *to_directory,
		  struct dentry *to, uint32_t flags)
{
	if (flags & RENAME_EXCHANGE) {
		move_link_count(from_directory, to_directory, from->inode);
		move_link_count(to_directory, from_directory, to->inode);
		dentry_exchange(from, to);
		touch_directories(from_directory, to_directory);
		return 0;
	}
	if (to->inode && S_ISDIR(to->inode->mode) && !is_empty(to))
		return -ENOTEMPTY;
	int error = dentry_move(from, to);
	if (error)
		return error;
	if (to->inode)
		forget_replaced(to_directory, to);
	move_link_count(from_directory, to_directory, from->inode);
	from_directory->size -= DIRECTORY_ENTRY_SIZE;
	to_directory->size += DIRECTORY_ENTRY_SIZE;
	touch_directories(from_directory, to_directory);
	from->inode->times.change = to_directory->times.change;
	return 0;
}

static ssize_t read_link(struct inode *inode, char *buffer, size_t size)
{
	size_t length = MIN((size_t)inode->size, size);
	memcpy(buffer, inode->private_data, length);
	return (ssize_t)length;
}

static void destroy_link(struct inode *inode)
{
	kfree(inode->private_data);
}

/* ---- reading directories ---- */

/* The first child at or after a position, referenced. */
static struct dentry *next_child(struct dentry *directory, uint64_t position)
{
	struct dentry *child, *found = NULL;

	spin_lock(&dentry_lock);
	list_for_each (child, &directory->children, sibling)
		if (child->inode && child->position >= position &&
		    (!found || child->position < found->position)) {
			found = child;
			break; // children stand in the order of their positions
		}
	if (found)
		dentry_get(found);
	spin_unlock(&dentry_lock);
	return found;
}

static uint8_t entry_type(const struct inode *inode)
{
	return inode->mode >> 12 & 0xf; // a DT_* is the type bits of st_mode
}

/* The next child after one, referenced; that one's reference is used up. */
static struct dentry *step_child(struct dentry *directory, struct dentry *child)
{
	struct list *link;

	spin_lock(&dentry_lock);
	for (link = child->sibling.next; link != &directory->children; link = link->next)
		if (list_entry(link, struct dentry, sibling)->inode)
			break;
	struct dentry *next = NULL;
	if (link != &directory->children) {
		next = list_entry(link, struct dentry, sibling);
		dentry_get(next);
	}
	spin_unlock(&dentry_lock);
	dentry_put(child);
	return next;
}

static bool read_dots(struct file *file, struct directory_visitor *visitor)
{
	enum { POSITION_DOT, POSITION_DOT_DOT, POSITION_CHILDREN };

	if (file->position == POSITION_DOT) {
		if (!visitor->visit(visitor, ".", 1, POSITION_DOT_DOT, file->inode->number, DT_DIR))
			return false;
		file->position = POSITION_DOT_DOT;
	}
	if (file->position == POSITION_DOT_DOT) {
		struct dentry *parent = dentry_parent_get(file->path.dentry);
		bool goes_on = visitor->visit(visitor, "..", 2, POSITION_CHILDREN,
					      parent->inode->number, DT_DIR);
		dentry_put(parent);
		if (!goes_on)
			return false;
		file->position = POSITION_CHILDREN;
	}
	return true;
}

/* The directory's lock keeps the children's names and their order while they are visited. */
static int read_directory(struct file *file, struct directory_visitor *visitor)
{
	struct dentry *directory = file->path.dentry, *child;

	if (!read_dots(file, visitor))
		return 0;
	mutex_lock(&file->inode->lock);
	for (child = next_child(directory, (uint64_t)file->position); child;
	     child = step_child(directory, child)) {
		uint64_t next = child->position + 1;
		if (!visitor->visit(visitor, child->name, strlen(child->name), next,
				    child->inode->number, entry_type(child->inode))) {
			dentry_put(child);
			break;
		}
		file->position = (file_offset_t)next;
	}
	mutex_unlock(&file->inode->lock);
	return 0;
}

static file_offset_t seek_directory(struct file *file, file_offset_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += file->position;
	else if (whence != SEEK_SET)
		return -EINVAL;
	return offset < 0 ? -EINVAL : (file->position = offset);
}

static const struct inode_operations directory_operations = {
	.lookup = lookup,
	.create = create,
	.make_node = make_node,
	.make_directory = make_directory,
	.symlink = symlink,
	.link = link,
	.unlink = unlink,
	.remove_directory = remove_directory,
	.rename = rename,
	.get_attributes = tmpfs_get_attributes,
};
static const struct inode_operations link_operations = {
	.read_link = read_link,
	.destroy = destroy_link,
	.get_attributes = tmpfs_get_attributes,
};
static const struct inode_operations special_operations = {
	.get_attributes = tmpfs_get_attributes,
};
static const struct file_operations directory_file_operations = {
	.read_directory = read_directory,
	.seek = seek_directory,
};

/* ---- the file system ---- */

int tmpfs_fill_super(struct super_block *super_block)
{
	struct inode *inode = make_inode(super_block, S_IFDIR | 0755);
	if (!inode)
		return -ENOMEM;
	inode->link_count = 2;
	super_block->root = dentry_create_root(super_block, inode);
	return super_block->root ? 0 : -ENOMEM;
}

int tmpfs_add_node(struct dentry *directory, const char *name, uint32_t mode, uint64_t device,
		   const char *link_target)
{
	struct inode *parent = directory->inode;

	mutex_lock(&parent->lock);
	struct dentry *dentry = dentry_lookup_locked(directory, name, strlen(name));
	int error = is_error(dentry) ? (int)pointer_error(dentry) : dentry->inode ? -EEXIST : 0;
	if (!error)
		error = link_target	? symlink(parent, dentry, link_target)
			: S_ISDIR(mode) ? make_directory(parent, dentry, mode)
					: make_node(parent, dentry, mode, device);
	mutex_unlock(&parent->lock);
	if (!is_error(dentry))
		dentry_put(dentry);
	return error;
}

/* Drop the names below a directory: each is held by one reference. Depth first, iteratively. */
static void unmount(struct super_block *super_block)
{
	struct dentry *at = super_block->root;

	for (;;) {
		struct dentry *child = next_child(at, 0);
		if (child) {
			dentry_put(child); // the name's own reference keeps it
			at = child;
			continue;
		}
		if (at == super_block->root)
			return;
		struct dentry *parent = at->parent;
		dentry_unhash(at);
		dentry_put(at);
		at = parent;
	}
}

static int mount(struct super_block *super_block, const char *source, const char *data)
{
	(void)source, (void)data;
	int error = tmpfs_fill_super(super_block);
	if (!error)
		super_block->root->inode->mode = S_IFDIR | 01777;
	return error;
}

static struct file_system tmpfs = { .name = "tmpfs", .mount = mount, .unmount = unmount };

void tmpfs_register(void)
{
	file_system_register(&tmpfs);
}
