/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: a buddy allocator over an array with one descriptor a frame.
 * Blocks are 2^order frames, aligned to their size.
 */
#pragma once

#include "debug/kernel/alloc_site.h"
#include "lib/list.h"
#include "lib/types.h"

enum {
	FRAME_MAX_ORDER = 10, /* 4 MiB */
};

enum frame_state {
	FRAME_RESERVED, /* never ours to give: firmware, holes, the kernel image */
	FRAME_FREE,	/* first frame of a free block */
	FRAME_FREE_TAIL,
	FRAME_USED, /* first frame of an allocated block */
	FRAME_USED_TAIL,
	FRAME_CACHED, /* a free frame that a CPU keeps for its next request */
};

enum frame_flags {
	FRAME_ZEROED = 1 << 0,
};

/* Locks: [F] the frame allocator's, [O] the block's owner, A atomic */
struct frame {
	uint8_t state;		  /* [F] enum frame_state; its CPU's while FRAME_CACHED */
	uint8_t order;		  /* [F] of the block this frame starts */
	alloc_site_index_t site;  /* [O] who allocated the block, or had it last */
	uint32_t reference_count; /* A: mappings and holders of a page; see frame_get */
	struct list link;	  /* [F] free list, or [O] */
	void *owner;		  /* [O] slab, or the inode of a page-cache page */
	uint64_t index;		  /* [O] page index within owner */
};

extern struct frame *frames; /* indexed by frame number, 0 .. frame_count - 1 */
extern pfn_t frame_count;

struct frame_statistics {
	uint64_t total, free; /* frames */
};

/* Boot only: describe memory. The array must hold count entries and be zeroed. */
void frame_allocator_init(struct frame *array, pfn_t count);
/* Boot only: hand a range of usable frames to the allocator. */
void frame_allocator_add(pfn_t first, pfn_t count);

/*
 * Allocate a block; NULL when none is left. Its reference count is 1. Thread context
 * or boot, any lock below FRAMES held; does not sleep.
 */
#define frame_allocate(order_, flags_) frame_allocate_at(order_, flags_, ALLOC_SITE("frames"))
NODISCARD struct frame *frame_allocate_at(unsigned order, enum frame_flags flags,
					  const struct alloc_site *site);
/* Give a block back; its reference count must be 1 or 0. Context as frame_allocate. */
void frame_free(struct frame *frame);

/* Share a frame (order 0): put frees it with the last reference. Any context but interrupts. */
void frame_get(struct frame *frame);
void frame_put(struct frame *frame);
uint32_t frame_references(const struct frame *frame);

struct frame_statistics frame_get_statistics(void);

static inline pfn_t frame_number(const struct frame *frame)
{
	return (pfn_t)(frame - frames);
}

static inline paddr_t frame_physical(const struct frame *frame)
{
	return frame_number(frame) << PAGE_SHIFT;
}

static inline struct frame *frame_of_physical(paddr_t address)
{
	return &frames[address >> PAGE_SHIFT];
}
