/* SPDX-License-Identifier: MIT */
/* Between descriptor.c, which has fcntl, and lock.c. */
#pragma once

#include "fs/vfs.h"

struct flock;

/* F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ sisters. */
long lock_control(struct file *file, unsigned command, struct flock __user *argument);
