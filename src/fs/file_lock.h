/* SPDX-License-Identifier: MIT */
/* Advisory locks on files: fcntl's (of a process or of an open file) and flock's. */
#pragma once

#include "fs/vfs.h"

enum file_lock_kind {
	FILE_LOCK_RANGE, /* fcntl; owner: the descriptor table, or the file for F_OFD_* */
	FILE_LOCK_WHOLE, /* flock; owner: the file */
};

struct file_lock {
	struct list link;
	const struct inode *inode; /* no reference: the owner's file has one */
	const void *owner;
	enum file_lock_kind kind;
	int16_t type;	     /* F_RDLCK, F_WRLCK; F_UNLCK only in requests */
	int32_t pid;	     /* whom F_GETLK names; -1 for locks of open files */
	uint64_t start, end; /* both inclusive */
};

/*
 * Take, change or give up (F_UNLCK) a lock. -EAGAIN when another's stands in the way and waits
 * is false; else sleeps: -ERESTARTSYS, or -EDEADLK for a range that would never come free.
 */
NODISCARD int file_lock_apply(const struct file_lock *request, bool waits);
/* A lock that stands in the way of the request, or false. */
bool file_lock_find_conflict(const struct file_lock *request, struct file_lock *conflict);
/* All that an owner has on an inode; for closing. Cheap when nobody has any lock. */
void file_lock_release(const struct inode *inode, const void *owner);
