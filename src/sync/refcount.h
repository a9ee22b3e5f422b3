/* SPDX-License-Identifier: MIT */
/*
 * Reference counts. A count that would go from 0 to 1, or below 0, is a kernel bug and
 * panics; a count near overflow sticks, so that a leak never becomes a use after free.
 */
#pragma once

#include "lib/assert.h"
#include "lib/atomic.h"

struct refcount {
	uint32_t count; /* A */
};

enum { REFCOUNT_SATURATED = 0x7fffffff };

static inline void refcount_init(struct refcount *reference)
{
	store_relaxed(&reference->count, 1);
}

static inline uint32_t refcount_read(const struct refcount *reference)
{
	return load_relaxed(&reference->count);
}

/* The caller holds a reference already. Any context. */
static inline void refcount_get(struct refcount *reference)
{
	uint32_t old = fetch_add_relaxed(&reference->count, 1);
	ASSERT(old != 0);
	if (unlikely(old >= REFCOUNT_SATURATED))
		store_relaxed(&reference->count, REFCOUNT_SATURATED);
}

/* Take a reference unless the object is already on its way out. Any context. */
static inline NODISCARD bool refcount_get_unless_zero(struct refcount *reference)
{
	uint32_t old = load_relaxed(&reference->count);
	while (old != 0)
		if (__atomic_compare_exchange_n(&reference->count, &old, old + 1, true,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

/* Drop a reference; true if it was the last and the caller must destroy the object. */
static inline NODISCARD bool refcount_put(struct refcount *reference)
{
	if (unlikely(load_relaxed(&reference->count) >= REFCOUNT_SATURATED))
		return false;
	uint32_t old = fetch_sub_acq_rel(&reference->count, 1);
	ASSERT(old != 0);
	return old == 1;
}
