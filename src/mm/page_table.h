/* SPDX-License-Identifier: MIT */
/* Page-table trees: finding, making and removing entries. Private to mm/. */
#pragma once

#include "arch/page_table.h"
#include "mm/layout.h"

struct mm;

/*
 * The entry for a 4 KiB page, or NULL when a table on the way is missing (or a large page
 * is there). The mm's lock is held.
 */
pte_t *page_table_find(paddr_t root, vaddr_t address);
/* As page_table_find, making tables; NULL when memory is out. *table_count counts new ones. */
NODISCARD pte_t *page_table_make(paddr_t root, vaddr_t address, uint64_t *table_count);
/* Free the tables (not the pages) of the user half. */
void page_table_free_user(paddr_t root);
/* Call visit for each present 4 KiB user entry in [start, end). */
void page_table_visit(paddr_t root, vaddr_t start, vaddr_t end,
		      void (*visit)(pte_t *entry, vaddr_t address, void *argument), void *argument);
