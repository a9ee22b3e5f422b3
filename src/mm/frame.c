/* SPDX-License-Identifier: MIT */
/*
 * Buddy allocation. A free block's first descriptor is on the free list of its order; the
 * buddy of block n of order k is n ^ 2^k, so freeing coalesces without searching. In front,
 * each CPU keeps a few single frames, so that the common case takes no lock.
 *
 * Invariants: a block on free list k starts with a FRAME_FREE of order k and goes on with
 * FRAME_FREE_TAIL; no two free buddies of one order exist; a frame kept by a CPU counts as
 * free, but joins no buddy. So every descriptor, read at any moment, tells what its frame is.
 *
 * Known limit: a request for a larger block takes back the frames that its own CPU keeps,
 * but not those of other CPUs.
 */
#include "mm/frame.h"

#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/frame_check_private.h"
#include "mm/layout.h"
#include "mm/misuse_private.h"
#include "sync/spinlock.h"
#include "trace/kernel/trace.h"

enum { CPU_CACHE_SIZE = 32, CPU_CACHE_BATCH = 16 };

static_assert(sizeof(struct frame) <= 40, "frame descriptors cost memory on small machines");

struct frame *frames;
pfn_t frame_count;

/* [F] lock */
static struct {
	struct spinlock lock;
	struct list free[FRAME_MAX_ORDER + 1];
	uint64_t total, free_count;
} buddy = { .lock = SPINLOCK_INIT(LOCK_RANK_FRAMES) };

/* C: its CPU with preemption off */
static struct frame_cache {
	uint32_t count;
	struct frame *frames[CPU_CACHE_SIZE];
} ALIGNED(CACHE_LINE_SIZE) frame_caches[MAX_CPUS];

void frame_allocator_init(struct frame *array, pfn_t count)
{
	frames = array;
	frame_count = count;
	for (int order = 0; order <= FRAME_MAX_ORDER; order++)
		list_init(&buddy.free[order]);
}

static void put_on_list(struct frame *frame, unsigned order)
{
	frame->state = FRAME_FREE;
	frame->order = (uint8_t)order;
	list_add_first(&buddy.free[order], &frame->link);
}

static void set_states(struct frame *frame, unsigned order, enum frame_state first,
		       enum frame_state tail)
{
	frame->state = (uint8_t)first;
	frame->order = (uint8_t)order;
	for (pfn_t i = 1; i < 1ul << order; i++)
		frame[i].state = (uint8_t)tail;
}

/* Free a block, joining it with its buddies as far as they are free. */
static void release_locked(struct frame *frame, unsigned order) REQUIRES(buddy.lock)
{
	pfn_t number = frame_number(frame);

	buddy.free_count += 1ul << order;
	set_states(frame, order, FRAME_FREE, FRAME_FREE_TAIL);
	for (; order < FRAME_MAX_ORDER; order++) {
		pfn_t other = number ^ (1ul << order);
		if (other + (1ul << order) > frame_count || frames[other].state != FRAME_FREE ||
		    frames[other].order != order)
			break;
		list_remove(&frames[other].link);
		frames[MAX(number, other)].state = FRAME_FREE_TAIL;
		number = MIN(number, other);
	}
	put_on_list(&frames[number], order);
}

/* A block of that order, splitting a larger one if needed. */
static struct frame *take_locked(unsigned order) REQUIRES(buddy.lock)
{
	unsigned from = order;
	while (from <= FRAME_MAX_ORDER && list_is_empty(&buddy.free[from]))
		from++;
	if (from > FRAME_MAX_ORDER)
		return NULL;

	struct frame *frame = list_first(&buddy.free[from], struct frame, link);
	list_remove(&frame->link);
	while (from > order) {
		from--;
		put_on_list(frame + (1ul << from), from);
	}
	buddy.free_count -= 1ul << order;
	set_states(frame, order, FRAME_USED, FRAME_USED_TAIL);
	return frame;
}

void frame_allocator_add(pfn_t first, pfn_t count)
{
	pfn_t end = MIN(first + count, frame_count);

	spin_lock(&buddy.lock);
	for (pfn_t number = first; number < end;) {
		ASSERT(frames[number].state == FRAME_RESERVED);
		unsigned order = FRAME_MAX_ORDER;
		while ((number & ((1ul << order) - 1)) || number + (1ul << order) > end)
			order--;
		buddy.total += 1ul << order;
		release_locked(&frames[number], order);
		number += 1ul << order;
	}
	spin_unlock(&buddy.lock);
}

/* A single frame by way of this CPU's cache. Preemption off. */
static struct frame *take_single(void)
{
	struct frame_cache *cache = &frame_caches[cpu_current_id()];

