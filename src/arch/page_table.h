/* SPDX-License-Identifier: MIT */
/* Page-table entries (SDM vol. 3, 4.5) and the instructions that go with them. */
#pragma once

#include "arch/msr.h"
#include "lib/types.h"

typedef uint64_t pte_t;

enum page_table_bits {
	PTE_PRESENT = 1ul << 0,
	PTE_WRITE = 1ul << 1,
	PTE_USER = 1ul << 2,
	PTE_WRITE_THROUGH = 1ul << 3,
	PTE_CACHE_DISABLE = 1ul << 4,
	PTE_ACCESSED = 1ul << 5,
	PTE_DIRTY = 1ul << 6,
	PTE_HUGE = 1ul << 7, /* in levels 2 and 3: maps a page itself */
	PTE_GLOBAL = 1ul << 8,
	PTE_SHARED = 1ul << 9, /* ours: a MAP_SHARED page, never copied on write */
	PTE_ADDRESS_MASK = 0x000ffffffffff000ul,
	PTE_NO_EXECUTE = 1ul << 63,
};

enum {
	PAGE_TABLE_LEVELS = 4,
	PAGE_TABLE_BITS = 9, /* of the address, a level */
	PAGE_TABLE_ENTRIES = 1 << PAGE_TABLE_BITS,
	PAGE_TABLE_USER_ENTRIES = PAGE_TABLE_ENTRIES / 2, /* of the top level */
};

/* Bytes that one entry of a level (1 = page table .. 4 = top) covers. */
static inline uint64_t page_table_span(int level)
{
	return 1ul << (12 + PAGE_TABLE_BITS * (level - 1));
}

static inline unsigned page_table_index(vaddr_t address, int level)
{
	return address >> (12 + PAGE_TABLE_BITS * (level - 1)) & (PAGE_TABLE_ENTRIES - 1);
}

static inline void tlb_invalidate_page_local(vaddr_t address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* All but global pages. */
static inline void tlb_invalidate_all_local(void)
{
	cr3_write(cr3_read());
}
