/* SPDX-License-Identifier: MIT */
/* tmpfs: files in the page cache, names in the dentry cache. See tmpfs.c. */
#pragma once

#include "fs/vfs.h"

void tmpfs_register(void); /* boot */
/* For file systems that are a tmpfs with contents of their own (devtmpfs). */
NODISCARD int tmpfs_fill_super(struct super_block *super_block);
/* Make a node below a directory of such a file system; -EEXIST when the name is taken. */
NODISCARD int tmpfs_add_node(struct dentry *directory, const char *name, uint32_t mode,
			     uint64_t device, const char *link_target);
