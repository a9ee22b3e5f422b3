/* SPDX-License-Identifier: MIT */
/* What processes may use, and have used. */
SYSCALL(getrlimit, (uint32_t, resource), (struct rlimit __user *, limit))
SYSCALL(setrlimit, (uint32_t, resource), (const struct rlimit __user *, limit))
SYSCALL(prlimit64, (int, pid), (uint32_t, resource), (const struct rlimit64 __user *, new_limit),
	(struct rlimit64 __user *, old_limit))
SYSCALL(getrusage, (int, who), (struct rusage __user *, usage))
SYSCALL(times, (struct tms __user *, buffer))
