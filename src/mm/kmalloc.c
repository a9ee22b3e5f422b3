/* SPDX-License-Identifier: MIT */
/* General memory: size classes over slab caches, whole blocks of frames above them. */
#include "lib/string.h"
#include "mm/layout.h"
#include "mm/misuse_private.h"
#include "mm/slab.h"
#include "mm/slab_private.h"

static const struct {
	uint32_t size;
	const char *name;
} classes[] = {
	{ 16, "kmalloc-16" },	  { 32, "kmalloc-32" },	    { 64, "kmalloc-64" },
	{ 96, "kmalloc-96" },	  { 128, "kmalloc-128" },   { 192, "kmalloc-192" },
	{ 256, "kmalloc-256" },	  { 512, "kmalloc-512" },   { 1024, "kmalloc-1024" },
	{ 2048, "kmalloc-2048" }, { 4096, "kmalloc-4096" },
};

static struct slab_cache caches[ARRAY_SIZE(classes)];

void kmalloc_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		slab_cache_init(&caches[i], classes[i].name, classes[i].size,
				classes[i].size & (classes[i].size - 1) ? 16
				: classes[i].size < CACHE_LINE_SIZE	? classes[i].size
									: CACHE_LINE_SIZE);
}

static void *allocate_block(size_t size, const struct alloc_site *site)
{
	unsigned order = 0;
	while (((size_t)PAGE_SIZE << order) < size)
		if (++order > FRAME_MAX_ORDER)
			return NULL;
	struct frame *frame = frame_allocate_at(order, FRAME_ZEROED, site);
	return frame ? physical_to_virtual(frame_physical(frame)) : NULL;
}

void *kmalloc_at(size_t size, const struct alloc_site *site)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (size <= classes[i].size)
			return slab_allocate_at(&caches[i], site);
	return allocate_block(size, site);
}

void *kmalloc_array_at(size_t size, size_t count, const struct alloc_site *site)
{
	size_t bytes;
	return __builtin_mul_overflow(size, count, &bytes) ? NULL : kmalloc_at(bytes, site);
}

void kfree(void *object)
{
	if (!object)
		return;
	struct slab_cache *cache = slab_cache_of(object);
	if (cache) {
		slab_free(cache, object);
		return;
	}
	struct frame *block = frame_of_physical(virtual_to_physical(object));
	if (unlikely((uintptr_t)object % PAGE_SIZE))
		memory_misused(block->site, object, "is freed from its middle");
	frame_free(block);
}
