/* SPDX-License-Identifier: MIT */
/* The radix tree against a flat array of what should be in it; memory is counted. */
#include "fs/page_cache.h"
#include "harness.h"
#include "mm/slab.h"
#include "sync/mutex.h"

#include <stdlib.h>
#include <string.h>

enum { MODEL_SIZE = 300 };

static long live_objects, live_frames;
static long allocations_left = -1; /* before memory is out; -1: never */

static bool is_out_of_memory(void)
{
	return allocations_left == 0 || (allocations_left > 0 && allocations_left-- == 0);
}

void *kmalloc_at(size_t size, const struct alloc_site *site)
{
	(void)site;
	if (is_out_of_memory())
		return NULL;
	live_objects++;
	return calloc(1, size);
}

void kfree(void *object)
{
	live_objects -= object != NULL;
	free(object);
}

struct frame *frame_allocate_at(unsigned order, enum frame_flags flags,
				const struct alloc_site *site)
{
	(void)order, (void)flags, (void)site;
	if (is_out_of_memory())
		return NULL;
	struct frame *frame = calloc(1, sizeof(*frame));
	frame->reference_count = 1;
	live_frames++;
	return frame;
}

struct frame_statistics frame_get_statistics(void)
{
	return (struct frame_statistics){ 0 };
}

void frame_get(struct frame *frame)
{
	frame->reference_count++;
}

void frame_put(struct frame *frame)
{
	if (--frame->reference_count == 0) {
		live_frames--;
		free(frame);
	}
}

void mutex_init(struct mutex *mutex, enum lock_rank rank)
{
	mutex->rank = rank;
}

void mutex_lock(struct mutex *mutex)
{
	CHECK(!mutex->owner);
	mutex->owner = (struct task *)mutex;
}

void mutex_unlock(struct mutex *mutex)
{
	mutex->owner = NULL;
}

/* Indices far apart, so that the tree has several levels. */
static uint64_t index_of(unsigned place)
{
	static const uint64_t bases[] = { 0, 1ul << 12, 1ul << 30, UINT64_MAX / 4096 };
	return bases[place % ARRAY_SIZE(bases)] + place / ARRAY_SIZE(bases);
}

static bool has_page(struct page_cache *cache, uint64_t index)
{
	struct frame *frame = page_cache_find(cache, index);
	if (frame)
		frame_put(frame);
	return frame;
}

static bool make_page(struct page_cache *cache, uint64_t index)
{
	struct frame *frame = page_cache_make(cache, index);
	if (frame)
		frame_put(frame);
	return frame;
}

TEST(test_a_page_is_found_where_it_was_made_and_nowhere_else)
{
	struct page_cache *cache = page_cache_create();
	CHECK(make_page(cache, 5));
	CHECK(has_page(cache, 5));
	CHECK(!has_page(cache, 4) && !has_page(cache, 6) && !has_page(cache, 5 + (1ul << 40)));
	struct frame *first = page_cache_make(cache, 5), *again = page_cache_find(cache, 5);
	CHECK(first == again);
	CHECK(page_cache_count(cache) == 1);
	frame_put(first);
	frame_put(again);
	page_cache_destroy(cache);
	CHECK(live_frames == 0 && live_objects == 0);
}

TEST(test_a_removed_page_lives_while_it_is_referenced)
{
	struct page_cache *cache = page_cache_create();
	struct frame *frame = page_cache_make(cache, 1);
	page_cache_truncate(cache, 0);
	CHECK(!has_page(cache, 1) && live_frames == 1);
	frame_put(frame);
	page_cache_destroy(cache);
	CHECK(live_frames == 0);
}

TEST(test_random_changes_agree_with_a_flat_array)
{
	struct page_cache *cache = page_cache_create();
	bool model[MODEL_SIZE] = { 0 };

	for (int round = 0; round < 3000; round++) {
		unsigned place = (unsigned)(unit_random() % MODEL_SIZE);
		uint64_t first = index_of(place), last = first + unit_random() % 8;
		if (unit_random() % 4) {
			CHECK(make_page(cache, first));
			model[place] = true;
		} else {
			if (unit_random() % 8 == 0)
				last = UINT64_MAX;
			page_cache_remove(cache, first, last);
			for (unsigned i = 0; i < MODEL_SIZE; i++)
				model[i] &= index_of(i) < first || index_of(i) > last;
		}
		unsigned probe = (unsigned)(unit_random() % MODEL_SIZE);
		CHECK(has_page(cache, index_of(probe)) == model[probe]);
		uint64_t count = 0;
		for (unsigned i = 0; i < MODEL_SIZE; i++)
			count += model[i];
		CHECK(page_cache_count(cache) == count && live_frames == (long)count);
	}
	page_cache_destroy(cache);
	CHECK(live_frames == 0 && live_objects == 0);
}

TEST(test_the_next_page_and_the_next_hole_are_found)
{
	struct page_cache *cache = page_cache_create();
	CHECK(page_cache_next_present(cache, 0) == UINT64_MAX);
	CHECK(page_cache_next_absent(cache, 7) == 7);
	for (uint64_t index = 100; index < 200; index++)
		CHECK(make_page(cache, index));
	CHECK(make_page(cache, 1ul << 33));
	CHECK(page_cache_next_present(cache, 0) == 100);
	CHECK(page_cache_next_present(cache, 150) == 150);
	CHECK(page_cache_next_present(cache, 200) == 1ul << 33);
	CHECK(page_cache_next_present(cache, (1ul << 33) + 1) == UINT64_MAX);
	CHECK(page_cache_next_absent(cache, 0) == 0);
	CHECK(page_cache_next_absent(cache, 100) == 200);
	page_cache_destroy(cache);
}

TEST(test_out_of_memory_at_any_point_loses_nothing)
{
	for (long budget = 0; budget < 12; budget++) {
		struct page_cache *cache = page_cache_create();
		CHECK(make_page(cache, 3));
		allocations_left = budget;
		bool is_made = make_page(cache, 1ul << 40);
		allocations_left = -1;
		CHECK(has_page(cache, 3));
		CHECK(has_page(cache, 1ul << 40) == is_made);
		CHECK(make_page(cache, 1ul << 40));
		page_cache_destroy(cache);
		CHECK(live_frames == 0 && live_objects == 0);
	}
}
