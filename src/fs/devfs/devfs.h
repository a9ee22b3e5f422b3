/* SPDX-License-Identifier: MIT */
/* devtmpfs: a node for every registered character device. See devfs.c. */
#pragma once

#include "fs/vfs.h"

/* Boot, from vfs_init: make the file system "devtmpfs" known. */
void devfs_register(void);
/*
 * A device was registered: make its node if devtmpfs exists already (if not, the first mount
 * makes nodes for all that are registered). Called by character_device_register.
 */
void devfs_add_device(const struct character_device *device);
