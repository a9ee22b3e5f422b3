/* SPDX-License-Identifier: MIT */
/*
 * Slab caches: objects of one size, cut from blocks of frames, with a magazine of free
 * objects on every CPU in front. See slab.c. All calls: thread context, no sleeping.
 */
#pragma once

#include "mm/frame.h"
#include "sync/spinlock.h"

enum { MAGAZINE_SIZE = 32 };

struct magazine {
	uint32_t count;
	void *objects[MAGAZINE_SIZE];
};

/* Locks: I immutable, [L] lock, C its CPU with preemption off */
struct slab_cache {
	const char *name;	   /* I */
	uint32_t object_size;	   /* I: rounded up to alignment */
	uint32_t object_stride;	   /* I: from one object to the next in a slab */
	uint32_t objects_per_slab; /* I */
	uint32_t order;		   /* I: frames per slab, as a power of two */
	uint32_t alignment;	   /* I */
	struct spinlock lock;
	struct list partial, full, empty;     /* [L] struct slab */
	uint32_t empty_count;		      /* [L] */
	uint64_t slab_count;		      /* [L] */
	struct magazine *magazines[MAX_CPUS]; /* C: NULL until first used */
	struct list all_link;		      /* in slab_caches */
};

extern struct list slab_caches; /* every cache, for /proc and debuggers; append only */

/* Make a cache in memory that the caller owns and never frees. Alignment: a power of two >= 8. */
void slab_cache_init(struct slab_cache *cache, const char *name, uint32_t object_size,
		     uint32_t alignment);

/* A zeroed object of the cache, or NULL when memory is out. */
#define slab_allocate(cache_, type_) ((type_ *)slab_allocate_at(cache_, ALLOC_SITE(#type_)))
NODISCARD void *slab_allocate_at(struct slab_cache *cache, const struct alloc_site *site);
void slab_free(struct slab_cache *cache, void *object);
/* Objects in use; a little off while other CPUs allocate. Thread context. */
uint64_t slab_cache_count_objects(struct slab_cache *cache);

/* General memory. Zeroed; NULL when memory is out; up to 4 MiB. kfree(NULL) does nothing. */
#define kmalloc(size_) kmalloc_at(size_, ALLOC_SITE("bytes"))
#define knew(type_)    ((type_ *)kmalloc_at(sizeof(type_), ALLOC_SITE(#type_)))
#define knew_array(type_, count_) \
	((type_ *)kmalloc_array_at(sizeof(type_), count_, ALLOC_SITE(#type_ "[]")))
NODISCARD void *kmalloc_at(size_t size, const struct alloc_site *site);
NODISCARD void *kmalloc_array_at(size_t size, size_t count, const struct alloc_site *site);
void kfree(void *object);

void kmalloc_init(void); /* boot only, after the frame allocator */
