/* SPDX-License-Identifier: MIT */
/*
 * Start of memory management. The frame array is put into the highest usable range below
 * 4 GiB that nothing else needs; then the allocator owns all usable memory but low memory,
 * the image, the loader's block and the modules. The direct map uses 2 MiB pages and covers
 * at least the first 4 GiB, where devices' registers are (uncached).
 */
#include "mm/kernel_map.h"

#include "arch/page_table.h"
#include "core/log.h"
#include "lib/assert.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/mm.h"
#include "mm/page_table.h"

extern char kernel_physical_start[], kernel_physical_end[];
extern char kernel_text_start[], kernel_text_end[], kernel_rodata_start[], kernel_rodata_end[];
extern char kernel_data_start[], kernel_data_end[];
extern const char boot_cpu_stack_guard[];

enum { LOW_MEMORY_END = 0x100000 };
static const paddr_t direct_map_minimum = 4ul << 30;

struct mm kernel_mm = {
	.references = { 1 },
	.lock = MUTEX_INIT(kernel_mm.lock, LOCK_RANK_MM),
};

struct reserved_range {
	paddr_t start, end;
};
enum { RESERVED_MAX = BOOT_MODULES_MAX + 4 };
static struct reserved_range reserved[RESERVED_MAX]; /* boot only */
static uint32_t reserved_count;

static void reserve(paddr_t start, paddr_t end)
{
	ASSERT(reserved_count < RESERVED_MAX);
	reserved[reserved_count++] =
		(struct reserved_range){ ALIGN_DOWN(start, PAGE_SIZE), ALIGN_UP(end, PAGE_SIZE) };
}

static void collect_reserved(const struct boot_info *info)
{
	reserve(0, LOW_MEMORY_END);
	reserve((paddr_t)kernel_physical_start, (paddr_t)kernel_physical_end);
	reserve(info->information_start, info->information_end);
	for (uint32_t i = 0; i < info->module_count; i++)
		reserve(info->modules[i].start, info->modules[i].end);
}

/* The highest place of that size in a usable range below limit, or 0. */
static paddr_t find_place(const struct boot_info *info, uint64_t size, paddr_t limit)
{
	paddr_t best = 0;

	for (uint32_t i = 0; i < info->range_count; i++) {
		const struct boot_range *range = &info->ranges[i];
		if (!range->is_usable)
			continue;
		paddr_t end = ALIGN_DOWN(MIN(range->end, limit), PAGE_SIZE);
		for (;;) {
			if (end < size || end - size < range->start)
				break;
			paddr_t start = end - size;
			uint32_t hit = 0;
			while (hit < reserved_count &&
			       (reserved[hit].end <= start || reserved[hit].start >= end))
				hit++;
			if (hit == reserved_count) {
				best = MAX(best, start);
				break;
			}
			end = reserved[hit].start;
		}
	}
	return best;
}

/* Hand out [start, end) without the reserved ranges. */
static void add_unreserved(paddr_t start, paddr_t end)
{
	while (start < end) {
		paddr_t next = end;
		bool is_inside = false;
		for (uint32_t i = 0; i < reserved_count; i++) {
			if (reserved[i].start <= start && start < reserved[i].end) {
				start = reserved[i].end;
				is_inside = true;
				break;
			}
			if (reserved[i].start > start)
				next = MIN(next, reserved[i].start);
		}
		if (is_inside)
			continue;
		frame_allocator_add(start >> PAGE_SHIFT, (next - start) >> PAGE_SHIFT);
		start = next;
	}
}

static paddr_t highest_usable(const struct boot_info *info)
{
	paddr_t highest = 0;
	for (uint32_t i = 0; i < info->range_count; i++)
		if (info->ranges[i].is_usable)
			highest = MAX(highest, info->ranges[i].end);
	return ALIGN_DOWN(highest, PAGE_SIZE);
}

static bool is_usable_memory(const struct boot_info *info, paddr_t address)
{
	for (uint32_t i = 0; i < info->range_count; i++)
		if (info->ranges[i].is_usable && address >= info->ranges[i].start &&
		    address < info->ranges[i].end)
			return true;
	return false;
}

