/* SPDX-License-Identifier: MIT */
/*
 * A slab is a block of frames: a header, an array with each object's allocation site, then
 * the objects. Free objects of a slab form a list through their first word. Each CPU's
 * magazine holds free objects of any slab; an object there counts as taken for its slab and
 * as free for the accounting.
 */
#include "mm/slab.h"

#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/layout.h"
#include "mm/misuse_private.h"
#include "mm/slab_check_private.h"
#include "mm/slab_private.h"
#include "trace/kernel/trace.h"

enum {
	SLAB_OBJECTS_MINIMUM = 8, /* a slab grows until it holds so many, or is 32 KiB */
	SLAB_ORDER_MAX = 3,
	EMPTY_SLABS_KEPT = 1,
	SITE_FREE = 0x8000, /* in slab->sites: the object is free; the rest: who had it last */
};

struct slab {
	struct slab_cache *cache;
	struct list link;	    /* [L] in cache's partial, full or empty */
	void *free;		    /* [L] first free object */
	uint32_t used;		    /* [L] objects taken, magazines included */
	char *objects;		    /* I the first object */
	alloc_site_index_t sites[]; /* the owner's; with SITE_FREE while free */
};

struct list slab_caches = LIST_INIT(slab_caches);
static struct spinlock caches_lock = SPINLOCK_INIT(LOCK_RANK_SLAB);

static size_t objects_offset(uint32_t count, uint32_t alignment)
{
	return ALIGN_UP(sizeof(struct slab) + count * sizeof(alloc_site_index_t),
			(size_t)alignment);
}

/* How many objects fit a slab of that order. */
static uint32_t capacity(const struct slab_cache *cache, uint32_t order)
{
	size_t bytes = (size_t)PAGE_SIZE << order;
	uint32_t count = (uint32_t)(bytes / (cache->object_stride + sizeof(alloc_site_index_t)));
	while (count > 0 &&
	       objects_offset(count, cache->alignment) + (size_t)count * cache->object_stride >
		       bytes)
		count--;
	return count;
}

void slab_cache_init(struct slab_cache *cache, const char *name, uint32_t object_size,
		     uint32_t alignment)
{
	*cache = (struct slab_cache){
		.name = name,
		.object_size = ALIGN_UP(MAX(object_size, (uint32_t)sizeof(void *)), alignment),
		.alignment = alignment,
	};
	cache->object_stride = slab_check_stride(cache->object_size, alignment);
	while (capacity(cache, cache->order) < SLAB_OBJECTS_MINIMUM &&
	       cache->order < SLAB_ORDER_MAX)
		cache->order++;
	cache->objects_per_slab = capacity(cache, cache->order);
	ASSERT(cache->objects_per_slab > 0);
	ASSERT(alignment >= sizeof(void *) && (alignment & (alignment - 1)) == 0);
	ASSERT(alloc_site_count() < SITE_FREE);
	spin_lock_init(&cache->lock, LOCK_RANK_SLAB);
	list_init(&cache->partial);
	list_init(&cache->full);
	list_init(&cache->empty);
	spin_lock(&caches_lock);
	list_add_last(&slab_caches, &cache->all_link);
	spin_unlock(&caches_lock);
}

static struct slab *slab_of(const void *object)
{
	struct frame *frame = frame_of_physical(virtual_to_physical(object));
	return frame->owner;
}

static uint32_t object_index(const struct slab *slab, const void *object)
{
	return (uint32_t)(((const char *)object - slab->objects) / slab->cache->object_stride);
}

static struct slab *slab_create(struct slab_cache *cache)
{
	struct frame *block = frame_allocate_at(cache->order, 0, NULL);
	if (!block)
		return NULL;
	struct slab *slab = physical_to_virtual(frame_physical(block));
	*slab = (struct slab){ .cache = cache };
	slab->objects = (char *)slab + objects_offset(cache->objects_per_slab, cache->alignment);
	for (uint32_t i = cache->objects_per_slab; i-- > 0;) {
		void *object = slab->objects + (size_t)i * cache->object_stride;
		slab_check_mark_free(object, cache->object_size);
		*(void **)object = slab->free;
		slab->free = object;
		slab->sites[i] = SITE_FREE;
	}
	for (uint32_t i = 0; i < 1u << cache->order; i++)
		block[i].owner = slab;
	return slab;
}

static void slab_destroy(struct slab *slab)
{
	struct frame *block = frame_of_physical(virtual_to_physical(slab));
	for (uint32_t i = 0; i < 1u << slab->cache->order; i++)
		block[i].owner = NULL;
	frame_free(block);
}

static void move_to(struct slab *slab, struct list *list)
{
	list_remove(&slab->link);
	list_add_first(list, &slab->link);
}

static void *take_object(struct slab_cache *cache) REQUIRES(cache->lock)
{
	struct slab *slab;

	if (!list_is_empty(&cache->partial)) {
		slab = list_first(&cache->partial, struct slab, link);
	} else if (!list_is_empty(&cache->empty)) {
		slab = list_first(&cache->empty, struct slab, link);
		cache->empty_count--;
		move_to(slab, &cache->partial);
	} else {
		slab = slab_create(cache);
		if (!slab)
			return NULL;
		cache->slab_count++;
		list_add_first(&cache->partial, &slab->link);
	}
	void *object = slab->free;
	slab->free = *(void **)object;
	if (++slab->used == cache->objects_per_slab)
		move_to(slab, &cache->full);
	return object;
}

