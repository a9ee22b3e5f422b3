/* SPDX-License-Identifier: MIT */
/* Files without a name. */
SYSCALL(eventfd, (unsigned int, initial))
SYSCALL(eventfd2, (unsigned int, initial), (int, flags))
SYSCALL(pipe, (int __user *, descriptors))
SYSCALL(pipe2, (int __user *, descriptors), (int, flags))
