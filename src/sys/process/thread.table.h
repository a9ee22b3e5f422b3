/* SPDX-License-Identifier: MIT */
/* A thread's own settings. */
SYSCALL(set_tid_address, (int __user *, address))
SYSCALL(set_robust_list, (void __user *, head), (size_t, size))
SYSCALL(get_robust_list, (int, pid), (uint64_t __user *, head), (uint64_t __user *, size))
SYSCALL(arch_prctl, (int, code), (uint64_t, address))
SYSCALL(prctl, (int, option), (uint64_t, a2), (uint64_t, a3), (uint64_t, a4), (uint64_t, a5))
SYSCALL(futex, (uint32_t __user *, address), (int, operation), (uint32_t, value),
	(uint64_t, timeout), (uint32_t __user *, address2), (uint32_t, value3))
