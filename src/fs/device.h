/* SPDX-License-Identifier: MIT */
/* Character devices by number. */
#pragma once

#include "fs/vfs.h"

extern struct list character_devices; /* [device_lock] all that are registered */
extern struct spinlock device_lock;

/* NULL: no such device. */
const struct file_operations *character_device_operations(uint64_t device);
