/* SPDX-License-Identifier: MIT */
/* Changing the tree by path, from the kernel or the system calls. Names: kernel memory. */
#pragma once

#include "fs/vfs.h"

NODISCARD int vfs_make_directory(int directory, const char *name, uint32_t mode);
/* mode with its type: a regular file, FIFO or device. */
NODISCARD int vfs_make_node(int directory, const char *name, uint32_t mode, uint64_t device);
NODISCARD int vfs_symlink(const char *target, int directory, const char *name);
NODISCARD int vfs_link(int from_directory, const char *from, int to_directory, const char *to,
		       bool follows);
NODISCARD int vfs_unlink(int directory, const char *name);
NODISCARD int vfs_remove_directory(int directory, const char *name);
NODISCARD int vfs_rename(int from_directory, const char *from, int to_directory, const char *to,
			 uint32_t flags);
/* Boot: hand the lower floors what they need of files. */
void vfs_hooks_init(void);
