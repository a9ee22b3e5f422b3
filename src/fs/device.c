/* SPDX-License-Identifier: MIT */
#include "fs/device.h"

#include "fs/devfs/devfs.h"

#include <linux/kdev_t.h>

struct list character_devices = LIST_INIT(character_devices);
struct spinlock device_lock = SPINLOCK_INIT(LOCK_RANK_DENTRY);

void character_device_register(struct character_device *device)
{
	spin_lock(&device_lock);
	list_add_last(&character_devices, &device->link);
	spin_unlock(&device_lock);
	devfs_add_device(device);
}

const struct file_operations *character_device_operations(uint64_t number)
{
	const struct file_operations *operations = NULL;
	struct character_device *device;

	spin_lock(&device_lock);
	list_for_each (device, &character_devices, link)
		if (MKDEV(device->major, device->minor) == number)
			operations = device->operations;
	spin_unlock(&device_lock);
	return operations;
}
