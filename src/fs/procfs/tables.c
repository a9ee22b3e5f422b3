/* SPDX-License-Identifier: MIT */
/* What the VFS knows, as text: mounts, file systems, devices. */
#include "fs/device.h"
#include "fs/mount.h"
#include "fs/path.h"
#include "fs/procfs/procfs_private.h"
#include "mm/slab.h"

#include <linux/kdev_t.h>

static const struct {
	uint64_t flag;
	const char *option;
} mount_options[] = {
	{ MS_NOSUID, ",nosuid" },   { MS_NODEV, ",nodev" },	      { MS_NOEXEC, ",noexec" },
	{ MS_NOATIME, ",noatime" }, { MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" },
};

static void write_options(struct text_sink *text, uint64_t flags)
{
	text_sink_print(text, flags & MS_RDONLY ? "ro" : "rw");
	for (size_t i = 0; i < ARRAY_SIZE(mount_options); i++)
		if (flags & mount_options[i].flag)
			text_sink_print(text, "%s", mount_options[i].option);
}

static const char *mount_source(const struct mount *mount)
{
	const char *source = mount->super_block->source;

	return source && *source ? source : "none";
}

/* room: PATH_MAX bytes. */
static void write_mount_point(struct text_sink *text, struct mount *mount, char *room)
{
	const struct path path = { mount, mount->root };
	const char *name = path_format(&path, room, PATH_MAX);

	text_sink_write_escaped(text, is_error(name) ? "?" : name);
}

static void write_mount(struct text_sink *text, struct mount *mount, char *room)
{
	text_sink_write_escaped(text, mount_source(mount));
	text_sink_print(text, " ");
	write_mount_point(text, mount, room);
	text_sink_print(text, " %s ", mount->super_block->file_system->name);
	write_options(text, mount->flags);
	text_sink_print(text, " 0 0\n");
}

static void write_mount_information(struct text_sink *text, struct mount *mount, char *room)
{
	uint64_t device = mount->super_block->device;

	text_sink_print(text, "%d %d %lu:%lu / ", mount->id,
			mount->parent ? mount->parent->id : mount->id, MAJOR(device),
			MINOR(device));
	write_mount_point(text, mount, room);
	text_sink_print(text, " ");
	write_options(text, mount->flags);
	text_sink_print(text, " - %s ", mount->super_block->file_system->name);
	text_sink_write_escaped(text, mount_source(mount));
	text_sink_print(text, " %s\n", mount->flags & MS_RDONLY ? "ro" : "rw");
}

/* The mount after one, in the order of mounting; id 0 for the first. Referenced, or NULL. */
static struct mount *next_mount(int32_t id)
{
	struct mount *mount, *found = NULL;

	spin_lock(&mount_lock);
	list_for_each (mount, &mounts, link)
		if (mount->id > id) {
			const struct path path = { mount, mount->root };
			path_get(&path);
			found = mount;
			break;
		}
	spin_unlock(&mount_lock);
	return found;
}

static int write_mounts(struct text_sink *text,
			void (*write)(struct text_sink *text, struct mount *mount, char *room))
{
	char *room = kmalloc(PATH_MAX);
	struct mount *mount = room ? next_mount(0) : NULL;

	while (mount) {
		const struct path path = { mount, mount->root };
		write(text, mount, room);
		mount = next_mount(mount->id);
		path_put(&path);
	}
	kfree(room);
	return room ? 0 : -ENOMEM;
}

int proc_show_mounts(const struct proc_node *node, struct text_sink *text)
{
	(void)node;
	return write_mounts(text, write_mount);
}

int proc_show_mountinfo(const struct proc_node *node, struct text_sink *text)
{
	(void)node;
	return write_mounts(text, write_mount_information);
}

int proc_show_file_systems(const struct proc_node *node, struct text_sink *text)
{
	const struct file_system *file_system;

	(void)node;
	list_for_each (file_system, &file_systems, link)
		text_sink_print(text, "nodev\t%s\n", file_system->name);
	return 0;
}

static bool is_first_of_major(const struct character_device *device)
{
	const struct character_device *other;

	list_for_each (other, &character_devices, link)
		if (other->major == device->major)
			return other == device;
	return false;
}

/* Devices have no driver names: a major number goes by its first device. */
int proc_show_devices(const struct proc_node *node, struct text_sink *text)
{
	const struct character_device *device;

	(void)node;
	text_sink_print(text, "Character devices:\n");
	spin_lock(&device_lock);
	list_for_each (device, &character_devices, link)
		if (is_first_of_major(device))
			text_sink_print(text, "%3u %s\n", device->major, device->name);
	spin_unlock(&device_lock);
	text_sink_print(text, "\nBlock devices:\n");
	return 0;
}
