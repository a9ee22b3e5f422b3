/* SPDX-License-Identifier: MIT */
/* The buddy allocator against a map of who has each frame. */
#include "memory.h"

enum { BLOCKS = 300, ROUNDS = 30000 };

struct block {
	struct frame *frame;
	unsigned order;
};

static uint16_t taken_by[FRAME_COUNT]; /* block + 1 */

static bool is_usable(pfn_t first, pfn_t count)
{
	pfn_t end = first + count;
	return (first >= FIRST_RANGE && end <= HOLE) ||
	       (first >= SECOND_RANGE && end <= FRAME_COUNT);
}

static bool is_described(const struct block *block)
{
	if (block->frame->state != FRAME_USED || block->frame->order != block->order ||
	    frame_references(block->frame) != 1)
		return false;
	for (pfn_t i = 1; i < 1ul << block->order; i++)
		if (block->frame[i].state != FRAME_USED_TAIL)
			return false;
	return true;
}

static void take(struct block *blocks, int which)
{
	struct block *block = &blocks[which];
	// Mostly small ones, so that all sizes find room.
	block->order = (unsigned)(unit_random() % (1 + unit_random() % (FRAME_MAX_ORDER + 1)));
	block->frame = frame_allocate(block->order, unit_random() % 2 ? FRAME_ZEROED : 0);
	if (!block->frame)
		return;
	pfn_t first = frame_number(block->frame), count = 1ul << block->order;
	CHECK(first % count == 0);
	CHECK(is_usable(first, count));
	CHECK(is_described(block));
	for (pfn_t i = 0; i < count; i++) {
		CHECK(taken_by[first + i] == 0);
		taken_by[first + i] = (uint16_t)(which + 1);
	}
}

static void give(struct block *blocks, int which)
{
	struct block *block = &blocks[which];
	pfn_t first = frame_number(block->frame);

	CHECK(is_described(block));
	for (pfn_t i = 0; i < 1ul << block->order; i++) {
		CHECK(taken_by[first + i] == which + 1);
		taken_by[first + i] = 0;
	}
	frame_free(block->frame);
	block->frame = NULL;
}

static uint64_t count_taken(void)
{
	uint64_t count = 0;
	for (int i = 0; i < FRAME_COUNT; i++)
		count += taken_by[i] != 0;
	return count;
}

/* Take all that is left in one order; give it back. How many there were. */
static int count_blocks(unsigned order)
{
	static struct frame *frames_taken[FRAME_COUNT];
	int count = 0;
	while ((frames_taken[count] = frame_allocate(order, 0)))
		count++;
	for (int i = 0; i < count; i++)
		frame_free(frames_taken[i]);
	return count;
}

/* Each CPU gives back what it keeps when it asks for more than there is. */
static void give_back_kept(void)
{
	for (uint32_t cpu = TEST_CPUS; cpu-- > 0;) {
		run_on_cpu(cpu);
		count_blocks(FRAME_MAX_ORDER);
	}
}

TEST(test_blocks_never_overlap_and_everything_comes_back)
{
	struct block blocks[BLOCKS] = { 0 };

	start_memory();
	for (int round = 0; round < ROUNDS; round++) {
		int which = (int)(unit_random() % BLOCKS);
		run_on_cpu((uint32_t)(unit_random() % TEST_CPUS));
		if (blocks[which].frame)
			give(blocks, which);
		else
			take(blocks, which);
		if (round % 64 == 0)
			CHECK(free_frames() == USABLE - count_taken());
	}
	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i].frame)
			give(blocks, i);
	CHECK(free_frames() == USABLE);
	CHECK(counted_for("take").objects == 0 && counted_for("take").bytes == 0);
	give_back_kept();
	CHECK(count_blocks(FRAME_MAX_ORDER) == LARGEST_BLOCKS);
}

TEST(test_memory_is_used_up_to_the_last_frame)
{
	start_memory();
	CHECK(frame_get_statistics().total == USABLE);
	give_back_kept();
	CHECK(count_blocks(0) == USABLE);
	CHECK(free_frames() == USABLE);
	CHECK(count_blocks(FRAME_MAX_ORDER) == LARGEST_BLOCKS);
	CHECK(!frame_allocate(FRAME_MAX_ORDER + 1, 0));
}

TEST(test_a_frame_just_freed_is_the_next_one_on_its_cpu)
{
	start_memory();
	struct frame *frame = frame_allocate(0, 0);
	frame_free(frame);
	CHECK(frame->state == FRAME_CACHED);
	run_on_cpu(1);
	struct frame *other = frame_allocate(0, 0);
	CHECK(other != frame);
	frame_free(other);
	run_on_cpu(0);
	CHECK(frame_allocate(0, 0) == frame);
	frame_free(frame);
}

TEST(test_zeroed_means_zeroed)
{
	start_memory();
	struct frame *block = frame_allocate(2, 0);
	char *memory = physical_to_virtual(frame_physical(block));
	memset(memory, 0xff, 4 * PAGE_SIZE);
	frame_free(block);
	CHECK(frame_allocate(2, FRAME_ZEROED) == block);
	for (int i = 0; i < 4 * PAGE_SIZE; i++)
		CHECK(memory[i] == 0);
	frame_free(block);
}

TEST(test_the_last_reference_frees)
{
	start_memory();
	uint64_t before = free_frames();
	struct frame *frame = frame_allocate(0, 0);
	frame_get(frame);
	CHECK(frame_references(frame) == 2);
	CHECK_PANICS("is freed while shared; allocated by test_the_last_reference_frees",
		     frame_free(frame));
	frame_put(frame);
	CHECK(frame->state == FRAME_USED);
	frame_put(frame);
	CHECK(frame->state == FRAME_CACHED && free_frames() == before);
	CHECK_PANICS("old > 0", frame_put(frame));
	frame->reference_count = 0;
}

TEST(test_a_second_free_names_the_owner)
{
	start_memory();
	struct frame *single = frame_allocate(0, 0), *low = frame_allocate(1, 0);
	struct frame *block = frame_allocate(3, 0);

	frame_free(single);
	CHECK_PANICS("is freed twice; allocated by test_a_second_free", frame_free(single));
	CHECK_PANICS("is freed from its middle", frame_free(block + 1));
	frame_free(low);
	frame_free(block);
	CHECK_PANICS("is freed twice; allocated by test_a_second_free", frame_free(block));
	CHECK(counted_for("test_a_second_free_names_the_owner").objects == 0);
}

TEST(test_a_write_after_free_is_found)
{
	start_memory();
	struct frame *frame = frame_allocate(0, 0);
	char *memory = physical_to_virtual(frame_physical(frame));
	frame_free(frame);
	memory[PAGE_SIZE - 1]++;
	CHECK_PANICS("was written to while free; allocated by test_a_write_after_free",
		     (void)!frame_allocate(0, 0));
	memory[PAGE_SIZE - 1]--;
	host_test_cpu->preempt_count = 0;
	frame_free(frame); // it was taken when the panic came
}
