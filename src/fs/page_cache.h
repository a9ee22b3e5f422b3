/* SPDX-License-Identifier: MIT */
/* An inode's pages by index. Thread context. */
#pragma once

#include "mm/frame.h"

struct page_cache;

NODISCARD struct page_cache *page_cache_create(void);
void page_cache_destroy(struct page_cache *cache);
/* The page, referenced; NULL: not there. */
NODISCARD struct frame *page_cache_find(struct page_cache *cache, uint64_t index);
/* The page, made (zeroed) if need be, referenced; NULL: no memory. */
NODISCARD struct frame *page_cache_make(struct page_cache *cache, uint64_t index);
/* Drop all pages from an index on. */
void page_cache_truncate(struct page_cache *cache, uint64_t first);
/* Drop the pages first .. last. */
void page_cache_remove(struct page_cache *cache, uint64_t first, uint64_t last);
/* The lowest index >= first that has a page, or that has none; UINT64_MAX: no such. */
uint64_t page_cache_next_present(struct page_cache *cache, uint64_t first);
uint64_t page_cache_next_absent(struct page_cache *cache, uint64_t first);
uint64_t page_cache_count(const struct page_cache *cache);
uint64_t page_cache_total_pages(void); /* of all caches */
/* How many pages files may still get: the last part of memory is for programs. */
uint64_t page_cache_room(void);
