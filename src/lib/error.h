/* SPDX-License-Identifier: MIT */
/*
 * Errors as values: functions return 0 or -errno, or a pointer that may carry -errno.
 * Numbers are Linux's own. The two below never reach a user program: the signal
 * code turns them into -EINTR or a restarted call (as in Linux).
 */
#pragma once

#include "lib/compiler.h"

#include <asm/errno.h>

enum {
	ERESTARTSYS = 512,    /* restart if the handler has SA_RESTART, else EINTR */
	ERESTARTNOHAND = 514, /* restart only if no handler runs, else EINTR */
	MAX_ERRNO = 4095,
};

static inline void *error_pointer(long error)
{
	return (void *)error;
}

static inline bool is_error(const void *pointer)
{
	return (uintptr_t)pointer >= (uintptr_t)-MAX_ERRNO;
}

static inline long pointer_error(const void *pointer)
{
	return (long)pointer;
}
