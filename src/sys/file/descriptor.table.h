/* SPDX-License-Identifier: MIT */
/* Opening and closing files, and their descriptors. */
SYSCALL(open, (const char __user *, path), (int, flags), (uint32_t, mode))
SYSCALL(openat, (int, directory), (const char __user *, path), (int, flags), (uint32_t, mode))
SYSCALL(creat, (const char __user *, path), (uint32_t, mode))
SYSCALL(close, (int, descriptor))
SYSCALL(close_range, (unsigned, first), (unsigned, last), (unsigned, flags))
SYSCALL(dup, (int, descriptor))
SYSCALL(dup2, (int, descriptor), (int, target))
SYSCALL(dup3, (int, descriptor), (int, target), (int, flags))
SYSCALL(fcntl, (int, descriptor), (unsigned, command), (uint64_t, argument))
SYSCALL(ioctl, (int, descriptor), (unsigned, command), (uint64_t, argument))
