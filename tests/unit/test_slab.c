/* SPDX-License-Identifier: MIT */
/* Slab caches against a list of who has what, over real frames that run out when told. */
#include "memory.h"
#include "mm/slab.h"

enum { OBJECTS = 2000, ROUNDS = 60000, CACHES = 4 };

static const struct {
	uint32_t size, alignment;
} shapes[CACHES] = { { 1, 8 }, { 40, 8 }, { 200, 64 }, { 3000, 16 } };
static struct slab_cache caches[CACHES];
static long allocations_left = -1; /* of frames, before they are out; -1: never */

struct frame *__real_frame_allocate_at(unsigned order, enum frame_flags flags,
				       const struct alloc_site *site);
struct frame *__wrap_frame_allocate_at(unsigned order, enum frame_flags flags,
				       const struct alloc_site *site);

struct frame *__wrap_frame_allocate_at(unsigned order, enum frame_flags flags,
				       const struct alloc_site *site)
{
	if (allocations_left == 0)
		return NULL;
	allocations_left -= allocations_left > 0;
	return __real_frame_allocate_at(order, flags, site);
}

static void start(void)
{
	start_memory();
	if (caches[0].object_size)
		return;
	for (int i = 0; i < CACHES; i++)
		slab_cache_init(&caches[i], "test", shapes[i].size, shapes[i].alignment);
}

struct object {
	unsigned char *memory;
	int cache;
	unsigned char fill;
};

static void *allocate(struct slab_cache *cache)
{
	return slab_allocate(cache, struct object);
}

static bool is_filled(const struct object *object, unsigned char fill)
{
	for (uint32_t i = 0; i < shapes[object->cache].size; i++)
		if (object->memory[i] != fill)
			return false;
	return true;
}

static bool take(struct object *object)
{
	object->cache = (int)(unit_random() % CACHES);
	object->memory = allocate(&caches[object->cache]);
	if (!object->memory)
		return false;
	CHECK((uintptr_t)object->memory % shapes[object->cache].alignment == 0);
	CHECK(is_filled(object, 0));
	object->fill = (unsigned char)unit_random();
	memset(object->memory, object->fill, shapes[object->cache].size);
	return true;
}

static void give(struct object *object)
{
	CHECK(is_filled(object, object->fill));
	slab_free(&caches[object->cache], object->memory);
	object->memory = NULL;
}

static uint64_t count_live(void)
{
	uint64_t count = 0;
	for (int i = 0; i < CACHES; i++)
		count += slab_cache_count_objects(&caches[i]);
	return count;
}

static uint64_t count_slabs(void)
{
	uint64_t count = 0;
	for (int i = 0; i < CACHES; i++)
		count += caches[i].slab_count;
	return count;
}

TEST(test_objects_are_zeroed_aligned_and_their_owners_alone)
{
	static struct object objects[OBJECTS];
	uint64_t live = 0;

	start();
	for (int round = 0; round < ROUNDS; round++) {
		struct object *object = &objects[unit_random() % OBJECTS];
		run_on_cpu((uint32_t)(unit_random() % TEST_CPUS));
		if (object->memory)
			give(object), live--;
		else
			live += take(object);
		if (round % 256 == 0) {
			CHECK(count_live() == live);
			CHECK(counted_for("allocate").objects == (int64_t)live);
		}
	}
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].memory)
			give(&objects[i]);
	run_on_cpu(0);
	CHECK(count_live() == 0);
	CHECK(counted_for("allocate").objects == 0 && counted_for("allocate").bytes == 0);
	// What stays: one empty slab a cache, and those with objects in the CPUs' magazines.
	CHECK(count_slabs() <= CACHES * (1 + TEST_CPUS * MAGAZINE_SIZE));
}

static uint64_t list_length(const struct list *head)
{
	uint64_t length = 0;
	for (const struct list *node = head->next; node != head; node = node->next)
		length++;
	return length;
}

static bool is_every_slab_on_a_list(void)
{
	for (int i = 0; i < CACHES; i++)
		if (caches[i].slab_count != list_length(&caches[i].partial) +
						    list_length(&caches[i].full) +
						    list_length(&caches[i].empty))
			return false;
	return true;
}