	if (cache->count == 0) {
		spin_lock(&buddy.lock);
		while (cache->count < CPU_CACHE_BATCH) {
			struct frame *frame = take_locked(0);
			if (!frame)
				break;
			frame->state = FRAME_CACHED;
			cache->frames[cache->count++] = frame;
		}
		spin_unlock(&buddy.lock);
		if (cache->count == 0)
			return NULL;
	}
	struct frame *frame = cache->frames[--cache->count];
	frame->state = FRAME_USED;
	return frame;
}

/* Give frames that this CPU keeps back to the buddies, down to a number. */
static void shrink_cache_locked(struct frame_cache *cache, uint32_t count) REQUIRES(buddy.lock)
{
	while (cache->count > count)
		release_locked(cache->frames[--cache->count], 0);
}

/* Preemption off. */
static void give_single(struct frame *frame)
{
	struct frame_cache *cache = &frame_caches[cpu_current_id()];

	if (cache->count == CPU_CACHE_SIZE) {
		spin_lock(&buddy.lock);
		shrink_cache_locked(cache, CPU_CACHE_SIZE - CPU_CACHE_BATCH);
		spin_unlock(&buddy.lock);
	}
	frame->state = FRAME_CACHED;
	cache->frames[cache->count++] = frame;
}

/* A block of several frames. Preemption off. */
static struct frame *take_block(unsigned order)
{
	spin_lock(&buddy.lock);
	struct frame *frame = take_locked(order);
	if (unlikely(!frame)) {
		shrink_cache_locked(&frame_caches[cpu_current_id()], 0);
		frame = take_locked(order);
	}
	spin_unlock(&buddy.lock);
	return frame;
}

static NORETURN void misused(const struct frame *frame, const char *what)
{
	memory_misused(frame->site, physical_to_virtual(frame_physical(frame)), what);
}

struct frame *frame_allocate_at(unsigned order, enum frame_flags flags,
				const struct alloc_site *site)
{
	alloc_site_index_t index = site ? alloc_site_index(site) : 0;

	spin_lock_assert_allowed(LOCK_RANK_FRAMES);
	if (order > FRAME_MAX_ORDER)
		return NULL;
	preempt_disable();
	struct frame *frame = order == 0 ? take_single() : take_block(order);
	if (frame)
		alloc_site_count_change(index, 1, PAGE_SIZE << order);
	preempt_enable();
	if (!frame)
		return NULL;
	struct frame *touched = frame_check_find_touched(frame, order);
	if (unlikely(touched))
		misused(touched, "was written to while free");
	frame->site = index;
	frame->owner = NULL;
	store_relaxed(&frame->reference_count, 1);
	trace_frame_alloc(frame_number(frame), order, index);
	if (flags & FRAME_ZEROED)
		memset(physical_to_virtual(frame_physical(frame)), 0, PAGE_SIZE << order);
	return frame;
}

void frame_free(struct frame *frame)
{
	unsigned order = frame->order;

	spin_lock_assert_allowed(LOCK_RANK_FRAMES);
	if (unlikely(frame->state != FRAME_USED))
		misused(frame, frame->state == FRAME_USED_TAIL ? "is freed from its middle"
							       : "is freed twice");
	if (unlikely(load_relaxed(&frame->reference_count) > 1))
		misused(frame, "is freed while shared");
	frame_check_mark_free(frame, order);
	trace_frame_free(frame_number(frame), order);
	preempt_disable();
	alloc_site_count_change(frame->site, -1, -(int64_t)(PAGE_SIZE << order));
	store_relaxed(&frame->reference_count, 0);
	frame->owner = NULL;
	if (order == 0) {
		give_single(frame);
	} else {
		spin_lock(&buddy.lock);
		release_locked(frame, order);
		spin_unlock(&buddy.lock);
	}
	preempt_enable();
}

void frame_get(struct frame *frame)
{
	uint32_t old = fetch_add_relaxed(&frame->reference_count, 1);
	ASSERT(old > 0);
}

void frame_put(struct frame *frame)
{
	uint32_t old = fetch_sub_acq_rel(&frame->reference_count, 1);
	ASSERT(old > 0);
	if (old == 1)
		frame_free(frame);
}

uint32_t frame_references(const struct frame *frame)
{
	return load_acquire(&frame->reference_count);
}

struct frame_statistics frame_get_statistics(void)
{
	struct frame_statistics statistics;

	spin_lock(&buddy.lock);
	statistics.total = buddy.total;
	statistics.free = buddy.free_count;
	spin_unlock(&buddy.lock);
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		statistics.free += load_relaxed(&frame_caches[cpu].count);
	return statistics;
}
