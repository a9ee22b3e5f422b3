/* SPDX-License-Identifier: MIT */
/* Waiting for many files. */
SYSCALL(epoll_create, (int, size))
SYSCALL(epoll_create1, (int, flags))
SYSCALL(epoll_ctl, (int, epoll), (int, operation), (int, descriptor), (struct epoll_event __user *, event))
SYSCALL(epoll_wait, (int, epoll), (struct epoll_event __user *, events), (int, count), (int, timeout_ms))
SYSCALL(epoll_pwait, (int, epoll), (struct epoll_event __user *, events), (int, count), (int, timeout_ms), (const uint64_t __user *, mask), (size_t, mask_size))
SYSCALL(epoll_pwait2, (int, epoll), (struct epoll_event __user *, events), (int, count), (const struct __kernel_timespec __user *, timeout), (const uint64_t __user *, mask), (size_t, mask_size))
