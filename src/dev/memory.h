/* SPDX-License-Identifier: MIT */
/* The memory devices: null, zero, full, random, urandom and kmsg. See memory.c. */
#pragma once

/* Boot, after vfs_init: register them. */
void memory_devices_init(void);
