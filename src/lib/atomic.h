/* SPDX-License-Identifier: MIT */
/* Atomic access, named for the ordering it gives. */
#pragma once

#define load_relaxed(pointer_)		   __atomic_load_n(pointer_, __ATOMIC_RELAXED)
#define load_acquire(pointer_)		   __atomic_load_n(pointer_, __ATOMIC_ACQUIRE)
#define store_relaxed(pointer_, value_)	   __atomic_store_n(pointer_, value_, __ATOMIC_RELAXED)
#define store_release(pointer_, value_)	   __atomic_store_n(pointer_, value_, __ATOMIC_RELEASE)
#define exchange_acq_rel(pointer_, value_) __atomic_exchange_n(pointer_, value_, __ATOMIC_ACQ_REL)
#define fetch_add_relaxed(pointer_, n_)	   __atomic_fetch_add(pointer_, n_, __ATOMIC_RELAXED)
#define fetch_sub_relaxed(pointer_, n_)	   __atomic_fetch_sub(pointer_, n_, __ATOMIC_RELAXED)
#define fetch_sub_acq_rel(pointer_, n_)	   __atomic_fetch_sub(pointer_, n_, __ATOMIC_ACQ_REL)
#define fetch_or_acq_rel(pointer_, n_)	   __atomic_fetch_or(pointer_, n_, __ATOMIC_ACQ_REL)
#define fetch_and_acq_rel(pointer_, n_)	   __atomic_fetch_and(pointer_, n_, __ATOMIC_ACQ_REL)
#define fence_acquire()			   __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define fence_release()			   __atomic_thread_fence(__ATOMIC_RELEASE)
#define fence_full()			   __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* Store desired_ if *pointer_ is expected_; true if it was. Acquires on success. */
#define compare_exchange_acquire(pointer_, expected_, desired_)                                 \
	({                                                                                      \
		__typeof__(*(pointer_)) old_ = (expected_);                                     \
		__atomic_compare_exchange_n(pointer_, &old_, desired_, false, __ATOMIC_ACQUIRE, \
					    __ATOMIC_RELAXED);                                  \
	})
