/* SPDX-License-Identifier: MIT */
/* RLIMIT_FSIZE: how large the current process may make a regular file. Thread context. */
#pragma once

#include "lib/error.h"
#include "lib/types.h"

/*
 * How many of count bytes may be written at a position: all, or those up to the limit.
 * -EFBIG, and SIGXFSZ for the current task, when the limit lets in none.
 */
NODISCARD ssize_t size_limit_write(file_offset_t position, size_t count);
/* May a file grow to new_size? 0, or -EFBIG and SIGXFSZ. Shrinking is always allowed. */
NODISCARD int size_limit_grow(uint64_t size, uint64_t new_size);
