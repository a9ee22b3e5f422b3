/* SPDX-License-Identifier: MIT */
/* Whose a task is. */
SYSCALL(getuid)
SYSCALL(geteuid)
SYSCALL(getgid)
SYSCALL(getegid)
SYSCALL(getresuid, (uint32_t __user *, real), (uint32_t __user *, effective),
	(uint32_t __user *, saved))
SYSCALL(getresgid, (uint32_t __user *, real), (uint32_t __user *, effective),
	(uint32_t __user *, saved))
SYSCALL(setuid, (uint32_t, uid))
SYSCALL(setgid, (uint32_t, gid))
SYSCALL(setreuid, (uint32_t, real), (uint32_t, effective))
SYSCALL(setregid, (uint32_t, real), (uint32_t, effective))
SYSCALL(setresuid, (uint32_t, real), (uint32_t, effective), (uint32_t, saved))
SYSCALL(setresgid, (uint32_t, real), (uint32_t, effective), (uint32_t, saved))
SYSCALL(getgroups, (int, size), (uint32_t __user *, list))
SYSCALL(setgroups, (size_t, size), (const uint32_t __user *, list))
