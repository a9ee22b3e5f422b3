/* SPDX-License-Identifier: MIT */
#include "mm/page_table.h"

#include "mm/frame.h"

static pte_t *table_of(pte_t entry)
{
	return physical_to_virtual(entry & PTE_ADDRESS_MASK);
}

pte_t *page_table_find(paddr_t root, vaddr_t address)
{
	pte_t *table = physical_to_virtual(root);

	for (int level = PAGE_TABLE_LEVELS; level > 1; level--) {
		pte_t entry = table[page_table_index(address, level)];
		if (!(entry & PTE_PRESENT) || (entry & PTE_HUGE))
			return NULL;
		table = table_of(entry);
	}
	return &table[page_table_index(address, 1)];
}

pte_t *page_table_make(paddr_t root, vaddr_t address, uint64_t *table_count)
{
	pte_t user = address < DIRECT_MAP_BASE ? PTE_USER : 0;
	pte_t *table = physical_to_virtual(root);

	for (int level = PAGE_TABLE_LEVELS; level > 1; level--) {
		pte_t *entry = &table[page_table_index(address, level)];
		if (!(*entry & PTE_PRESENT)) {
			struct frame *frame = frame_allocate(0, FRAME_ZEROED);
			if (!frame)
				return NULL;
			*entry = frame_physical(frame) | PTE_PRESENT | PTE_WRITE | user;
			++*table_count;
		}
		table = table_of(*entry);
	}
	return &table[page_table_index(address, 1)];
}

/* Depth is bounded by the levels of the table. */
static void free_table(pte_t *table, int level, unsigned entries)
{
	for (unsigned i = 0; level > 1 && i < entries; i++)
		if (table[i] & PTE_PRESENT) {
			free_table(table_of(table[i]), level - 1, PAGE_TABLE_ENTRIES);
			frame_free(frame_of_physical(table[i] & PTE_ADDRESS_MASK));
		}
}

void page_table_free_user(paddr_t root)
{
	free_table(physical_to_virtual(root), PAGE_TABLE_LEVELS, PAGE_TABLE_USER_ENTRIES);
}

/* The first address above that a missing table at this level does not cover. */
static vaddr_t skip_missing(paddr_t root, vaddr_t address)
{
	pte_t *table = physical_to_virtual(root);

	for (int level = PAGE_TABLE_LEVELS; level > 1; level--) {
		pte_t entry = table[page_table_index(address, level)];
		if (!(entry & PTE_PRESENT))
			return ALIGN_DOWN(address, page_table_span(level)) + page_table_span(level);
		table = table_of(entry);
	}
	return address + PAGE_SIZE;
}

void page_table_visit(paddr_t root, vaddr_t start, vaddr_t end,
		      void (*visit)(pte_t *entry, vaddr_t address, void *argument), void *argument)
{
	for (vaddr_t address = start; address < end;) {
		pte_t *entry = page_table_find(root, address);
		if (!entry) {
			address = skip_missing(root, address);
			continue;
		}
		// The entries of one table stand side by side.
		unsigned left = PAGE_TABLE_ENTRIES - page_table_index(address, 1);
		for (; left > 0 && address < end; left--, entry++, address += PAGE_SIZE)
			if (*entry & PTE_PRESENT)
				visit(entry, address, argument);
	}
}
