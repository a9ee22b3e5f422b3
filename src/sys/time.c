/* SPDX-License-Identifier: MIT */
/* System calls about time. */
#include "core/time.h"

#include "lib/string.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/sched.h"
#include "proc/signal.h"
#include "sys/syscall.h"
#include "sys/user_time.h"

#include <asm/signal.h>
#include <linux/time.h>
#include <linux/time_types.h>

static const nanoseconds_t deadline_max = INT64_MAX;

static struct __kernel_timespec make_timespec(nanoseconds_t time)
{
	return (struct __kernel_timespec){ (int64_t)(time / NANOSECONDS_PER_SECOND),
					   (int64_t)(time % NANOSECONDS_PER_SECOND) };
}

long timespec_read(const struct __kernel_timespec __user *from, nanoseconds_t *value)
{
	struct __kernel_timespec time;

	if (copy_from_user(&time, from, sizeof(time)))
		return -EFAULT;
	if (time.tv_sec < 0 || time.tv_nsec < 0 || time.tv_nsec >= NANOSECONDS_PER_SECOND)
		return -EINVAL;
	if (__builtin_mul_overflow((uint64_t)time.tv_sec, (uint64_t)NANOSECONDS_PER_SECOND,
				   value) ||
	    *value > deadline_max)
		*value = deadline_max;
	*value += (nanoseconds_t)time.tv_nsec;
	return 0;
}

long timespec_to_deadline(const struct __kernel_timespec __user *timeout, nanoseconds_t *deadline)
{
	nanoseconds_t duration;
	long error = timespec_read(timeout, &duration);

	if (!error)
		*deadline = MAX(time_since_boot() + duration, (nanoseconds_t)1);
	return error;
}

long sys_time(int64_t __user *result)
{
	int64_t now = (int64_t)(time_wall_clock() / NANOSECONDS_PER_SECOND);
	return result && put_user(now, result) ? -EFAULT : now;
}

long sys_gettimeofday(struct __kernel_old_timeval __user *time, struct timezone __user *zone)
{
	nanoseconds_t now = time_wall_clock();
	struct __kernel_old_timeval value = { (long)(now / NANOSECONDS_PER_SECOND),
					      (long)(now % NANOSECONDS_PER_SECOND / 1000) };
	struct timezone utc = { 0, 0 };

	if (time && copy_to_user(time, &value, sizeof(value)))
		return -EFAULT;
	return zone ? copy_to_user(zone, &utc, sizeof(utc)) : 0;
}

static long read_clock(int clock, nanoseconds_t *now)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		*now = time_wall_clock();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*now = time_since_boot();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
		preempt_disable();
		*now = current_task()->run_time + (time_since_boot() - current_task()->run_start);
		preempt_enable();
		return 0;
	default:
		return -EINVAL;
	}
}

long sys_clock_gettime(int clock, struct __kernel_timespec __user *time)
{
	nanoseconds_t now;
	long error = read_clock(clock, &now);
	if (error)
		return error;
	struct __kernel_timespec value = make_timespec(now);
	return copy_to_user(time, &value, sizeof(value));
}

long sys_clock_getres(int clock, struct __kernel_timespec __user *resolution)
{
	struct __kernel_timespec value = { 0, 1 };
	nanoseconds_t now;
	long error = read_clock(clock, &now);
	if (error)
		return error;
	return resolution ? copy_to_user(resolution, &value, sizeof(value)) : 0;
}

long sys_clock_settime(int clock, const struct __kernel_timespec __user *time)
{
	nanoseconds_t now;
	long error = timespec_read(time, &now);
	if (error)
		return error;
	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (!credentials_are_root(&current_task()->credentials))
		return -EPERM;
	time_set_wall_clock(now);
	return 0;
}

static long sleep_until(nanoseconds_t deadline, struct __kernel_timespec __user *remaining)
{
	long error = 0;

	while (!error) {
		wait_prepare(true, "sleep", NULL);
		error = wait_sleep(true, MAX(deadline, (nanoseconds_t)1));
		wait_finish();
	}
	if (error == -ETIMEDOUT)
		return 0;
	if (remaining) {
		nanoseconds_t now = time_since_boot();
		struct __kernel_timespec left = make_timespec(deadline > now ? deadline - now : 0);
		if (copy_to_user(remaining, &left, sizeof(left)))
			return -EFAULT;
	}
	return remaining ? -EINTR : -ERESTARTNOHAND;
}

long sys_nanosleep(const struct __kernel_timespec __user *request,
		   struct __kernel_timespec __user *remaining)
{
	nanoseconds_t deadline;
	long error = timespec_to_deadline(request, &deadline);
	return error ? error : sleep_until(deadline, remaining);
}

