/* SPDX-License-Identifier: MIT */
/* Futexes: sleeping on a word of user memory. See futex.c. */
#pragma once

#include "lib/types.h"

/* Wake up to count sleepers; how many were woken. Thread context; may sleep. */
long futex_wake_address(int32_t __user *address, uint32_t count);
struct task;
/* The current task ends, or executes a program: its robust mutexes tell that their owner died. */
void futex_release_robust(struct task *task);
/* FUTEX_WAIT / FUTEX_WAKE and their bitset forms; deadline: time since boot, 0 for none. */
NODISCARD long futex_wait(uint32_t __user *address, uint32_t expected, uint32_t bitset,
			  nanoseconds_t deadline);
NODISCARD long futex_wake(uint32_t __user *address, uint32_t count, uint32_t bitset);
/* Wake some, move others to a second word; expected is checked when is_checked. */
NODISCARD long futex_requeue(uint32_t __user *from, uint32_t wake_count, uint32_t __user *to,
			     uint32_t move_count, bool is_checked, uint32_t expected);
