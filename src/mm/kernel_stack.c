/* SPDX-License-Identifier: MIT */
/*
 * The vmalloc area as an array of slots of guard + stack. A freed slot keeps its pages
 * mapped and waits for reuse (up to a limit), so that fork needs no page-table work and no
 * shoot-down; beyond the limit its frames go back, and the slot's stale translations are
 * shot down before the frames are.
 */
#include "mm/kernel_stack.h"

#include "arch/tlb.h"
#include "lib/error.h"
#include "lib/bitmap.h"
#include "lib/assert.h"
#include "mm/frame.h"
#include "mm/mm.h"
#include "mm/page_table.h"

enum {
	SLOT_PAGES = KERNEL_STACK_PAGES + 1,
	SLOT_COUNT = 32768,
	CACHED_MAX = 16,
};

/* All [lock] */
static struct {
	struct mutex lock;
	uint64_t used[BITMAP_WORDS(SLOT_COUNT)];
	vaddr_t cached[CACHED_MAX];
	uint32_t cached_count;
	size_t search_start;
} stacks = { .lock = MUTEX_INIT(stacks.lock, LOCK_RANK_VMALLOC) };

static vaddr_t slot_base(size_t slot)
{
	return VMALLOC_BASE + slot * SLOT_PAGES * PAGE_SIZE + PAGE_SIZE;
}

static void unmap_pages(vaddr_t base, int count)
{
	struct frame *pages[KERNEL_STACK_PAGES];

	for (int i = 0; i < count; i++) {
		pte_t *entry = page_table_find(kernel_mm.root, base + (vaddr_t)i * PAGE_SIZE);
		pages[i] = frame_of_physical(*entry & PTE_ADDRESS_MASK);
		*entry = 0;
	}
	if (count)
		tlb_shoot_down((1ul << cpu_count) - 1, base, (uint64_t)count);
	for (int i = 0; i < count; i++)
		frame_free(pages[i]);
}

static int map_pages(vaddr_t base)
{
	for (int i = 0; i < KERNEL_STACK_PAGES; i++) {
		struct frame *frame = frame_allocate(0, 0);
		pte_t *entry =
			frame ? page_table_make(kernel_mm.root, base + (vaddr_t)i * PAGE_SIZE,
						&kernel_mm.table_pages)
			      : NULL;
		if (!entry) {
			if (frame)
				frame_free(frame);
			unmap_pages(base, i);
			return -ENOMEM;
		}
		*entry = frame_physical(frame) | PTE_PRESENT | PTE_WRITE | PTE_GLOBAL |
			 PTE_NO_EXECUTE;
	}
	return 0;
}

vaddr_t kernel_stack_allocate(void)
{
	vaddr_t base = 0;

	mutex_lock(&stacks.lock);
	if (stacks.cached_count) {
		base = stacks.cached[--stacks.cached_count];
	} else {
		size_t slot = bitmap_find_clear(stacks.used, SLOT_COUNT, stacks.search_start);
		if (slot == SLOT_COUNT)
			slot = bitmap_find_clear(stacks.used, SLOT_COUNT, 0);
		if (slot < SLOT_COUNT && map_pages(slot_base(slot)) == 0) {
			bitmap_set(stacks.used, slot);
			stacks.search_start = slot + 1;
			base = slot_base(slot);
		}
	}
	mutex_unlock(&stacks.lock);
	return base;
}

void kernel_stack_free(vaddr_t base)
{
	mutex_lock(&stacks.lock);
	if (stacks.cached_count < CACHED_MAX) {
		stacks.cached[stacks.cached_count++] = base;
	} else {
		size_t slot = (base - PAGE_SIZE - VMALLOC_BASE) / (SLOT_PAGES * PAGE_SIZE);
		ASSERT(bitmap_test(stacks.used, slot));
		unmap_pages(base, KERNEL_STACK_PAGES);
		bitmap_clear(stacks.used, slot);
		stacks.search_start = MIN(stacks.search_start, slot);
	}
	mutex_unlock(&stacks.lock);
}
