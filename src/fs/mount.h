/* SPDX-License-Identifier: MIT */
/* Mounting, and the few VFS functions that only fs/ and sys/ need. */
#pragma once

#include "fs/vfs.h"

#include <linux/mount.h>

void file_system_register(struct file_system *file_system); /* boot */
extern struct list file_systems;			    /* in order of registration */
/* Mount a file system (by type name) on a directory; with "/" and no root yet: as the root. */
NODISCARD int mount_file_system(const char *source, const char *target, const char *type,
				uint64_t flags, const char *data);
NODISCARD int unmount_file_system(const char *target);
/* What is mounted on the place; changes path. */
void path_cross_mounts(struct path *path);
void fs_context_set(struct fs_context *context, struct path *which, struct path to);
NODISCARD struct dentry *dentry_create_anonymous(const char *name);
file_offset_t file_seek_bytes(struct file *file, file_offset_t offset, int whence);
