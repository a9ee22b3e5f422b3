/* SPDX-License-Identifier: MIT */
/* eventfd: a counter that threads add to and wait for through a file. See eventfd.c. */
#pragma once

#include "fs/vfs.h"

/* As in the C library's <sys/eventfd.h>: the UAPI headers of this version lack them. */
enum eventfd_flags {
	EFD_SEMAPHORE = 1,
	EFD_CLOEXEC = O_CLOEXEC,
	EFD_NONBLOCK = O_NONBLOCK,
};

/* flags: EFD_SEMAPHORE and O_NONBLOCK. Error pointer. */
NODISCARD struct file *eventfd_create(uint32_t initial, uint32_t flags);
