/* SPDX-License-Identifier: MIT */
/*
 * What the checking build does to frames: freed ones are filled with poison, and a write to
 * them is found when they are given out again. Each descriptor's index, which has no other use
 * while a frame is free, tells that its frame was filled; those free since start-up are not.
 */
#pragma once

#include "mm/frame.h"

#ifdef CHECKING_BUILD
#include "mm/layout.h"
#include "mm/poison_private.h"

static const uint64_t frame_filled_mark = 0x6b6b6b6b6b6b6b6b;

static inline void frame_check_mark_free(struct frame *block, unsigned order)
{
	for (pfn_t i = 0; i < 1ul << order; i++) {
		memset(physical_to_virtual(frame_physical(&block[i])), POISON, PAGE_SIZE);
		block[i].index = frame_filled_mark;
	}
}

/* The first frame of a block just taken that was written to while free, or NULL. */
static inline struct frame *frame_check_find_touched(struct frame *block, unsigned order)
{
	for (pfn_t i = 0; i < 1ul << order; i++) {
		if (block[i].index == frame_filled_mark &&
		    !memory_is_filled(physical_to_virtual(frame_physical(&block[i])), POISON,
				      PAGE_SIZE))
			return &block[i];
		block[i].index = 0;
	}
	return NULL;
}
#else
static inline void frame_check_mark_free(struct frame *block, unsigned order)
{
	(void)block, (void)order;
}

static inline struct frame *frame_check_find_touched(struct frame *block, unsigned order)
{
	(void)block, (void)order;
	return NULL;
}
#endif
