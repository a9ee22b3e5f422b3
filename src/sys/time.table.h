/* SPDX-License-Identifier: MIT */
/* Time: sys/time.c. */
SYSCALL(time, (int64_t __user *, result))
SYSCALL(gettimeofday, (struct __kernel_old_timeval __user *, time), (struct timezone __user *, zone))
SYSCALL(clock_gettime, (int, clock), (struct __kernel_timespec __user *, time))
SYSCALL(clock_getres, (int, clock), (struct __kernel_timespec __user *, resolution))
SYSCALL(clock_settime, (int, clock), (const struct __kernel_timespec __user *, time))
SYSCALL(nanosleep, (const struct __kernel_timespec __user *, request), (struct __kernel_timespec __user *, remaining))
SYSCALL(clock_nanosleep, (int, clock), (int, flags), (const struct __kernel_timespec __user *, request), (struct __kernel_timespec __user *, remaining))
SYSCALL(alarm, (uint32_t, seconds))
SYSCALL(setitimer, (int, which), (const struct __kernel_old_itimerval __user *, value), (struct __kernel_old_itimerval __user *, old_value))
SYSCALL(getitimer, (int, which), (struct __kernel_old_itimerval __user *, value))
