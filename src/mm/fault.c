/* SPDX-License-Identifier: MIT */
/*
 * Page faults. A private page whose frame has more than one holder (after fork, or because
 * it belongs to the page cache) is mapped read-only and copied at the first write.
 */
#include "arch/tlb.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/mm_private.h"
#include "mm/page_table.h"

enum {
	STACK_SIZE_MAX = 8 << 20,
	STACK_GUARD_PAGES = 256, /* unmapped pages kept below a growing stack */
};

/* Extend a stack VMA down to address if the rules allow. */
static int grow_stack(struct vma *vma, vaddr_t address)
{
	vaddr_t start = ALIGN_DOWN(address, PAGE_SIZE);
	struct rb_node *below = rb_previous(&vma->node);

	if (!(vma->flags & VMA_GROWS_DOWN) || vma->end - start > STACK_SIZE_MAX)
		return -EFAULT;
	if (below && rb_entry(below, struct vma, node)->end + STACK_GUARD_PAGES * PAGE_SIZE > start)
		return -EFAULT;
	vma->mm->mapped_pages += (vma->start - start) >> PAGE_SHIFT;
	vma->start = start;
	return 0;
}

static int check_access(const struct vma *vma, uint32_t access)
{
	uint32_t needed = access & FAULT_WRITE	   ? VMA_WRITE
			  : access & FAULT_EXECUTE ? VMA_EXECUTE
						   : VMA_READ | VMA_WRITE | VMA_EXECUTE;
	return vma->flags & needed ? 0 : -EACCES;
}

static pte_t entry_bits(const struct vma *vma, bool is_writable)
{
	pte_t bits = PTE_PRESENT | PTE_USER | PTE_ACCESSED;
	if (is_writable)
		bits |= PTE_WRITE | PTE_DIRTY;
	if (!(vma->flags & VMA_EXECUTE))
		bits |= PTE_NO_EXECUTE;
	if (vma->flags & VMA_SHARED)
		bits |= PTE_SHARED;
	return bits;
}

static struct frame *copy_frame(struct frame *source)
{
	struct frame *copy = frame_allocate(0, 0);
	if (copy)
		memcpy(physical_to_virtual(frame_physical(copy)),
		       physical_to_virtual(frame_physical(source)), PAGE_SIZE);
	return copy;
}

/* A page that was not there: demand-zero or from the file. */
static int fill_entry(struct vma *vma, pte_t *entry, vaddr_t page, uint32_t access)
{
	struct mm *mm = vma->mm;
	struct frame *frame;
	bool is_writable = vma->flags & VMA_WRITE;

	if (!vma->file) {
		frame = frame_allocate(0, FRAME_ZEROED);
		if (!frame)
			return -ENOMEM;
	} else {
		frame = mm_file_operations->get_page(
			vma->file, vma->file_page + ((page - vma->start) >> PAGE_SHIFT));
		if (is_error(frame))
			return (int)pointer_error(frame);
		if (!(vma->flags & VMA_SHARED) && (access & FAULT_WRITE)) {
			struct frame *copy = copy_frame(frame);
			frame_put(frame);
			if (!copy)
				return -ENOMEM;
			frame = copy;
		} else if (!(vma->flags & VMA_SHARED)) {
			is_writable = false;
		}
	}
	*entry = frame_physical(frame) | entry_bits(vma, is_writable);
	mm->peak_resident_pages = MAX(mm->peak_resident_pages, ++mm->resident_pages);
	return 0;
}

/* A write to a present read-only page of a writable VMA. */
static int make_writable(struct vma *vma, pte_t *entry, vaddr_t page)
{
	struct frame *frame = frame_of_physical(*entry & PTE_ADDRESS_MASK);

	if (!(vma->flags & VMA_SHARED) && frame_references(frame) > 1) {
		struct frame *copy = copy_frame(frame);
		if (!copy)
			return -ENOMEM;
		*entry = frame_physical(copy) | entry_bits(vma, true);
		tlb_shoot_down(vma->mm->active_cpus, page, 1);
		frame_put(frame);
		return 0;
	}
	*entry |= PTE_WRITE | PTE_DIRTY;
	tlb_invalidate_page_local(page); // others fault once more at worst
	return 0;
}

static int fault_locked(struct mm *mm, vaddr_t address, uint32_t access) REQUIRES(mm->lock)
{
	struct vma *vma = mm_find_vma(mm, address);
	if (!vma)
		return -EFAULT;
	int error = vma->start > address ? grow_stack(vma, address) : 0;
	if (!error)
		error = check_access(vma, access);
	if (error)
		return error;

	vaddr_t page = ALIGN_DOWN(address, PAGE_SIZE);
	pte_t *entry = page_table_make(mm->root, page, &mm->table_pages);
	if (!entry)
		return -ENOMEM;
	if (!(*entry & PTE_PRESENT))
		return fill_entry(vma, entry, page, access);
	if ((access & FAULT_WRITE) && !(*entry & PTE_WRITE))
		return make_writable(vma, entry, page);
	// Another CPU was faster, or this TLB was stale.
	*entry |= PTE_USER;
	if (vma->flags & VMA_EXECUTE)
		*entry &= ~(pte_t)PTE_NO_EXECUTE;
	tlb_invalidate_page_local(page);
	return 0;
}

int mm_fault(struct mm *mm, vaddr_t address, uint32_t access)
{
	if (address >= USER_LIMIT)
		return -EFAULT;
	mutex_lock(&mm->lock);
	int error = fault_locked(mm, address, access);
	mutex_unlock(&mm->lock);
	return error;
}

ssize_t mm_read(struct mm *mm, vaddr_t address, void *to, size_t size)
{
	size_t done = 0;

	mutex_lock(&mm->lock);
	while (done < size && address < USER_LIMIT) {
		if (fault_locked(mm, address, 0) != 0)
			break;
		pte_t *entry = page_table_find(mm->root, address);
		size_t offset = address % PAGE_SIZE, part = MIN(PAGE_SIZE - offset, size - done);
		memcpy((char *)to + done,
		       (char *)physical_to_virtual(*entry & PTE_ADDRESS_MASK) + offset, part);
		address += part;
		done += part;
	}
	mutex_unlock(&mm->lock);
	return (ssize_t)done;
}
