/* SPDX-License-Identifier: MIT */
/* Reading directories. */
SYSCALL(getdents64, (int, descriptor), (struct linux_dirent64 __user *, entries), (unsigned, size))
