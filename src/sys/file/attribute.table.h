/* SPDX-License-Identifier: MIT */
/* Changing what a file is. */
SYSCALL(chmod, (const char __user *, path), (uint32_t, mode))
SYSCALL(fchmod, (int, descriptor), (uint32_t, mode))
SYSCALL(fchmodat, (int, directory), (const char __user *, path), (uint32_t, mode))
SYSCALL(chown, (const char __user *, path), (uint32_t, uid), (uint32_t, gid))
SYSCALL(lchown, (const char __user *, path), (uint32_t, uid), (uint32_t, gid))
SYSCALL(fchown, (int, descriptor), (uint32_t, uid), (uint32_t, gid))
SYSCALL(fchownat, (int, directory), (const char __user *, path), (uint32_t, uid), (uint32_t, gid), (int, flags))
SYSCALL(utimensat, (int, directory), (const char __user *, path), (const struct __kernel_timespec __user *, times), (int, flags))
SYSCALL(truncate, (const char __user *, path), (int64_t, size))