long sys_clock_nanosleep(int clock, int flags, const struct __kernel_timespec __user *request,
			 struct __kernel_timespec __user *remaining)
{
	nanoseconds_t deadline, now;
	long error = read_clock(clock, &now);
	if (error || clock == CLOCK_THREAD_CPUTIME_ID)
		return -EINVAL;
	if (!(flags & TIMER_ABSTIME))
		return sys_nanosleep(request, remaining);
	error = timespec_read(request, &deadline);
	if (error)
		return error;
	nanoseconds_t since_boot = time_since_boot();
	deadline = deadline > now ? since_boot + (deadline - now) : 1;
	return sleep_until(deadline, NULL);
}

/* ---- the alarm of a process ---- */

enum { ALARM_GAP_NS = 100000 };

/* Setting is for one thread at a time: it cancels, then changes, then arms. */
static struct mutex alarm_lock = MUTEX_INIT(alarm_lock, LOCK_RANK_ALARM);

struct alarm {
	struct timer timer;
	struct process *process; /* not counted: the timer is cancelled before it goes */
};

/* Fast timers skip a beat: the interrupt must end, and its CPU have time for something else. */
static void fire_alarm(struct timer *timer)
{
	struct process *process = container_of(timer, struct alarm, timer)->process;
	nanoseconds_t interval = process->alarm_interval;

	if (interval) {
		process->alarm_deadline =
			MAX(process->alarm_deadline + interval, time_since_boot() + ALARM_GAP_NS);
		timer_arm(timer, process->alarm_deadline);
	} else {
		process->alarm_deadline = 0;
	}
	signal_send_process(process, SIGALRM, NULL);
}

/* alarm_lock held. */
static long set_alarm_locked(nanoseconds_t delay, nanoseconds_t interval, nanoseconds_t *left,
			     nanoseconds_t *old_interval)
{
	struct process *process = current_process();

	if (!process->alarm_timer) {
		struct alarm *alarm = knew(struct alarm);
		if (!alarm)
			return -ENOMEM;
		timer_init(&alarm->timer, fire_alarm);
		alarm->process = process;
		process->alarm_timer = &alarm->timer;
	}
	timer_cancel(process->alarm_timer);
	nanoseconds_t now = time_since_boot();
	*left = process->alarm_deadline > now ? process->alarm_deadline - now : 0;
	*old_interval = process->alarm_interval;
	process->alarm_interval = interval;
	process->alarm_deadline = delay ? now + delay : 0;
	if (delay)
		timer_arm(process->alarm_timer, process->alarm_deadline);
	return 0;
}

/* Returns the time that was left. */
static long set_alarm(nanoseconds_t delay, nanoseconds_t interval, nanoseconds_t *left,
		      nanoseconds_t *old_interval)
{
	mutex_lock(&alarm_lock);
	long error = set_alarm_locked(delay, interval, left, old_interval);
	mutex_unlock(&alarm_lock);
	return error;
}

long sys_alarm(uint32_t seconds)
{
	nanoseconds_t left, interval;
	long error =
		set_alarm((nanoseconds_t)seconds * NANOSECONDS_PER_SECOND, 0, &left, &interval);
	return error ? error : (long)((left + NANOSECONDS_PER_SECOND - 1) / NANOSECONDS_PER_SECOND);
}

static nanoseconds_t from_timeval(const struct __kernel_old_timeval *time)
{
	return (nanoseconds_t)time->tv_sec * NANOSECONDS_PER_SECOND +
	       (nanoseconds_t)time->tv_usec * 1000;
}

static struct __kernel_old_timeval to_timeval(nanoseconds_t time)
{
	return (struct __kernel_old_timeval){ (long)(time / NANOSECONDS_PER_SECOND),
					      (long)(time % NANOSECONDS_PER_SECOND / 1000) };
}

static bool is_valid_timeval(const struct __kernel_old_timeval *time)
{
	return time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < 1000000;
}

long sys_setitimer(int which, const struct __kernel_old_itimerval __user *value,
		   struct __kernel_old_itimerval __user *old_value)
{
	struct __kernel_old_itimerval new = { 0 }, old;
	nanoseconds_t left, interval;

	if (which != ITIMER_REAL)
		return -EINVAL;
	if (value && copy_from_user(&new, value, sizeof(new)))
		return -EFAULT;
	if (!is_valid_timeval(&new.it_value) || !is_valid_timeval(&new.it_interval))
		return -EINVAL;
	long error = set_alarm(from_timeval(&new.it_value), from_timeval(&new.it_interval), &left,
			       &interval);
	if (error || !old_value)
		return error;
	old.it_value = to_timeval(left);
	old.it_interval = to_timeval(interval);
	return copy_to_user(old_value, &old, sizeof(old));
}

long sys_getitimer(int which, struct __kernel_old_itimerval __user *value)
{
	struct process *process = current_process();
	nanoseconds_t now = time_since_boot(), deadline = process->alarm_deadline;
	struct __kernel_old_itimerval now_value;

	if (which != ITIMER_REAL)
		return -EINVAL;
	now_value.it_value = to_timeval(deadline > now ? deadline - now : 0);
	now_value.it_interval = to_timeval(process->alarm_interval);
	return copy_to_user(value, &now_value, sizeof(now_value));
}
