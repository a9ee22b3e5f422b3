/* SPDX-License-Identifier: MIT */
/*
 * Where file data comes from or goes to: kernel memory, or a vector of user ranges. Reads
 * and writes of files take one, so that each file operation is written once.
 */
#pragma once

#include "lib/error.h"
#include "lib/types.h"

struct iovec; /* <linux/uio.h> */

enum iov_iter_kind { IOV_ITER_KERNEL, IOV_ITER_USER };

struct iov_iter {
	enum iov_iter_kind kind;
	size_t count;		      /* bytes left in all */
	size_t offset;		      /* into the first segment */
	const struct iovec *segments; /* not owned; kernel memory, ranges checked */
	size_t segment_count;
	struct {
		void *base;
		size_t size;
	} single; /* the segment when segments is NULL */
};

void iov_iter_init_kernel(struct iov_iter *iter, void *buffer, size_t size);
/* -EFAULT when the range is no user range. */
NODISCARD int iov_iter_init_user(struct iov_iter *iter, void __user *buffer, size_t size);
/* segments: kernel copy of a user vector; must outlive iter. -EFAULT, -EINVAL as Linux. */
NODISCARD int iov_iter_init_user_vector(struct iov_iter *iter, const struct iovec *segments,
					size_t segment_count);

/*
 * Move up to size bytes (at most iter->count) and advance. Returns the bytes moved, which
 * is less than asked only at the end of iter, or -EFAULT when not one could be moved.
 */
NODISCARD ssize_t iov_iter_copy_to(struct iov_iter *iter, const void *from, size_t size);
NODISCARD ssize_t iov_iter_copy_from(struct iov_iter *iter, void *to, size_t size);
NODISCARD ssize_t iov_iter_zero(struct iov_iter *iter, size_t size);
