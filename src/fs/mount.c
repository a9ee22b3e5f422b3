/* SPDX-License-Identifier: MIT */
/*
 * Mounts: file systems attached to dentries. The tree of paths is that of dentries within a
 * mount, and of mounts among each other.
 *
 * Invariant: mount_count of a dentry is not 0 while something is mounted on it, so that the
 * walk looks for mounts only where there are some.
 *
 * Limits: no remounting, moving or binding; no mount namespaces.
 */
#include "fs/mount.h"

#include "core/log.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/task.h"

struct spinlock mount_lock = SPINLOCK_INIT(LOCK_RANK_DENTRY);
struct list mounts = LIST_INIT(mounts);
struct list file_systems = LIST_INIT(file_systems);
static int32_t next_id = 1;	 /* [M] */
static uint64_t next_device = 1; /* [M] anonymous st_dev numbers */

void file_system_register(struct file_system *file_system)
{
	list_add_last(&file_systems, &file_system->link);
}

static const struct file_system *find_type(const char *name)
{
	struct file_system *file_system;

	list_for_each (file_system, &file_systems, link)
		if (strcmp(file_system->name, name) == 0)
			return file_system;
	return NULL;
}

static void super_block_destroy(struct super_block *super_block)
{
	kfree((void *)(uintptr_t)super_block->source);
	kfree(super_block);
}

static struct super_block *super_block_create(const struct file_system *type, const char *source,
					      const char *data)
{
	struct super_block *super_block = knew(struct super_block);
	char *copy = kmalloc(strlen(source) + 1);

	if (!super_block || !copy) {
		kfree(super_block);
		kfree(copy);
		return error_pointer(-ENOMEM);
	}
	memcpy(copy, source, strlen(source) + 1);
	super_block->file_system = type;
	super_block->source = copy;
	mutex_init(&super_block->rename_lock, LOCK_RANK_RENAME);
	spin_lock(&mount_lock);
	super_block->device = next_device++;
	spin_unlock(&mount_lock);
	int error = type->mount(super_block, source, data);
	if (error) {
		super_block_destroy(super_block);
		return error_pointer(error);
	}
	return super_block;
}

static void super_block_unmount(struct super_block *super_block)
{
	if (super_block->file_system->unmount)
		super_block->file_system->unmount(super_block);
	dentry_put(super_block->root);
	super_block_destroy(super_block);
}

/* Is what is to be mounted there already? A file system with one tree (devfs) may come twice. */
static bool is_mounted_at(const struct path *place, const struct super_block *super_block)
{
	return place->dentry && place->dentry == super_block->root;
}

static struct mount *mount_create(struct super_block *super_block, uint64_t flags)
{
	struct mount *mount = knew(struct mount);
	if (!mount)
		return NULL;
	refcount_init(&mount->references);
	mount->super_block = super_block;
	mount->root = super_block->root;
	dentry_get(mount->root);
	mount->flags = flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME);
	return mount;
}

/* Link it in at a place (references taken over), or as the root of all. */
static void attach(struct mount *mount, const struct path *place)
{
	spin_lock(&mount_lock);
	mount->id = next_id++;
	if (place) {
		mount->parent = place->mount;
		mount->mount_point = place->dentry;
		__atomic_fetch_add(&place->dentry->mount_count, 1, __ATOMIC_RELEASE);
	}
	list_add_last(&mounts, &mount->link);
	spin_unlock(&mount_lock);
}

static void enter_root(struct mount *mount)
{
	struct fs_context *fs = current_task()->fs;
	struct path root = { mount, mount->root };

	path_get(&root);
	path_get(&root);
	fs_context_set(fs, &fs->root, root);
	fs_context_set(fs, &fs->working_directory, root);
}

int mount_file_system(const char *source, const char *target, const char *type, uint64_t flags,
		      const char *data)
{
	const struct file_system *file_system = find_type(type);
	bool is_root = list_is_empty(&mounts);
	struct path place = { NULL, NULL };

	if (!file_system)
		return -ENODEV;
	if (!is_root) {
		int error = path_lookup(AT_FDCWD, target, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &place);
		if (error)
			return error;
	}
	struct super_block *super_block = super_block_create(file_system, source, data);
	if (is_error(super_block)) {
		path_put(&place);
		return (int)pointer_error(super_block);
	}
	int error = is_mounted_at(&place, super_block) ? -EBUSY : 0;
	struct mount *mount = error ? NULL : mount_create(super_block, flags);
	if (!mount) {
		super_block_unmount(super_block);
		path_put(&place);
		return error ? error : -ENOMEM;
	}
	attach(mount, is_root ? NULL : &place);
	if (is_root)
		enter_root(mount);
	return 0;
}

/* Busy: something is mounted below, or more than the mount itself refers to it. */
static bool is_busy(const struct mount *mount) REQUIRES(mount_lock)
{
	const struct mount *other;

	list_for_each (other, &mounts, link)
		if (other->parent == mount)
			return true;
	return refcount_read(&((struct mount *)(uintptr_t)mount)->references) > 2;
}

int unmount_file_system(const char *target)
{
	struct path path;
	int error = path_lookup(AT_FDCWD, target, LOOKUP_FOLLOW, &path);

	if (error)
		return error;
	struct mount *mount = path.mount;
	spin_lock(&mount_lock);
	if (path.dentry != mount->root || !mount->parent)
		error = -EINVAL;
	else if (is_busy(mount))
		error = -EBUSY;
	else {
		list_remove(&mount->link);
		__atomic_fetch_sub(&mount->mount_point->mount_count, 1, __ATOMIC_RELEASE);
	}
	spin_unlock(&mount_lock);
	path_put(&path);
	if (error)
		return error;
	struct super_block *super_block = mount->super_block;
	struct path place = { mount->parent, mount->mount_point };
	struct path own = { mount, NULL };
	path_put(&own); // the last: frees the mount and its root reference
	path_put(&place);
	super_block_unmount(super_block);
	return 0;
}

void path_cross_mounts(struct path *path)
{
	while (__atomic_load_n(&path->dentry->mount_count, __ATOMIC_ACQUIRE)) {
		struct path to = { NULL, NULL };
		struct mount *mount;
		spin_lock(&mount_lock);
		list_for_each (mount, &mounts, link)
			if (mount->parent == path->mount && mount->mount_point == path->dentry) {
				to = (struct path){ mount, mount->root };
				path_get(&to);
			}
		spin_unlock(&mount_lock);
		if (!to.mount)
			return;
		path_put(path);
		*path = to;
	}
}
