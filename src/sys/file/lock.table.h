/* SPDX-License-Identifier: MIT */
/* Locks on files. */
SYSCALL(flock, (int, descriptor), (int, operation))
