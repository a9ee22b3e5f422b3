/* SPDX-License-Identifier: MIT */
/*
 * mremap(): growing, shrinking and moving mappings. Moving takes the page-table entries along:
 * no page is copied, and none is faulted in. All tables that the new place needs are made
 * before the first entry moves, so a move fails before it changed anything or not at all.
 */
#include "arch/tlb.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "mm/mm_private.h"
#include "mm/page_table.h"

struct move {
	struct mm *mm;
	vaddr_t from, to;
	bool is_out_of_memory;
};

static void make_table(pte_t *entry, vaddr_t address, void *argument)
{
	struct move *move = argument;

	(void)entry;
	if (!move->is_out_of_memory)
		move->is_out_of_memory = !page_table_make(
			move->mm->root, address - move->from + move->to, &move->mm->table_pages);
}

static void move_entry(pte_t *entry, vaddr_t address, void *argument)
{
	struct move *move = argument;

	*page_table_find(move->mm->root, address - move->from + move->to) = *entry;
	*entry = 0;
}

/* old_size bytes are moved; the mapping is new_size large at its new place. */
static long move_locked(struct vma *vma, vaddr_t from, size_t old_size, vaddr_t to, size_t new_size)
{
	struct mm *mm = vma->mm;
	struct move move = { mm, from, to, false };
	size_t moved_size = MIN(old_size, new_size);
	struct vma *moved =
		vma_create(mm, to, to + new_size, vma->flags, vma->file,
			   vma->file_page + ((from - vma->start) >> PAGE_SHIFT), vma->name);
	if (!moved)
		return -ENOMEM;
	page_table_visit(mm->root, from, from + moved_size, make_table, &move);
	if (move.is_out_of_memory) {
		vma_destroy(moved);
		return -ENOMEM;
	}
	// Point of no return but for the split of a VMA, which comes first in unmapping.
	page_table_visit(mm->root, from, from + moved_size, move_entry, &move);
	tlb_shoot_down(load_acquire(&mm->active_cpus), from, moved_size >> PAGE_SHIFT);
	int error = mm_unmap_locked(mm, from, from + old_size);
	if (error) {
		struct move back = { mm, to, from, false };
		page_table_visit(mm->root, to, to + moved_size, move_entry, &back);
		vma_destroy(moved);
		return error;
	}
	vma_insert(moved);
	vma_merge(moved);
	return (long)to;
}

static bool can_grow_in_place(struct vma *vma, vaddr_t end, vaddr_t new_end)
{
	return vma->end == end && new_end > end && new_end <= USER_LIMIT &&
	       mm_is_free(vma->mm, end, new_end);
}

static long remap_fixed(struct mm *mm, vaddr_t address, size_t size, size_t new_size, vaddr_t to)
{
	long chosen = mm_choose_address(mm, to, new_size, MM_MAP_FIXED);
	if (chosen < 0)
		return chosen == -EPERM ? -EINVAL : chosen;
	if (to < address + size && address < to + new_size)
		return -EINVAL;
	int error = mm_unmap_locked(mm, to, to + new_size);
	if (error)
		return error;
	struct vma *vma = mm_find_vma(mm, address); // its neighbours may have changed
	return move_locked(vma, address, size, to, new_size);
}

static long remap_locked(struct mm *mm, vaddr_t address, size_t size, size_t new_size,
			 enum mm_move_mode mode, vaddr_t to)
{
	struct vma *vma = mm_find_vma(mm, address);
	if (!vma || vma->start > address || size > vma->end - address)
		return -EFAULT;
	if (mode == MM_MOVE_FIXED)
		return remap_fixed(mm, address, size, new_size, to);
	if (new_size <= size) {
		int error = new_size < size
				    ? mm_unmap_locked(mm, address + new_size, address + size)
				    : 0;
		return error ? error : (long)address;
	}
	if (can_grow_in_place(vma, address + size, address + new_size)) {
		vma->end = address + new_size;
		mm->mapped_pages += (new_size - size) >> PAGE_SHIFT;
		vma_merge(vma);
		return (long)address;
	}
	if (mode == MM_MOVE_NEVER)
		return -ENOMEM;
	long place = mm_choose_address(mm, 0, new_size, MM_MAP_ANYWHERE);
	return place < 0 ? place : move_locked(vma, address, size, (vaddr_t)place, new_size);
}

long mm_remap(struct mm *mm, vaddr_t address, size_t size, size_t new_size, enum mm_move_mode mode,
	      vaddr_t new_address)
{
	if (address % PAGE_SIZE || size > USER_LIMIT || new_size == 0 || new_size > USER_LIMIT)
		return -EINVAL;
	size = ALIGN_UP(size, PAGE_SIZE);
	new_size = ALIGN_UP(new_size, PAGE_SIZE);
	// A size of 0 would make a second mapping of shared memory: not offered.
	if (size == 0 || (mode == MM_MOVE_FIXED && new_address % PAGE_SIZE))
		return -EINVAL;
	if (!is_user_range(address, size))
		return -EFAULT;
	mutex_lock(&mm->lock);
	long result = remap_locked(mm, address, size, new_size, mode, new_address);
	mutex_unlock(&mm->lock);
	return result;
}
