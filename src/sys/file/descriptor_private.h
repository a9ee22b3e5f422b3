/* SPDX-License-Identifier: MIT */
/* Descriptors and open files, as the system calls on them see them. */
#pragma once

#include "fs/vfs.h"

static inline bool file_is_readable(const struct file *file)
{
	return (file->flags & O_ACCMODE) != O_WRONLY && !(file->flags & O_PATH);
}

static inline bool file_is_writable(const struct file *file)
{
	return (file->flags & O_ACCMODE) != O_RDONLY && !(file->flags & O_PATH);
}

/* The open file, referenced; NULL also for one opened with O_PATH, which cannot be used. */
NODISCARD struct file *descriptor_lookup(int descriptor);
/*
 * A descriptor for the file, or for the error pointer its error; the reference is taken over.
 * Of the flags O_CLOEXEC counts.
 */
NODISCARD long descriptor_install(struct file *file, int flags);
