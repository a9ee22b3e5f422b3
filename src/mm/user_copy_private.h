/* SPDX-License-Identifier: MIT */
/* The instructions that touch user memory, in arch/entry.S with its fault table. */
#pragma once

#include "lib/types.h"

/* Ranges checked by the caller. Bytes not copied / cleared; see entry.S for the string. */
size_t user_copy_bytes(void *to, const void *from, size_t size);
size_t user_clear_bytes(void *to, size_t size);
long user_copy_string(char *to, const char *from, size_t size);