static void give_object(struct slab_cache *cache, void *object) REQUIRES(cache->lock)
{
	struct slab *slab = slab_of(object);

	*(void **)object = slab->free;
	slab->free = object;
	slab->used--;
	if (slab->used > 0) {
		move_to(slab, &cache->partial);
	} else if (cache->empty_count < EMPTY_SLABS_KEPT) {
		move_to(slab, &cache->empty);
		cache->empty_count++;
	} else {
		list_remove(&slab->link);
		cache->slab_count--;
		slab_destroy(slab);
	}
}

/*
 * Magazines are made when a CPU first uses a cache, from a page that the CPU cuts up; they
 * live as long as the kernel. Preemption off.
 */
static struct magazine *magazine_create(void)
{
	static struct {
		char *next;
		size_t left;
	} pool[MAX_CPUS];
	uint32_t cpu = cpu_current_id();

	if (pool[cpu].left < sizeof(struct magazine)) {
		struct frame *frame = frame_allocate_at(0, FRAME_ZEROED, NULL);
		if (!frame)
			return NULL;
		pool[cpu].next = physical_to_virtual(frame_physical(frame));
		pool[cpu].left = PAGE_SIZE;
	}
	struct magazine *magazine = (void *)pool[cpu].next;
	pool[cpu].next += sizeof(struct magazine);
	pool[cpu].left -= sizeof(struct magazine);
	return magazine;
}

/* Preemption off. */
static struct magazine *magazine_of(struct slab_cache *cache)
{
	struct magazine **place = &cache->magazines[cpu_current_id()];
	if (unlikely(!*place))
		*place = magazine_create();
	return *place;
}

static void *take_through_magazine(struct slab_cache *cache)
{
	struct magazine *magazine = magazine_of(cache);

	if (likely(magazine && magazine->count > 0))
		return magazine->objects[--magazine->count];
	spin_lock(&cache->lock);
	void *object = take_object(cache);
	// Fill half of the magazine under the same lock.
	while (object && magazine && magazine->count < MAGAZINE_SIZE / 2 &&
	       !list_is_empty(&cache->partial))
		magazine->objects[magazine->count++] = take_object(cache);
	spin_unlock(&cache->lock);
	return object;
}

static void give_through_magazine(struct slab_cache *cache, void *object)
{
	struct magazine *magazine = magazine_of(cache);

	if (likely(magazine && magazine->count < MAGAZINE_SIZE)) {
		magazine->objects[magazine->count++] = object;
		return;
	}
	spin_lock(&cache->lock);
	give_object(cache, object);
	while (magazine && magazine->count > MAGAZINE_SIZE / 2)
		give_object(cache, magazine->objects[--magazine->count]);
	spin_unlock(&cache->lock);
}

static NORETURN void misused(alloc_site_index_t site, const void *object, const char *what)
{
	memory_misused((alloc_site_index_t)(site & ~SITE_FREE), object, what);
}

void *slab_allocate_at(struct slab_cache *cache, const struct alloc_site *site)
{
	spin_lock_assert_allowed(LOCK_RANK_SLAB);
	alloc_site_index_t last_site = 0;

	preempt_disable();
	void *object = take_through_magazine(cache);
	if (object) {
		struct slab *slab = slab_of(object);
		uint32_t index = object_index(slab, object);
		last_site = slab->sites[index];
		DEBUG_ASSERT(last_site & SITE_FREE);
		slab->sites[index] = alloc_site_index(site);
		alloc_site_count_change(slab->sites[index], 1, cache->object_size);
	}
	preempt_enable();
	if (object) {
		if (unlikely(!slab_check_free_is_untouched(object, cache->object_size)))
			misused(last_site, object, "was written to while free");
		memset(object, 0, cache->object_size);
		trace_slab_alloc((vaddr_t)object, cache->object_size, alloc_site_index(site));
	}
	return object;
}

void slab_free(struct slab_cache *cache, void *object)
{
	struct slab *slab = slab_of(object);

	spin_lock_assert_allowed(LOCK_RANK_SLAB);
	if (unlikely(!slab))
		misused(0, object, "is freed, but is no object");
	uint32_t index = object_index(slab, object);
	bool is_in_slab = index < slab->cache->objects_per_slab;
	alloc_site_index_t site = is_in_slab ? slab->sites[index] : 0;
	if (unlikely(!is_in_slab ||
		     slab->objects + (size_t)index * slab->cache->object_stride != object))
		misused(site, object, "is freed from its middle");
	if (unlikely(site & SITE_FREE))
		misused(site, object, "is freed twice");
	if (unlikely(slab->cache != cache))
		misused(site, object, "is freed to another cache");
	if (unlikely(!slab_check_red_zone_is_whole(object, cache->object_size)))
		misused(site, object, "was written past its end");
	slab_check_mark_free(object, cache->object_size);
	trace_slab_free((vaddr_t)object, cache->object_size);
	preempt_disable();
	alloc_site_count_change(site, -1, -(int64_t)cache->object_size);
	slab->sites[index] = site | SITE_FREE;
	give_through_magazine(cache, object);
	preempt_enable();
}

struct slab_cache *slab_cache_of(const void *object)
{
	struct slab *slab = slab_of(object);
	return slab ? slab->cache : NULL;
}

uint64_t slab_cache_count_objects(struct slab_cache *cache)
{
	const struct slab *slab;
	uint64_t count = 0;

	spin_lock(&cache->lock);
	list_for_each (slab, &cache->partial, link)
		count += slab->used;
	list_for_each (slab, &cache->full, link)
		count += slab->used;
	spin_unlock(&cache->lock);
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		if (cache->magazines[cpu])
			count -= MIN(count, (uint64_t)load_relaxed(&cache->magazines[cpu]->count));
	return count;
}
