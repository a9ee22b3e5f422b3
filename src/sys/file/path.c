/* SPDX-License-Identifier: MIT */
/* Paths that come from user memory. */
#include "sys/file/path_private.h"

#include "mm/slab.h"

int path_lookup_user(int directory, const char __user *user_path, uint32_t lookup,
		     struct path *result)
{
	char *path = path_copy_from_user(user_path);
	if (is_error(path))
		return (int)pointer_error(path);
	int error;
	if (!*path && (lookup & LOOKUP_EMPTY) && directory != AT_FDCWD) {
		struct file *file = file_table_lookup(directory);
		error = file ? 0 : -EBADF;
		if (file) {
			*result = file->path;
			path_get(result);
			file_put(file);
		}
	} else {
		error = path_lookup(directory, path, lookup, result);
	}
	kfree(path);
	return error;
}

uint32_t path_lookup_flags(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

long path_pair_copy(struct path_pair *pair, const char __user *from, const char __user *to)
{
	pair->from = path_copy_from_user(from);
	if (is_error(pair->from))
		return pointer_error(pair->from);
	pair->to = path_copy_from_user(to);
	if (is_error(pair->to)) {
		kfree(pair->from);
		return pointer_error(pair->to);
	}
	return 0;
}

void path_pair_free(struct path_pair *pair)
{
	kfree(pair->from);
	kfree(pair->to);
}
