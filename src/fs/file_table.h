/* SPDX-License-Identifier: MIT */
/* What the system calls do to the current task's descriptors. Thread context. */
#pragma once

#include "fs/vfs.h"

/* Put the file (its reference) there, closing what was there. -EBADF beyond the limit. */
NODISCARD int file_table_install_at(struct file *file, int descriptor, bool close_on_exec);
NODISCARD int file_table_close(int descriptor);
/* Both ends inclusive. */
void file_table_close_range(uint32_t first, uint32_t last);
void file_table_mark_range(uint32_t first, uint32_t last); /* to be closed on exec */
/* A table of the current task's own, if it shares one. -ENOMEM. */
NODISCARD int file_table_unshare(void);
/* Close-on-exec: 0 or 1, -EBADF. */
NODISCARD int file_table_get_flag(int descriptor);
NODISCARD int file_table_set_flag(int descriptor, bool close_on_exec);
