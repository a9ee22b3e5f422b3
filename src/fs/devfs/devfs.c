/* SPDX-License-Identifier: MIT */
/*
 * One tree, made of tmpfs's nodes when it is first mounted, which every mount shows: what a
 * program makes or removes in one place is so in all. A device's node appears when it is
 * registered. The tree belongs to a super block of its own, so it outlives all mounts.
 */
#include "fs/devfs/devfs.h"

#include "core/log.h"
#include "fs/device.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/tmpfs/tmpfs.h"
#include "lib/error.h"
#include "lib/string.h"

#include <linux/kdev_t.h>

static struct mutex devfs_lock = MUTEX_INIT(devfs_lock, LOCK_RANK_MOUNT);
static struct super_block tree; /* [devfs_lock] until root is set, then I */

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

static void add(struct dentry *directory, const char *name, uint32_t mode, uint64_t device,
		const char *target)
{
	int error = tmpfs_add_node(directory, name, mode, device, target);

	if (error && error != -EEXIST)
		log_line("devfs: cannot make %s: error %d", name, -error);
}

/* The directory that a device's name begins with, made if need be; referenced, or NULL. */
static struct dentry *subdirectory(const char *name, size_t length)
{
	char directory[NAME_MAX + 1];

	if (length >= sizeof(directory))
		return NULL;
	memcpy(directory, name, length);
	directory[length] = '\0';
	add(tree.root, directory, S_IFDIR | 0755, 0, NULL);
	return dentry_find(tree.root, directory, length);
}

/* devfs_lock held, the tree exists. */
static void add_device(const struct character_device *device) REQUIRES(devfs_lock)
{
	const char *slash = strchr(device->name, '/');
	uint64_t number = MKDEV(device->major, device->minor);

	if (!slash) {
		add(tree.root, device->name, S_IFCHR | device->mode, number, NULL);
		return;
	}
	struct dentry *directory = subdirectory(device->name, (size_t)(slash - device->name));
	if (!directory)
		return;
	add(directory, slash + 1, S_IFCHR | device->mode, number, NULL);
	dentry_put(directory);
}

void devfs_add_device(const struct character_device *device)
{
	mutex_lock(&devfs_lock);
	if (tree.root)
		add_device(device);
	mutex_unlock(&devfs_lock);
}

/* first: the super block of the first mount. */
static int make_tree(const struct super_block *first) REQUIRES(devfs_lock)
{
	const struct character_device *device;

	tree.file_system = first->file_system;
	tree.device = first->device;
	mutex_init(&tree.rename_lock, LOCK_RANK_RENAME);
	int error = tmpfs_fill_super(&tree);
	if (error)
		return error;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		add(tree.root, links[i].name, S_IFLNK | 0777, 0, links[i].target);
	add(tree.root, "shm", S_IFDIR | 01777, 0, NULL);
	list_for_each (device, &character_devices, link) // only ever grows, at its end
		add_device(device);
	return 0;
}

static int devfs_mount(struct super_block *super_block, const char *source, const char *data)
{
	(void)source, (void)data;
	mutex_lock(&devfs_lock);
	int error = tree.root ? 0 : make_tree(super_block);
	if (!error) {
		dentry_get(tree.root);
		super_block->root = tree.root;
		super_block->device = tree.device;
	}
	mutex_unlock(&devfs_lock);
	return error;
}

static struct file_system devfs_file_system = {
	.name = "devtmpfs",
	.mount = devfs_mount,
};

void devfs_register(void)
{
	file_system_register(&devfs_file_system);
}
