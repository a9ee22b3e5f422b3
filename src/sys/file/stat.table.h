/* SPDX-License-Identifier: MIT */
/* What is known of a file. */
SYSCALL(stat, (const char __user *, path), (struct stat __user *, result))
SYSCALL(lstat, (const char __user *, path), (struct stat __user *, result))
SYSCALL(fstat, (int, descriptor), (struct stat __user *, result))
SYSCALL(newfstatat, (int, directory), (const char __user *, path), (struct stat __user *, result), (int, flags))
SYSCALL(statx, (int, directory), (const char __user *, path), (int, flags), (unsigned, mask), (struct statx __user *, result))
SYSCALL(access, (const char __user *, path), (int, mode))
SYSCALL(faccessat, (int, directory), (const char __user *, path), (int, mode))
SYSCALL(faccessat2, (int, directory), (const char __user *, path), (int, mode), (int, flags))
