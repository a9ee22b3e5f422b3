/* SPDX-License-Identifier: MIT */
/* Which task runs, where, and how much. */
SYSCALL(sched_yield)
SYSCALL(sched_getaffinity, (int, pid), (size_t, size), (uint64_t __user *, mask))
SYSCALL(sched_setaffinity, (int, pid), (size_t, size), (const uint64_t __user *, mask))
SYSCALL(sched_get_priority_max, (int, policy))
SYSCALL(sched_get_priority_min, (int, policy))
SYSCALL(getcpu, (uint32_t __user *, cpu), (uint32_t __user *, node))
SYSCALL(getpriority, (int, which), (int, who))
SYSCALL(setpriority, (int, which), (int, who), (int, nice))
