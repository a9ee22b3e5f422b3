/* SPDX-License-Identifier: MIT */
#include "mm/iov_iter.h"

#include "lib/string.h"
#include "mm/layout.h"
#include "mm/user_copy_private.h"

#include <linux/uio.h>

void iov_iter_init_kernel(struct iov_iter *iter, void *buffer, size_t size)
{
	*iter = (struct iov_iter){ .kind = IOV_ITER_KERNEL, .count = size };
	iter->single.base = buffer;
	iter->single.size = size;
}

int iov_iter_init_user(struct iov_iter *iter, void __user *buffer, size_t size)
{
	void *base = (__force void *)buffer;
	if (!is_user_range((vaddr_t)base, size))
		return -EFAULT;
	*iter = (struct iov_iter){ .kind = IOV_ITER_USER, .count = size };
	iter->single.base = base;
	iter->single.size = size;
	return 0;
}

int iov_iter_init_user_vector(struct iov_iter *iter, const struct iovec *segments,
			      size_t segment_count)
{
	*iter = (struct iov_iter){ .kind = IOV_ITER_USER,
				   .segments = segments,
				   .segment_count = segment_count };
	for (size_t i = 0; i < segment_count; i++) {
		if ((ssize_t)segments[i].iov_len < 0)
			return -EINVAL;
		if (!is_user_range((vaddr_t)(__force void *)segments[i].iov_base,
				   segments[i].iov_len))
			return -EFAULT;
		if (__builtin_add_overflow(iter->count, segments[i].iov_len, &iter->count) ||
		    (ssize_t)iter->count < 0)
			return -EINVAL;
	}
	return 0;
}

/* The contiguous part at the iterator's place, skipping empty segments. */
static size_t current_part(struct iov_iter *iter, char **base)
{
	if (!iter->segments) {
		*base = (char *)iter->single.base + iter->offset;
		return iter->single.size - iter->offset;
	}
	while (iter->offset == iter->segments->iov_len) {
		iter->segments++;
		iter->offset = 0;
	}
	*base = (char *)(__force void *)iter->segments->iov_base + iter->offset;
	return iter->segments->iov_len - iter->offset;
}

enum direction { TO_ITER, FROM_ITER, ZERO_ITER };

/* Bytes moved, fewer than size only on a fault. */
static size_t move_part(const struct iov_iter *iter, char *part, char *buffer, size_t size,
			enum direction direction)
{
	if (iter->kind == IOV_ITER_KERNEL) {
		if (direction == TO_ITER)
			memcpy(part, buffer, size);
		else if (direction == FROM_ITER)
			memcpy(buffer, part, size);
		else
			memset(part, 0, size);
		return size;
	}
	if (direction == TO_ITER)
		return size - user_copy_bytes(part, buffer, size);
	if (direction == FROM_ITER)
		return size - user_copy_bytes(buffer, part, size);
	return size - user_clear_bytes(part, size);
}

static ssize_t move(struct iov_iter *iter, char *buffer, size_t size, enum direction direction)
{
	size_t left = MIN(size, iter->count), done = 0;

	while (left > 0) {
		char *part;
		size_t part_size = MIN(current_part(iter, &part), left);
		size_t moved = move_part(iter, part, buffer, part_size, direction);
		iter->offset += moved;
		iter->count -= moved;
		done += moved;
		left -= moved;
		if (direction != ZERO_ITER)
			buffer += moved;
		if (moved < part_size)
			return done ? (ssize_t)done : -EFAULT;
	}
	return (ssize_t)done;
}

ssize_t iov_iter_copy_to(struct iov_iter *iter, const void *from, size_t size)
{
	return move(iter, (char *)(uintptr_t)from, size, TO_ITER);
}

ssize_t iov_iter_copy_from(struct iov_iter *iter, void *to, size_t size)
{
	return move(iter, to, size, FROM_ITER);
}

ssize_t iov_iter_zero(struct iov_iter *iter, size_t size)
{
	return move(iter, NULL, size, ZERO_ITER);
}
