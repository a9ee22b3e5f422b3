/* SPDX-License-Identifier: MIT */
/* Timeouts and signal masks of calls that wait for files. Thread context. */
#pragma once

#include "core/time.h"
#include "lib/error.h"

struct __kernel_timespec;

/* Deadlines are as poll_wait_any takes them: WAIT_FOREVER and POLL_AT_ONCE among them. */
nanoseconds_t wait_deadline_after_ms(int timeout_ms); /* negative: forever */
NODISCARD int wait_deadline_after_time(int64_t seconds, int64_t nanoseconds,
				       nanoseconds_t *deadline);
/* NULL: forever. -EFAULT, -EINVAL. */
NODISCARD int wait_deadline_from_user(const struct __kernel_timespec __user *timeout,
				      nanoseconds_t *deadline);
nanoseconds_t wait_time_left(nanoseconds_t deadline);
void wait_tell_remaining(struct __kernel_timespec __user *timeout, nanoseconds_t deadline);

/* Block the signals of a user's mask (NULL: leave it) until wait_mask_end. -EINVAL, -EFAULT. */
NODISCARD int wait_mask_begin(const uint64_t __user *mask, size_t mask_size);
/* result: the wait's, which tells whether a signal's handler is to see the mask. */
void wait_mask_end(long result);
