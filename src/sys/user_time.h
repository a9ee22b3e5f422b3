/* SPDX-License-Identifier: MIT */
/* Times as user programs give them. */
#pragma once

#include "lib/error.h"
#include "lib/types.h"

struct __kernel_timespec;

/* A relative time to a deadline since boot; -EFAULT, -EINVAL. Never yields WAIT_FOREVER. */
NODISCARD long timespec_to_deadline(const struct __kernel_timespec __user *timeout,
				    nanoseconds_t *deadline);
NODISCARD long timespec_read(const struct __kernel_timespec __user *from, nanoseconds_t *value);
