/* SPDX-License-Identifier: MIT */
/*
 * What calls that wait for files share: timeouts, and a signal mask put in place for the wait.
 * When a signal ends the wait, the mask that was stays in task->saved_blocked until the
 * handler's frame is made.
 */
#include "sys/file/wait_private.h"

#include "fs/poll.h"
#include "lib/atomic.h"
#include "mm/user_copy.h"
#include "proc/signal.h"

#include <asm/signal.h>
#include <linux/time_types.h>

static nanoseconds_t wait_deadline_after(nanoseconds_t timeout)
{
	nanoseconds_t deadline;

	if (timeout == 0)
		return POLL_AT_ONCE;
	if (__builtin_add_overflow(time_since_boot(), timeout, &deadline))
		return WAIT_FOREVER;
	return deadline;
}

nanoseconds_t wait_deadline_after_ms(int timeout_ms)
{
	if (timeout_ms < 0)
		return WAIT_FOREVER;
	return wait_deadline_after((nanoseconds_t)timeout_ms * NANOSECONDS_PER_MILLISECOND);
}

/* Seconds and nanoseconds; a time too far away is forever. */
int wait_deadline_after_time(int64_t seconds, int64_t nanoseconds, nanoseconds_t *deadline)
{
	nanoseconds_t timeout;

	if (seconds < 0 || nanoseconds < 0 || nanoseconds >= NANOSECONDS_PER_SECOND)
		return -EINVAL;
	if (__builtin_mul_overflow((nanoseconds_t)seconds, NANOSECONDS_PER_SECOND, &timeout) ||
	    __builtin_add_overflow(timeout, (nanoseconds_t)nanoseconds, &timeout))
		*deadline = WAIT_FOREVER;
	else
		*deadline = wait_deadline_after(timeout);
	return 0;
}

/* NULL: forever. */
int wait_deadline_from_user(const struct __kernel_timespec __user *timeout, nanoseconds_t *deadline)
{
	struct __kernel_timespec time;

	*deadline = WAIT_FOREVER;
	if (!timeout)
		return 0;
	if (get_user(time, timeout))
		return -EFAULT;
	return wait_deadline_after_time(time.tv_sec, time.tv_nsec, deadline);
}

nanoseconds_t wait_time_left(nanoseconds_t deadline)
{
	nanoseconds_t now = time_since_boot();

	return deadline > now ? deadline - now : 0;
}

/* Tell how much of the timeout was left; as in Linux, nobody hears when that fails. */
void wait_tell_remaining(struct __kernel_timespec __user *timeout, nanoseconds_t deadline)
{
	nanoseconds_t left = wait_time_left(deadline);
	struct __kernel_timespec time = { .tv_sec = (int64_t)(left / NANOSECONDS_PER_SECOND),
					  .tv_nsec = (int64_t)(left % NANOSECONDS_PER_SECOND) };

	if (timeout && deadline != WAIT_FOREVER)
		(void)!put_user(time, timeout);
}

static void set_blocked(signal_set_t blocked)
{
	struct task *task = current_task();
	struct spinlock *lock = &task->process->signal_lock;
	irqflags_t flags = spin_lock_irqsave(lock);

	task->blocked = blocked;
	store_relaxed(&task->has_signal_work, true);
	spin_unlock_irqrestore(lock, flags);
}

/* Block the signals of a user's mask (NULL: leave it) for the time of a wait. */
int wait_mask_begin(const uint64_t __user *mask, size_t mask_size)
{
	struct task *task = current_task();
	signal_set_t blocked;

	if (!mask)
		return 0;
	if (mask_size != sizeof(blocked))
		return -EINVAL;
	if (get_user(blocked, mask))
		return -EFAULT;
	task->saved_blocked = task->blocked;
	task->has_saved_blocked = true;
	set_blocked(blocked & ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP)));
	return 0;
}

void wait_mask_end(long result)
{
	struct task *task = current_task();

	if (!task->has_saved_blocked || result == -ERESTARTNOHAND || result == -EINTR)
		return;
	task->has_saved_blocked = false;
	set_blocked(task->saved_blocked);
}