/* One entry of level 2, making the levels above. */
static void map_large(vaddr_t address, paddr_t physical, pte_t bits)
{
	pte_t *table = physical_to_virtual(kernel_mm.root);

	for (int level = PAGE_TABLE_LEVELS; level > 2; level--) {
		pte_t *entry = &table[page_table_index(address, level)];
		if (!(*entry & PTE_PRESENT)) {
			struct frame *frame = frame_allocate(0, FRAME_ZEROED);
			ASSERT(frame);
			*entry = frame_physical(frame) | PTE_PRESENT | PTE_WRITE;
			kernel_mm.table_pages++;
		}
		table = physical_to_virtual(*entry & PTE_ADDRESS_MASK);
	}
	table[page_table_index(address, 2)] = physical | bits | PTE_HUGE;
}

static void map_direct(const struct boot_info *info, paddr_t end)
{
	uint64_t step = page_table_span(2);

	for (paddr_t address = 0; address < end; address += step) {
		pte_t bits = PTE_PRESENT | PTE_WRITE | PTE_GLOBAL | PTE_NO_EXECUTE;
		if (!is_usable_memory(info, address) && !is_usable_memory(info, address + step - 1))
			bits |= PTE_CACHE_DISABLE;
		map_large(DIRECT_MAP_BASE + address, address, bits);
	}
}

static void map_image(const char *start, const char *end, pte_t bits)
{
	for (vaddr_t address = (vaddr_t)start; address < (vaddr_t)end; address += PAGE_SIZE) {
		pte_t *entry = page_table_make(kernel_mm.root, address, &kernel_mm.table_pages);
		ASSERT(entry);
		*entry = (address - KERNEL_BASE) | bits | PTE_PRESENT | PTE_GLOBAL;
	}
}

/* Top-level entries of the kernel half never change again: each mm copies them. */
static void make_vmalloc_top(void)
{
	uint64_t unused = 0;
	pte_t *entry = page_table_make(kernel_mm.root, VMALLOC_BASE, &unused);
	ASSERT(entry);
}

const char *memory_init(const struct boot_info *info)
{
	paddr_t highest = highest_usable(info);
	pfn_t count = highest >> PAGE_SHIFT;
	uint64_t array_size = ALIGN_UP(count * sizeof(struct frame), PAGE_SIZE);

	collect_reserved(info);
	paddr_t array = find_place(info, array_size, direct_map_minimum);
	if (!array)
		return "too little memory: no place for the frame descriptors";
	reserve(array, array + array_size);
	memset(physical_to_virtual(array), 0, array_size);
	frame_allocator_init(physical_to_virtual(array), count);
	for (uint32_t i = 0; i < info->range_count; i++)
		if (info->ranges[i].is_usable) // beyond 4 GiB only once the real map is in use
			add_unreserved(ALIGN_UP(info->ranges[i].start, PAGE_SIZE),
				       ALIGN_DOWN(MIN(info->ranges[i].end, direct_map_minimum),
						  PAGE_SIZE));

	struct frame *root = frame_allocate(0, FRAME_ZEROED);
	if (!root)
		return "too little memory: no frame for the page tables";
	kernel_mm.root = frame_physical(root);
	map_direct(info, MAX(direct_map_minimum, highest));
	map_image(kernel_text_start, kernel_text_end, 0);
	map_image(kernel_rodata_start, kernel_rodata_end, PTE_NO_EXECUTE);
	map_image(kernel_data_start, kernel_data_end, PTE_WRITE | PTE_NO_EXECUTE);
	*page_table_find(kernel_mm.root, (vaddr_t)boot_cpu_stack_guard) = 0;
	make_vmalloc_top();
	cr3_write(kernel_mm.root);
	for (uint32_t i = 0; i < info->range_count; i++)
		if (info->ranges[i].is_usable && info->ranges[i].end > direct_map_minimum)
			add_unreserved(
				MAX(ALIGN_UP(info->ranges[i].start, PAGE_SIZE), direct_map_minimum),
				ALIGN_DOWN(info->ranges[i].end, PAGE_SIZE));
	return NULL;
}

void memory_release_modules(const struct boot_info *info)
{
	for (uint32_t i = 0; i < info->module_count; i++) {
		pfn_t first = info->modules[i].start >> PAGE_SHIFT;
		pfn_t end = ALIGN_UP(info->modules[i].end, PAGE_SIZE) >> PAGE_SHIFT;
		frame_allocator_add(first, end - first);
	}
}
