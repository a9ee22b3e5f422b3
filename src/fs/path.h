/* SPDX-License-Identifier: MIT */
/* Walking paths. See path.c. */
#pragma once

#include "fs/vfs.h"

enum lookup_flags {
	LOOKUP_FOLLOW = 1 << 0,	   /* a symbolic link at the end is followed */
	LOOKUP_DIRECTORY = 1 << 1, /* must be a directory */
	LOOKUP_EMPTY = 1 << 2,	   /* "" is the start itself (AT_EMPTY_PATH) */
};

void path_get(const struct path *path); /* any context but interrupts */
void path_put(const struct path *path); /* thread context; may sleep */

/* name: kernel memory, relative to the descriptor (or AT_FDCWD). result: references. */
NODISCARD int path_lookup(int directory, const char *name, uint32_t flags, struct path *result);

/* The directory of a path and its last component, for creating and removing. */
struct path_parent {
	struct path directory; /* references */
	char *name;	       /* owned: freed by path_parent_deinit */
	bool is_special;       /* the last component is "." or "..", or there is none */
	bool has_trailing_slash;
};
NODISCARD int path_lookup_parent(int directory, const char *name, struct path_parent *result);
void path_parent_deinit(struct path_parent *parent);
/* As it, following symbolic links at the end (for O_CREAT). */
NODISCARD int path_lookup_parent_follow(int directory, const char *name,
					struct path_parent *result);

/* A copy of a user's path in kernel memory (kfree it); error pointer. */
NODISCARD char *path_copy_from_user(const char __user *name);
/* As the current root sees it, built from the buffer's end; its start, or error pointer. */
char *path_format(const struct path *path, char *buffer, size_t size);
