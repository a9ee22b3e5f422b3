/* SPDX-License-Identifier: MIT */
/* Paths that come from user memory: what the system calls on them share. Thread context. */
#pragma once

#include "fs/path.h"
#include "lib/error.h"

/*
 * Look up what a call names: a path, or the descriptor itself with LOOKUP_EMPTY and "".
 * The result holds references, to be given back by path_put.
 */
NODISCARD int path_lookup_user(int directory, const char __user *user_path, uint32_t lookup,
			       struct path *result);
/* LOOKUP_* for the AT_* of calls that follow links unless told otherwise. */
uint32_t path_lookup_flags(int flags);

/* Both paths of a call, in kernel memory. */
struct path_pair {
	char *from, *to;
};
/* On an error there is nothing to free. */
NODISCARD long path_pair_copy(struct path_pair *pair, const char __user *from,
			      const char __user *to);
void path_pair_free(struct path_pair *pair);
