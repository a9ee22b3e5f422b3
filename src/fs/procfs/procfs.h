/* SPDX-License-Identifier: MIT */
/* proc: what the kernel knows, as text files with Linux's names and formats. See procfs.c. */
#pragma once

#include "fs/procfs/text_sink.h"
#include "fs/vfs.h"

/* Boot, from vfs_init: make the file system "proc" known. */
void procfs_register(void);

/* A file of another subsystem under /proc: show writes its whole text. Static storage. */
struct procfs_file {
	const char *name;
	int (*show)(struct text_sink *text); /* 0 or -errno; thread context, may sleep */
	struct list link;
};
/* Boot or thread context, at any time. */
void procfs_register_file(struct procfs_file *file);
