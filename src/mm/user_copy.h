/* SPDX-License-Identifier: MIT */
/*
 * The only way to user memory. Every access is checked for range; a page that cannot be
 * faulted in makes the call return -EFAULT. Thread context; may sleep; no spin lock held.
 */
#pragma once

#include "lib/error.h"
#include "lib/types.h"

NODISCARD int copy_from_user(void *to, const void __user *from, size_t size);
NODISCARD int copy_to_user(void __user *to, const void *from, size_t size);
NODISCARD int clear_user(void __user *to, size_t size);
/* Copy a string with its NUL. Its length, -EFAULT, or -ENAMETOOLONG when size is too small. */
NODISCARD long copy_string_from_user(char *to, const char __user *from, size_t size);
/* Atomic compare and exchange of a user word; for futexes. */
NODISCARD int load_user_u32(uint32_t *value, const uint32_t __user *from);

#define get_user(variable_, pointer_) copy_from_user(&(variable_), pointer_, sizeof(variable_))
#define put_user(value_, pointer_)                             \
	({                                                     \
		__typeof__(*(pointer_)) put__ = (value_);      \
		copy_to_user(pointer_, &put__, sizeof(put__)); \
	})
