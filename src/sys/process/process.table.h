/* SPDX-License-Identifier: MIT */
/* The lives and families of processes. */
SYSCALL(getpid)
SYSCALL(gettid)
SYSCALL(getppid)
SYSCALL(fork)
SYSCALL(vfork)
SYSCALL(clone, (uint64_t, flags), (uint64_t, stack), (int __user *, parent_tid),
	(int __user *, child_tid), (uint64_t, tls))
SYSCALL(clone3, (const struct clone_args __user *, arguments), (size_t, size))
SYSCALL(execve, (const char __user *, path), (const char __user *const __user *, arguments),
	(const char __user *const __user *, environment))
SYSCALL(exit, (int, status))
SYSCALL(exit_group, (int, status))
SYSCALL(wait4, (int, pid), (int __user *, status), (int, options), (struct rusage __user *, usage))
SYSCALL(waitid, (int, which), (int, id), (struct siginfo __user *, info), (int, options),
	(struct rusage __user *, usage))
SYSCALL(getpgid, (int, pid))
SYSCALL(setpgid, (int, pid), (int, group))
SYSCALL(getpgrp)
SYSCALL(getsid, (int, pid))
SYSCALL(setsid)
