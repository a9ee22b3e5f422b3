/* SPDX-License-Identifier: MIT */
/* What the compiler can be told: attributes, alignment, address spaces. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODISCARD		     __attribute__((warn_unused_result))
#define NORETURN		     __attribute__((noreturn))
#define PACKED			     __attribute__((packed))
#define ALIGNED(n_)		     __attribute__((aligned(n_)))
#define SECTION(s_)		     __attribute__((section(s_)))
#define USED			     __attribute__((used))
#define UNUSED			     __attribute__((unused))
#define NOINLINE		     __attribute__((noinline))
#define ALWAYS_INLINE		     inline __attribute__((always_inline))
#define PRINTF_LIKE(format_, first_) __attribute__((format(printf, format_, first_)))

#define likely(x_)   __builtin_expect(!!(x_), 1)
#define unlikely(x_) __builtin_expect(!!(x_), 0)

/* Pointers into user memory: sparse keeps them apart; only mm/user_copy.h follows them. */
#ifdef __CHECKER__
#define __user	__attribute__((noderef, address_space(1)))
#define __force __attribute__((force))
#else
#define __user
#define __force
#endif

/* Clang's thread-safety analysis checks these in `make lint`; GCC knows nothing of them. */
#if defined(__clang__) && defined(LOCK_ANALYSIS)
#define CAPABILITY(name_) __attribute__((capability(name_)))
#define ACQUIRES(...)	  __attribute__((acquire_capability(__VA_ARGS__)))
#define TRY_ACQUIRES(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define RELEASES(...)	  __attribute__((release_capability(__VA_ARGS__)))
#define REQUIRES(...)	  __attribute__((requires_capability(__VA_ARGS__)))
#define NO_LOCK_ANALYSIS  __attribute__((no_thread_safety_analysis))
#else
#define CAPABILITY(name_)
#define ACQUIRES(...)
#define TRY_ACQUIRES(...)
#define RELEASES(...)
#define REQUIRES(...)
#define NO_LOCK_ANALYSIS
#endif

#define static_assert _Static_assert

#define container_of(pointer_, type_, member_) \
	((type_ *)((char *)(pointer_)-offsetof(type_, member_)))

#define ARRAY_SIZE(array_) (sizeof(array_) / sizeof((array_)[0]))

#define ALIGN_UP(value_, alignment_) \
	(((value_) + ((__typeof__(value_))(alignment_)-1)) & ~((__typeof__(value_))(alignment_)-1))
#define ALIGN_DOWN(value_, alignment_) ((value_) & ~((__typeof__(value_))(alignment_)-1))

/* Evaluate each side once; the names carry the line so that uses may nest. */
#define MIN(a_, b_)			MIN_MAX(a_, b_, <, __COUNTER__)
#define MAX(a_, b_)			MIN_MAX(a_, b_, >, __COUNTER__)
#define MIN_MAX(a_, b_, relation_, id_) MIN_MAX_(a_, b_, relation_, id_)
#define MIN_MAX_(a_, b_, relation_, id_)                   \
	({                                                 \
		__typeof__(a_) x##id_ = (a_);              \
		__typeof__(b_) y##id_ = (b_);              \
		x##id_ relation_ y##id_ ? x##id_ : y##id_; \
	})
