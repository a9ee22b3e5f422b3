/* SPDX-License-Identifier: MIT */
/*
 * RLIMIT_FSIZE. File systems ask, each where it knows the position and holds the inode's lock.
 * What the kernel writes for itself has no limit.
 */
#include "fs/size_limit.h"

#include "lib/atomic.h"
#include "proc/signal.h"

static uint64_t own_limit(void)
{
	if (current_task()->is_kernel_thread)
		return RLIM64_INFINITY;
	return load_relaxed(&current_process()->limits[RLIMIT_FSIZE].rlim_cur);
}

static int refuse(void)
{
	siginfo_t info = { .si_signo = SIGXFSZ };

	info.si_code = SI_USER; // as Linux's
	info.si_pid = current_process()->pid;
	info.si_uid = current_task()->credentials.uid;
	(void)signal_send_task(current_task(), SIGXFSZ, &info);
	return -EFBIG;
}

ssize_t size_limit_write(file_offset_t position, size_t count)
{
	uint64_t limit = own_limit();

	if (count == 0)
		return 0;
	if ((uint64_t)position >= limit)
		return refuse();
	return (ssize_t)MIN(count, limit - (uint64_t)position);
}

int size_limit_grow(uint64_t size, uint64_t new_size)
{
	return new_size > size && new_size > own_limit() ? refuse() : 0;
}
