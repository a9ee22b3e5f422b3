/* SPDX-License-Identifier: MIT */
/* The VMA tree of an address space: finding, inserting, splitting, merging. */
#include "lib/assert.h"
#include "lib/error.h"
#include "mm/mm_private.h"
#include "mm/slab.h"

struct slab_cache vma_cache;
const struct mm_file_operations *mm_file_operations;

static struct vma *vma_of(struct rb_node *node)
{
	return node ? rb_entry(node, struct vma, node) : NULL;
}

struct vma *vma_first(struct mm *mm)
{
	return vma_of(rb_first(&mm->vmas));
}

struct vma *vma_next(struct vma *vma)
{
	return vma_of(rb_next(&vma->node));
}

struct vma *mm_find_vma(struct mm *mm, vaddr_t address)
{
	DEBUG_ASSERT(mutex_is_held(&mm->lock));
	struct rb_node *node = mm->vmas.root;
	struct vma *best = NULL;

	while (node) {
		struct vma *vma = rb_entry(node, struct vma, node);
		if (address < vma->end) {
			best = vma;
			if (address >= vma->start)
				break;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}

struct vma *vma_create(struct mm *mm, vaddr_t start, vaddr_t end, uint32_t flags, struct file *file,
		       uint64_t file_page, const char *name)
{
	struct vma *vma = slab_allocate(&vma_cache, struct vma);
	if (!vma)
		return NULL;
	vma->mm = mm;
	vma->start = start;
	vma->end = end;
	vma->flags = flags;
	vma->file = file;
	vma->file_page = file_page;
	vma->name = name;
	if (file)
		mm_file_operations->get(file);
	return vma;
}

void vma_destroy(struct vma *vma)
{
	struct file *file = vma->file;

	slab_free(&vma_cache, vma);
	if (file)
		mm_file_operations->put(file);
}

void vma_insert(struct vma *vma)
{
	struct mm *mm = vma->mm;
	struct rb_node **link = &mm->vmas.root, *parent = NULL;

	while (*link) {
		struct vma *other = rb_entry(*link, struct vma, node);
		ASSERT(vma->end <= other->start || vma->start >= other->end);
		parent = *link;
		link = vma->start < other->start ? &parent->left : &parent->right;
	}
	rb_insert(&mm->vmas, &vma->node, parent, link);
	mm->vma_count++;
	mm->mapped_pages += (vma->end - vma->start) >> PAGE_SHIFT;
}

struct vma *vma_split(struct vma *vma, vaddr_t address)
{
	DEBUG_ASSERT(mutex_is_held(&vma->mm->lock));
	struct vma *upper =
		vma_create(vma->mm, address, vma->end, vma->flags, vma->file,
			   vma->file_page + ((address - vma->start) >> PAGE_SHIFT), vma->name);
	if (!upper)
		return NULL;
	vma->mm->mapped_pages -= (vma->end - address) >> PAGE_SHIFT;
	vma->end = address;
	vma_insert(upper);
	return upper;
}

static bool is_mergeable(const struct vma *low, const struct vma *high)
{
	return low->end == high->start && low->flags == high->flags && low->file == high->file &&
	       low->name == high->name &&
	       (!low->file ||
		low->file_page + ((low->end - low->start) >> PAGE_SHIFT) == high->file_page);
}

/* low takes over high's range. */
static void absorb(struct vma *low, struct vma *high)
{
	struct mm *mm = low->mm;

	rb_remove(&mm->vmas, &high->node);
	mm->vma_count--;
	low->end = high->end;
	vma_destroy(high);
}

struct vma *vma_merge(struct vma *vma)
{
	DEBUG_ASSERT(mutex_is_held(&vma->mm->lock));
	struct vma *next = vma_next(vma);
	struct vma *previous = vma_of(rb_previous(&vma->node));

	if (next && is_mergeable(vma, next))
		absorb(vma, next);
	if (previous && is_mergeable(previous, vma)) {
		absorb(previous, vma);
		vma = previous;
	}
	return vma;
}