/* Take as many objects as there are, give them back. */
static void use_up(struct object *objects)
{
	int count = 0;
	while (count < OBJECTS && take(&objects[count]))
		count++;
	while (count > 0)
		give(&objects[--count]);
}

TEST(test_whatever_allocation_fails_nothing_leaks)
{
	static struct object objects[OBJECTS];

	start();
	for (uint32_t cpu = 0; cpu < TEST_CPUS; cpu++) {
		run_on_cpu(cpu);
		use_up(objects); // magazines are made once
	}
	run_on_cpu(0);
	uint64_t slabs = count_slabs(), frames_left = free_frames();
	for (long limit = 0; limit < 200; limit++) {
		allocations_left = limit;
		use_up(objects);
		CHECK(count_live() == 0);
		CHECK(is_every_slab_on_a_list());
		CHECK(counted_for("allocate").objects == 0);
	}
	allocations_left = -1;
	use_up(objects);
	// Frames are with the allocator or in slabs, of which a few stay.
	CHECK(count_slabs() <= slabs + CACHES * (1 + MAGAZINE_SIZE));
	uint64_t used = frames_left > free_frames() ? frames_left - free_frames() : 0;
	CHECK(used <= (count_slabs() > slabs ? count_slabs() - slabs : 0) << 3);
}

TEST(test_a_cache_without_a_magazine_works)
{
	static struct slab_cache cache;

	start();
	slab_cache_init(&cache, "late", 64, 64);
	allocations_left = 0;
	CHECK(!allocate(&cache));
	allocations_left = 1;
	void *object = allocate(&cache); // a magazine, but no slab; or the other way round
	allocations_left = -1;
	if (!object)
		object = allocate(&cache);
	CHECK(object && slab_cache_count_objects(&cache) == 1);
	slab_free(&cache, object);
	CHECK(slab_cache_count_objects(&cache) == 0);
}

TEST(test_empty_slabs_go_back_but_one)
{
	static struct slab_cache cache;
	static void *objects[OBJECTS];

	start();
	slab_cache_init(&cache, "once", 500, 8);
	uint64_t before = free_frames();
	for (int i = 0; i < OBJECTS; i++)
		CHECK((objects[i] = allocate(&cache)));
	CHECK(cache.slab_count >= OBJECTS / cache.objects_per_slab);
	for (int i = 0; i < OBJECTS; i++)
		slab_free(&cache, objects[i]);
	uint64_t kept = 1 + (MAGAZINE_SIZE + cache.objects_per_slab - 1) / cache.objects_per_slab;
	CHECK(cache.slab_count <= kept + 1);
	CHECK(free_frames() + (cache.slab_count << cache.order) + 1 >= before);
}

TEST(test_misuse_names_the_owner)
{
	start();
	char *object = allocate(&caches[1]);

	CHECK_PANICS("is freed to another cache; allocated by allocate at",
		     slab_free(&caches[2], object));
	CHECK_PANICS("is freed from its middle; allocated by allocate at",
		     slab_free(&caches[1], object + 8));
	char *slab = (char *)((uintptr_t)object & ~(uintptr_t)(PAGE_SIZE - 1));
	CHECK_PANICS("is freed", slab_free(&caches[1], slab));
	CHECK_PANICS("is freed, but is no object", slab_free(&caches[1], host_test_memory));
	object[40]++;
	CHECK_PANICS("was written past its end; allocated by allocate at",
		     slab_free(&caches[1], object));
	object[40]--;
	slab_free(&caches[1], object);
	CHECK_PANICS("is freed twice; allocated by allocate at", slab_free(&caches[1], object));
	CHECK(counted_for("allocate").objects == 0);
}

TEST(test_a_write_after_free_is_found)
{
	start();
	char *object = allocate(&caches[1]);
	slab_free(&caches[1], object);
	object[39]++;
	CHECK_PANICS("was written to while free; allocated by allocate at", allocate(&caches[1]));
	object[39]--;
	slab_free(&caches[1], object); // it was taken when the panic came
}
