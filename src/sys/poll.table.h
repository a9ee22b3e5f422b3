/* SPDX-License-Identifier: MIT */
/* Waiting on files, and the files that are made for waiting. */
SYSCALL(poll, (struct pollfd __user *, descriptors), (unsigned int, count), (int, timeout_ms))
SYSCALL(ppoll, (struct pollfd __user *, descriptors), (unsigned int, count),
	(struct __kernel_timespec __user *, timeout), (const uint64_t __user *, mask),
	(size_t, mask_size))
SYSCALL(select, (int, count), (unsigned long __user *, readable),
	(unsigned long __user *, writable), (unsigned long __user *, exceptional),
	(struct __kernel_old_timeval __user *, timeout))
SYSCALL(pselect6, (int, count), (unsigned long __user *, readable),
	(unsigned long __user *, writable), (unsigned long __user *, exceptional),
	(struct __kernel_timespec __user *, timeout), (const void __user *, mask_and_size))
SYSCALL(epoll_create, (int, size))
SYSCALL(epoll_create1, (int, flags))
SYSCALL(epoll_ctl, (int, epoll), (int, operation), (int, descriptor),
	(struct epoll_event __user *, event))
SYSCALL(epoll_wait, (int, epoll), (struct epoll_event __user *, events), (int, count),
	(int, timeout_ms))
SYSCALL(epoll_pwait, (int, epoll), (struct epoll_event __user *, events), (int, count),
	(int, timeout_ms), (const uint64_t __user *, mask), (size_t, mask_size))
SYSCALL(epoll_pwait2, (int, epoll), (struct epoll_event __user *, events), (int, count),
	(const struct __kernel_timespec __user *, timeout), (const uint64_t __user *, mask),
	(size_t, mask_size))
SYSCALL(eventfd, (unsigned int, initial))
SYSCALL(eventfd2, (unsigned int, initial), (int, flags))
SYSCALL(pipe, (int __user *, descriptors))
SYSCALL(pipe2, (int __user *, descriptors), (int, flags))
