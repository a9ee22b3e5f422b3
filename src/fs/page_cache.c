/* SPDX-License-Identifier: MIT */
/*
 * A radix tree of 64-way nodes, grown at the root as indices need it. The lock is a mutex,
 * because nodes are allocated under it.
 */
#include "fs/page_cache.h"

#include "lib/atomic.h"
#include "mm/slab.h"
#include "sync/mutex.h"

enum {
	NODE_BITS = 6,
	NODE_SLOTS = 1 << NODE_BITS,
	KEPT_PART = 16, /* one of so many parts of memory is kept from files */
};

struct node {
	void *slots[NODE_SLOTS]; /* nodes, or at the lowest level frames */
};

/* Locks: [L] lock */
struct page_cache {
	struct mutex lock;
	struct node *root; /* [L] */
	int height;	   /* [L] levels below root: 0 means root holds frames */
	uint64_t count;	   /* [L] pages */
};

static uint64_t total_pages; /* A */

struct page_cache *page_cache_create(void)
{
	struct page_cache *cache = knew(struct page_cache);
	if (cache)
		mutex_init(&cache->lock, LOCK_RANK_PAGE_CACHE);
	return cache;
}

static bool is_covered(const struct page_cache *cache, uint64_t index)
{
	int bits = (cache->height + 1) * NODE_BITS;
	return bits >= 64 || index >> bits == 0;
}

/* The slot of an index; with makes_nodes, nodes on the way are made. NULL: not there. [L] */
static void **find_slot(struct page_cache *cache, uint64_t index, bool makes_nodes)
{
	if (!cache->root) {
		if (!makes_nodes || !(cache->root = knew(struct node)))
			return NULL;
		cache->height = 0;
	}
	while (!is_covered(cache, index)) {
		struct node *above = makes_nodes ? knew(struct node) : NULL;
		if (!above)
			return NULL;
		above->slots[0] = cache->root;
		cache->root = above;
		cache->height++;
	}
	struct node *node = cache->root;
	for (int level = cache->height; level > 0; level--) {
		void **slot = &node->slots[index >> (level * NODE_BITS) & (NODE_SLOTS - 1)];
		if (!*slot && (!makes_nodes || !(*slot = knew(struct node))))
			return NULL;
		node = *slot;
	}
	return &node->slots[index & (NODE_SLOTS - 1)];
}

struct frame *page_cache_find(struct page_cache *cache, uint64_t index)
{
	mutex_lock(&cache->lock);
	void **slot = find_slot(cache, index, false);
	struct frame *frame = slot ? *slot : NULL;
	if (frame)
		frame_get(frame);
	mutex_unlock(&cache->lock);
	return frame;
}

struct frame *page_cache_make(struct page_cache *cache, uint64_t index)
{
	struct frame *frame = NULL;

	mutex_lock(&cache->lock);
	void **slot = find_slot(cache, index, true);
	if (slot && !*slot && (*slot = frame_allocate(0, FRAME_ZEROED))) {
		cache->count++;
		fetch_add_relaxed(&total_pages, 1);
	}
	if (slot && *slot) {
		frame = *slot;
		frame_get(frame);
	}
	mutex_unlock(&cache->lock);
	return frame;
}

static void drop_page(struct page_cache *cache, void **slot)
{
	if (!*slot)
		return;
	frame_put(*slot);
	*slot = NULL;
	cache->count--;
	fetch_sub_relaxed(&total_pages, 1);
}

static uint64_t slot_span(int level)
{
	return 1ul << (level * NODE_BITS);
}

/*
 * Drop first .. last below a node whose first index is base. Depth is bounded by the height,
 * at most 10. True if the node is empty afterwards.
 */
static bool remove_from_node(struct page_cache *cache, struct node *node, int level, uint64_t base,
			     uint64_t first, uint64_t last)
{
	bool is_empty = true;

	for (uint64_t i = 0; i < NODE_SLOTS; i++) {
		if (!node->slots[i])
			continue;
		uint64_t start = base + i * slot_span(level);
		uint64_t end = start + (slot_span(level) - 1);
		if (end < first || start > last) {
			is_empty = false;
		} else if (level == 0) {
			drop_page(cache, &node->slots[i]);
		} else if (remove_from_node(cache, node->slots[i], level - 1, start, first, last)) {
			kfree(node->slots[i]);
			node->slots[i] = NULL;
		} else {
			is_empty = false;
		}
	}
	return is_empty;
}

void page_cache_remove(struct page_cache *cache, uint64_t first, uint64_t last)
{
	mutex_lock(&cache->lock);
	if (cache->root && remove_from_node(cache, cache->root, cache->height, 0, first, last)) {
		kfree(cache->root);
		cache->root = NULL;
		cache->height = 0;
	}
	mutex_unlock(&cache->lock);
}

void page_cache_truncate(struct page_cache *cache, uint64_t first)
{
	page_cache_remove(cache, first, UINT64_MAX);
}

/* As page_cache_next_present, below one node. Depth as above. */
static uint64_t next_below(const struct node *node, int level, uint64_t base, uint64_t first)
{
	for (uint64_t i = 0; i < NODE_SLOTS; i++) {
		if (!node->slots[i])
			continue;
		uint64_t start = base + i * slot_span(level);
		if (start + (slot_span(level) - 1) < first)
			continue;
		uint64_t found =
			level ? next_below(node->slots[i], level - 1, start, first) : start;
		if (found != UINT64_MAX)
			return found;
	}
	return UINT64_MAX;
}

uint64_t page_cache_next_present(struct page_cache *cache, uint64_t first)
{
	mutex_lock(&cache->lock);
	uint64_t found =
		cache->root ? next_below(cache->root, cache->height, 0, first) : UINT64_MAX;
	mutex_unlock(&cache->lock);
	return found;
}

uint64_t page_cache_next_absent(struct page_cache *cache, uint64_t first)
{
	mutex_lock(&cache->lock);
	for (void **slot; (slot = find_slot(cache, first, false)) && *slot;)
		first++;
	mutex_unlock(&cache->lock);
	return first;
}

void page_cache_destroy(struct page_cache *cache)
{
	page_cache_truncate(cache, 0);
	kfree(cache);
}

uint64_t page_cache_count(const struct page_cache *cache)
{
	return load_relaxed(&cache->count);
}

uint64_t page_cache_total_pages(void)
{
	return load_relaxed(&total_pages);
}

uint64_t page_cache_room(void)
{
	struct frame_statistics memory = frame_get_statistics();
	uint64_t kept = memory.total / KEPT_PART;
	return memory.free > kept ? memory.free - kept : 0;
}
