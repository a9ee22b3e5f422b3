/* SPDX-License-Identifier: MIT */
/* What tmpfs's names (tmpfs.c) and data (data.c) share. */
#pragma once

#include "fs/vfs.h"

/* Of regular files. */
extern const struct inode_operations tmpfs_data_inode_operations;
extern const struct file_operations tmpfs_data_file_operations;

void tmpfs_get_attributes(struct inode *inode, uint64_t *blocks, uint32_t *block_size);
