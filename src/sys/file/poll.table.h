/* SPDX-License-Identifier: MIT */
/* Waiting for files. */
SYSCALL(poll, (struct pollfd __user *, descriptors), (unsigned int, count), (int, timeout_ms))
SYSCALL(ppoll, (struct pollfd __user *, descriptors), (unsigned int, count), (struct __kernel_timespec __user *, timeout), (const uint64_t __user *, mask), (size_t, mask_size))
SYSCALL(select, (int, count), (unsigned long __user *, readable), (unsigned long __user *, writable), (unsigned long __user *, exceptional), (struct __kernel_old_timeval __user *, timeout))
SYSCALL(pselect6, (int, count), (unsigned long __user *, readable), (unsigned long __user *, writable), (unsigned long __user *, exceptional), (struct __kernel_timespec __user *, timeout), (const void __user *, mask_and_size))
