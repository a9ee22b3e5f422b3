/* SPDX-License-Identifier: MIT */
/*
 * What the checking build does to objects: a free one is filled with poison, so that a write
 * after free is found when the object is given out again and a read after free yields
 * nonsense; behind each object lies a red zone, so that a write past the end is found when
 * the object is freed. In other builds all of this is nothing.
 *
 * Known limit: a free object's first word may hold the free list's link and is not checked.
 */
#pragma once

#include "lib/compiler.h"

#ifdef CHECKING_BUILD
#include "mm/poison_private.h"

enum { SLAB_RED_ZONE = 0xbb, SLAB_RED_ZONE_SIZE = 8 };

static inline uint32_t slab_check_stride(uint32_t object_size, uint32_t alignment)
{
	return ALIGN_UP(object_size + SLAB_RED_ZONE_SIZE, alignment);
}

static inline void slab_check_mark_free(void *object, uint32_t object_size)
{
	memset(object, POISON, object_size);
	memset((char *)object + object_size, SLAB_RED_ZONE, SLAB_RED_ZONE_SIZE);
}

static inline bool slab_check_free_is_untouched(const void *object, uint32_t object_size)
{
	return memory_is_filled((const char *)object + sizeof(void *), POISON,
				object_size - sizeof(void *));
}

static inline bool slab_check_red_zone_is_whole(const void *object, uint32_t object_size)
{
	return memory_is_filled((const char *)object + object_size, SLAB_RED_ZONE,
				SLAB_RED_ZONE_SIZE);
}
#else
static inline uint32_t slab_check_stride(uint32_t object_size, uint32_t alignment)
{
	(void)alignment;
	return object_size;
}

static inline void slab_check_mark_free(void *object, uint32_t object_size)
{
	(void)object, (void)object_size;
}

static inline bool slab_check_free_is_untouched(const void *object, uint32_t object_size)
{
	(void)object, (void)object_size;
	return true;
}

static inline bool slab_check_red_zone_is_whole(const void *object, uint32_t object_size)
{
	(void)object, (void)object_size;
	return true;
}
#endif
