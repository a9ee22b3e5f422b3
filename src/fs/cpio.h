/* SPDX-License-Identifier: MIT */
/* Reading cpio archives of the "newc" format. Pure: builds on the host. */
#pragma once

#include "lib/types.h"

struct cpio_entry {
	const char *name; /* in the archive, terminated */
	const void *data;
	uint64_t size;
	uint32_t mode;					       /* with a type that newc knows */
	uint32_t uid, gid, link_count, inode_number, modified; /* modified: s since 1970 */
	uint64_t file_system; /* inode_number is unique in it: the archive and the device */
	uint32_t device_major, device_minor; /* of a device node */
};

struct cpio_reader {
	const char *archive;
	size_t size, position;
	bool has_ended;		/* the last entry was a trailer */
	uint32_t archive_count; /* trailers so far */
	const char *problem;	/* what is wrong, after -EINVAL */
};

void cpio_reader_init(struct cpio_reader *reader, const void *archive, size_t size);
/* 1: entry filled; 0: the end (of all archives that follow each other); -EINVAL: corrupt. */
NODISCARD int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry);
