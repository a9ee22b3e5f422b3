/* SPDX-License-Identifier: MIT */
#include "mm/user_copy.h"

#include "core/percpu.h"
#include "lib/assert.h"
#include "mm/layout.h"
#include "mm/user_copy_private.h"

/* A kernel address in a user argument must fail as a fault would. */
static bool is_allowed(const void __user *address, size_t size)
{
	DEBUG_ASSERT(may_sleep());
	return is_user_range((vaddr_t)(__force const void *)address, size);
}

int copy_from_user(void *to, const void __user *from, size_t size)
{
	if (unlikely(!is_allowed(from, size)))
		return -EFAULT;
	return user_copy_bytes(to, (__force const void *)from, size) ? -EFAULT : 0;
}

int copy_to_user(void __user *to, const void *from, size_t size)
{
	if (unlikely(!is_allowed(to, size)))
		return -EFAULT;
	return user_copy_bytes((__force void *)to, from, size) ? -EFAULT : 0;
}

int clear_user(void __user *to, size_t size)
{
	if (unlikely(!is_allowed(to, size)))
		return -EFAULT;
	return user_clear_bytes((__force void *)to, size) ? -EFAULT : 0;
}

long copy_string_from_user(char *to, const char __user *from, size_t size)
{
	vaddr_t start = (vaddr_t)(__force const char *)from;
	DEBUG_ASSERT(may_sleep());
	if (start >= USER_LIMIT)
		return -EFAULT;
	bool is_cut = size > USER_LIMIT - start;
	size_t limit = is_cut ? USER_LIMIT - start : size;
	long copied = user_copy_string(to, (__force const char *)from, limit);
	if (copied < 0)
		return -EFAULT;
	if ((size_t)copied > limit)
		return is_cut ? -EFAULT : -ENAMETOOLONG;
	return copied - 1;
}

int load_user_u32(uint32_t *value, const uint32_t __user *from)
{
	return copy_from_user(value, from, sizeof(*value));
}
