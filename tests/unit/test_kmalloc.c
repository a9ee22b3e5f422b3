/* SPDX-License-Identifier: MIT */
/* General memory over real slab caches and frames. */
#include "memory.h"
#include "mm/slab.h"

enum { OBJECTS = 500, ROUNDS = 30000, SIZE_MAX_TRIED = 40000 };

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
	static bool is_started;
	start_memory();
	if (!is_started)
		kmalloc_init();
	is_started = true;
}

struct object {
	unsigned char *memory;
	size_t size;
	unsigned char fill;
};

static bool is_filled(const struct object *object, unsigned char fill)
{
	for (size_t i = 0; i < object->size; i++)
		if (object->memory[i] != fill)
			return false;
	return true;
}

/* What callers rely on: a power of two is aligned to itself, up to a cache line. */
static size_t alignment_of(size_t size)
{
	if (size > PAGE_SIZE)
		return PAGE_SIZE;
	if (size >= 16 && (size & (size - 1)) == 0)
		return size < CACHE_LINE_SIZE ? size : CACHE_LINE_SIZE;
	return 16;
}

static bool take(struct object *object)
{
	object->size = (size_t)(unit_random() % (1 + unit_random() % SIZE_MAX_TRIED));
	if (unit_random() % 4 == 0)
		object->size = 1ul << unit_random() % 13;
	object->memory = kmalloc(object->size);
	if (!object->memory)
		return false;
	CHECK((uintptr_t)object->memory % alignment_of(object->size) == 0);
	CHECK(is_filled(object, 0));
	object->fill = (unsigned char)unit_random();
	memset(object->memory, object->fill, object->size);
	return true;
}

static void give(struct object *object)
{
	CHECK(is_filled(object, object->fill));
	kfree(object->memory);
	object->memory = NULL;
}

TEST(test_memory_is_zeroed_aligned_and_its_owners_alone)
{
	static struct object objects[OBJECTS];
	int64_t live = 0;

	start();
	for (int round = 0; round < ROUNDS; round++) {
		struct object *object = &objects[unit_random() % OBJECTS];
		run_on_cpu((uint32_t)(unit_random() % TEST_CPUS));
		if (object->memory)
			give(object), live--;
		else
			live += take(object);
		if (round % 256 == 0)
			CHECK(counted_for("take").objects == live);
	}
	for (int i = 0; i < OBJECTS; i++)
		if (objects[i].memory)
			give(&objects[i]);
	run_on_cpu(0);
	CHECK(counted_for("take").objects == 0 && counted_for("take").bytes == 0);
}

TEST(test_sizes_at_the_edges)
{
	start();
	void *nothing = kmalloc(0), *other = kmalloc(0);
	CHECK(nothing && other && nothing != other);
	kfree(nothing);
	kfree(other);
	kfree(NULL);
	size_t largest = (size_t)PAGE_SIZE << FRAME_MAX_ORDER;
	char *memory = kmalloc(largest);
	CHECK(memory);
	if (memory)
		memory[0] = memory[largest - 1] = 1;
	kfree(memory);
	CHECK(!kmalloc(largest + 1));
	CHECK(!kmalloc(SIZE_MAX));
	CHECK(!knew_array(uint64_t, SIZE_MAX / 8 + 1));
	CHECK(!kmalloc_array_at(SIZE_MAX, SIZE_MAX, ALLOC_SITE("overflow")));
	uint64_t *array = knew_array(uint64_t, 100);
	CHECK(array && array[0] == 0 && array[99] == 0);
	kfree(array);
	CHECK(counted_for("test_sizes_at_the_edges").objects == 0);
}

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
	for (int i = 0; i < 20; i++)
		use_up(objects); // each class has its magazine and a slab or two
	uint64_t before = free_frames();
	for (long limit = 0; limit < 300; limit++) {
		allocations_left = limit;
		use_up(objects);
		CHECK(counted_for("take").objects == 0 && counted_for("take").bytes == 0);
	}
	allocations_left = -1;
	// Magazines may pin a slab for each object they hold; a leak of each round is more.
	CHECK(before - MIN(before, free_frames()) < 200);
}

TEST(test_misuse_names_the_owner)
{
	start();
	char *small = kmalloc(100), *large = kmalloc(3 * PAGE_SIZE);

	CHECK_PANICS("is freed from its middle; allocated by test_misuse", kfree(small + 1));
	CHECK_PANICS("is freed from its middle; allocated by test_misuse", kfree(large + 1));
	CHECK_PANICS("is freed from its middle", kfree(large + PAGE_SIZE));
	kfree(small);
	kfree(large);
	CHECK_PANICS("is freed twice; allocated by test_misuse", kfree(small));
	CHECK_PANICS("is freed twice; allocated by test_misuse", kfree(large));
	CHECK(counted_for("test_misuse_names_the_owner").objects == 0);
}
