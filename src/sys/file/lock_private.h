/* SPDX-License-Identifier: MIT */
/* Between descriptor.c, which has fcntl, and lock.c. */
#pragma once

#include "fs/vfs.h"

struct flock;

/*
 * F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ sisters. descriptor: what file was found by. The
 * caller holds a reference on file; may sleep, and be interrupted, when it waits.
 */
long lock_control(int descriptor, struct file *file, unsigned command,
		  struct flock __user *argument);
