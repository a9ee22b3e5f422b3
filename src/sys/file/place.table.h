/* SPDX-License-Identifier: MIT */
/* A task's place in the tree of files. */
SYSCALL(chdir, (const char __user *, path))
SYSCALL(fchdir, (int, descriptor))
SYSCALL(getcwd, (char __user *, buffer), (size_t, size))
SYSCALL(chroot, (const char __user *, path))
SYSCALL(umask, (uint32_t, mask))
