/* SPDX-License-Identifier: MIT */
/* Between vma.c, mm.c and fault.c. */
#pragma once

#include "mm/mm.h"

extern struct slab_cache vma_cache;

/* All with mm->lock held, or for an mm that nobody else knows yet. */
NODISCARD struct vma *vma_create(struct mm *mm, vaddr_t start, vaddr_t end, uint32_t flags,
				 struct file *file, uint64_t file_page, const char *name);
void vma_destroy(struct vma *vma); /* unlinked already or being unlinked here */
void vma_insert(struct vma *vma);
/* Cut at address (strictly inside): vma keeps the lower part; the upper part or -ENOMEM. */
NODISCARD struct vma *vma_split(struct vma *vma, vaddr_t address);
/* Join with the neighbours where they are alike; returns the VMA that then covers it. */
struct vma *vma_merge(struct vma *vma);
/* Unmap present pages of a range and drop their frames. */
void mm_zap(struct mm *mm, vaddr_t start, vaddr_t end);
/* No VMA in [start, end)? */
bool mm_is_free(struct mm *mm, vaddr_t start, vaddr_t end);
NODISCARD int mm_unmap_locked(struct mm *mm, vaddr_t start, vaddr_t end);
/* Where a mapping of that size goes: the address, or -errno. */
NODISCARD long mm_choose_address(struct mm *mm, vaddr_t address, size_t size,
				 enum mm_map_mode mode);
