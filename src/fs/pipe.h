/* SPDX-License-Identifier: MIT */
/* Pipes and FIFOs: a ring of bytes with a reading and a writing side. See pipe.c. */
#pragma once

#include "fs/vfs.h"

enum {
	PIPE_DEFAULT_SIZE = 16 * PAGE_SIZE,
	PIPE_MAX_SIZE = 1 << 20, /* F_SETPIPE_SZ without privilege */
};

/* What files opened on a FIFO's inode get, whatever file system it is on. */
extern const struct file_operations fifo_file_operations;

/* A new anonymous pipe: files[0] reads, files[1] writes. flags: O_NONBLOCK or 0. */
NODISCARD int pipe_create(struct file *files[2], uint32_t flags);
/* fcntl's F_GETPIPE_SZ and F_SETPIPE_SZ; -EBADF when the file is no pipe. */
NODISCARD long pipe_control(struct file *file, unsigned command, unsigned long argument);
