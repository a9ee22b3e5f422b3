/* SPDX-License-Identifier: MIT */
/* File systems. */
SYSCALL(mount, (const char __user *, source), (const char __user *, target), (const char __user *, type), (uint64_t, flags), (const void __user *, data))
SYSCALL(umount2, (const char __user *, target), (int, flags))
SYSCALL(statfs, (const char __user *, path), (struct statfs __user *, result))
SYSCALL(fstatfs, (int, descriptor), (struct statfs __user *, result))
