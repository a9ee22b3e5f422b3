/* SPDX-License-Identifier: MIT */
/* Address spaces: life, mapping, unmapping, protection, the heap. */
#include "mm/mm.h"

#include "arch/tlb.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/mm_private.h"
#include "mm/page_table.h"
#include "mm/slab.h"

enum { VMA_COUNT_MAX = 65530, ZAP_BATCH = 32 };

static struct slab_cache mm_cache;

void mm_init(void)
{
	slab_cache_init(&mm_cache, "mm", sizeof(struct mm), CACHE_LINE_SIZE);
	slab_cache_init(&vma_cache, "vma", sizeof(struct vma), 8);
}

struct mm *mm_create(void)
{
	struct mm *mm = slab_allocate(&mm_cache, struct mm);
	if (!mm)
		return NULL;
	struct frame *root = frame_allocate(0, FRAME_ZEROED);
	if (!root) {
		slab_free(&mm_cache, mm);
		return NULL;
	}
	refcount_init(&mm->references);
	mutex_init(&mm->lock, LOCK_RANK_MM);
	mm->root = frame_physical(root);
	mm->table_pages = 1;
	mm->mmap_top = USER_LIMIT;
	size_t half = PAGE_TABLE_USER_ENTRIES * sizeof(pte_t);
	memcpy((char *)physical_to_virtual(mm->root) + half,
	       (char *)physical_to_virtual(kernel_mm.root) + half, half);
	return mm;
}

void mm_get(struct mm *mm)
{
	refcount_get(&mm->references);
}

void mm_put(struct mm *mm)
{
	DEBUG_ASSERT(may_sleep());
	if (!mm || !refcount_put(&mm->references))
		return;
	ASSERT(load_relaxed(&mm->active_cpus) == 0);
	mm_zap(mm, 0, USER_LIMIT);
	for (struct vma *vma = vma_first(mm), *next; vma; vma = next) {
		next = vma_next(vma);
		rb_remove(&mm->vmas, &vma->node);
		vma_destroy(vma);
	}
	page_table_free_user(mm->root);
	frame_free(frame_of_physical(mm->root));
	if (mm->executable)
		mm_file_operations->put(mm->executable);
	slab_free(&mm_cache, mm);
}

void mm_switch_to(struct mm *mm)
{
	static struct mm *loaded[MAX_CPUS]; // NULL stands for kernel_mm
	uint32_t cpu = cpu_current_id();
	struct mm *old = loaded[cpu] ? loaded[cpu] : &kernel_mm;

	if (!mm)
		mm = &kernel_mm;
	if (old == mm)
		return;
	// Set before CR3: a shoot-down that misses this CPU happened before it loaded anything.
	fetch_or_acq_rel(&mm->active_cpus, 1ul << cpu);
	cr3_write(mm->root);
	fetch_and_acq_rel(&old->active_cpus, ~(1ul << cpu));
	loaded[cpu] = mm;
}

struct zap {
	struct mm *mm;
	vaddr_t start, end; /* of the batch */
	uint32_t count;
	struct frame *frames[ZAP_BATCH];
};

static void zap_flush(struct zap *zap)
{
	uint64_t active = load_acquire(&zap->mm->active_cpus);

	if (!zap->count)
		return;
	if (active)
		tlb_shoot_down(active, zap->start, (zap->end - zap->start) >> PAGE_SHIFT);
	for (uint32_t i = 0; i < zap->count; i++)
		frame_put(zap->frames[i]);
	zap->mm->resident_pages -= zap->count;
	zap->count = 0;
}

static void zap_entry(pte_t *entry, vaddr_t address, void *argument)
{
	struct zap *zap = argument;

	if (zap->count == 0)
		zap->start = address;
	zap->end = address + PAGE_SIZE;
	zap->frames[zap->count++] = frame_of_physical(*entry & PTE_ADDRESS_MASK);
	*entry = 0;
	if (zap->count == ZAP_BATCH)
		zap_flush(zap);
}

void mm_zap(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct zap zap = { .mm = mm };

	page_table_visit(mm->root, start, end, zap_entry, &zap);
	zap_flush(&zap);
}

/* ---- fork ---- */

struct share {
	struct mm *to;
	int error;
};

static void share_entry(pte_t *entry, vaddr_t address, void *argument)
{
	struct share *share = argument;
	if (share->error)
		return;
	pte_t *copy = page_table_make(share->to->root, address, &share->to->table_pages);
	if (!copy) {
		share->error = -ENOMEM;
		return;
	}
	if (!(*entry & PTE_SHARED))
		*entry &= ~(pte_t)PTE_WRITE; // both copy on the next write
	frame_get(frame_of_physical(*entry & PTE_ADDRESS_MASK));
	*copy = *entry;
	share->to->resident_pages++;
}

static int clone_vmas(struct mm *to, struct mm *from)
{
	for (struct vma *vma = vma_first(from); vma; vma = vma_next(vma)) {
		struct vma *copy = vma_create(to, vma->start, vma->end, vma->flags, vma->file,
					      vma->file_page, vma->name);
		if (!copy)
			return -ENOMEM;
		vma_insert(copy);
		struct share share = { to, 0 };
		page_table_visit(from->root, vma->start, vma->end, share_entry, &share);
		if (share.error)
			return share.error;
	}
	return 0;
}

struct mm *mm_clone(struct mm *from)
{
	struct mm *to = mm_create();
	if (!to)
		return NULL;

	mutex_lock(&from->lock);
	int error = clone_vmas(to, from);
	tlb_shoot_down(load_acquire(&from->active_cpus), 0, USER_LIMIT >> PAGE_SHIFT);
	to->mmap_top = from->mmap_top;
	to->heap_start = from->heap_start;
	to->heap_end = from->heap_end;
	to->code_start = from->code_start;
	to->code_end = from->code_end;
	to->data_start = from->data_start;
	to->data_end = from->data_end;
	to->stack_start = from->stack_start;
	to->arguments_start = from->arguments_start;
	to->arguments_end = from->arguments_end;
	to->environment_start = from->environment_start;
	to->environment_end = from->environment_end;
	to->executable = from->executable;
	if (to->executable)
		mm_file_operations->get(to->executable);
	memcpy(to->auxiliary_vector, from->auxiliary_vector, sizeof(to->auxiliary_vector));
	mutex_unlock(&from->lock);
	if (error) {
		mm_put(to);
		return NULL;
	}
	return to;
}

/* ---- mapping ---- */

/* The highest free range of that size below mmap_top, or 0. */
static vaddr_t find_free_range(struct mm *mm, size_t size)
{
	vaddr_t top = mm->mmap_top;

	for (struct rb_node *node = rb_last(&mm->vmas); node; node = rb_previous(node)) {
		struct vma *vma = rb_entry(node, struct vma, node);
		if (vma->start >= top)
			continue;
		if (vma->end <= top && top - vma->end >= size)
			return top - size;
		top = MIN(top, vma->start);
	}
	return top >= USER_BASE + size ? top - size : 0;
}

bool mm_is_free(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct vma *vma = mm_find_vma(mm, start);
	return !vma || vma->start >= end;
}

/* Make VMA borders at start and end, so that whole VMAs lie inside. */
static int isolate(struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct vma *vma = mm_find_vma(mm, start);
	if (vma && vma->start < start && !vma_split(vma, start))
		return -ENOMEM;
	vma = mm_find_vma(mm, end - 1);
	if (vma && vma->start < end && vma->end > end && !vma_split(vma, end))
		return -ENOMEM;
	return 0;
}

int mm_unmap_locked(struct mm *mm, vaddr_t start, vaddr_t end)
{
	if (mm_is_free(mm, start, end))
		return 0;
	int error = isolate(mm, start, end);
	if (error)
		return error;
	mm_zap(mm, start, end);
	for (struct vma *vma = mm_find_vma(mm, start), *next; vma && vma->start < end; vma = next) {
		next = vma_next(vma);
		rb_remove(&mm->vmas, &vma->node);
		mm->vma_count--;
		mm->mapped_pages -= (vma->end - vma->start) >> PAGE_SHIFT;
		vma_destroy(vma);
	}
	return 0;
}

long mm_choose_address(struct mm *mm, vaddr_t address, size_t size, enum mm_map_mode mode)
{
	if (size == 0 || size > USER_LIMIT - USER_BASE)
		return size ? -ENOMEM : -EINVAL;
	if (mode == MM_MAP_FIXED || mode == MM_MAP_FIXED_NOREPLACE) {
		if (address % PAGE_SIZE)
			return -EINVAL;
		if (address < USER_BASE || address > USER_LIMIT - size)
			return address < USER_BASE ? -EPERM : -ENOMEM;
		if (mode == MM_MAP_FIXED_NOREPLACE && !mm_is_free(mm, address, address + size))
			return -EEXIST;
		return (long)address;
	}
	if (mode == MM_MAP_HINT && address >= USER_BASE && address <= USER_LIMIT - size &&
	    address % PAGE_SIZE == 0 && mm_is_free(mm, address, address + size))
		return (long)address;
	address = find_free_range(mm, size);
	return address ? (long)address : -ENOMEM;
}

static long map_locked(struct mm *mm, vaddr_t address, size_t size, uint32_t flags,
		       enum mm_map_mode mode, struct file *file, uint64_t file_page,
		       const char *name) REQUIRES(mm->lock)
{
	long chosen = mm_choose_address(mm, address, size, mode);
	if (chosen < 0)
		return chosen;
	if (mm->vma_count >= VMA_COUNT_MAX)
		return -ENOMEM;
	vaddr_t start = (vaddr_t)chosen;
	struct vma *vma = vma_create(mm, start, start + size, flags, file, file_page, name);
	if (!vma)
		return -ENOMEM;
	int error = mm_unmap_locked(mm, start, start + size);
	if (error) {
		vma_destroy(vma);
		return error;
	}
	vma_insert(vma);
	vma_merge(vma);
	return chosen;
}

long mm_map(struct mm *mm, vaddr_t address, size_t size, enum vma_flags flags,
	    enum mm_map_mode mode, struct file *file, uint64_t file_page, const char *name)
{
	mutex_lock(&mm->lock);
	long result = map_locked(mm, address, ALIGN_UP(size, PAGE_SIZE), flags, mode, file,
				 file_page, name);
	mutex_unlock(&mm->lock);
	return result;
}

int mm_unmap(struct mm *mm, vaddr_t address, size_t size)
{
	size = ALIGN_UP(size, PAGE_SIZE);
	if (address % PAGE_SIZE || size == 0 || !is_user_range(address, size))
		return -EINVAL;
	mutex_lock(&mm->lock);
	int error = mm_unmap_locked(mm, address, address + size);
	mutex_unlock(&mm->lock);
	return error;
}

/* Take rights away at once; rights given come by the next fault. */
static void protect_entry(pte_t *entry, vaddr_t address, void *argument)
{
	uint32_t access = *(uint32_t *)argument;

	(void)address;
	if (!(access & VMA_WRITE))
		*entry &= ~(pte_t)PTE_WRITE;
	if (access & VMA_EXECUTE)
		*entry &= ~(pte_t)PTE_NO_EXECUTE;
	else
		*entry |= PTE_NO_EXECUTE;
	if (access & (VMA_READ | VMA_WRITE | VMA_EXECUTE))
		*entry |= PTE_USER;
	else
		*entry &= ~(pte_t)PTE_USER;
}

/* The first address of [start, end) that no VMA covers, or end. */
static vaddr_t find_hole(struct mm *mm, vaddr_t start, vaddr_t end)
{
	for (vaddr_t at = start; at < end;) {
		struct vma *vma = mm_find_vma(mm, at);
		if (!vma || vma->start > at)
			return at;
		at = vma->end;
	}
	return end;
}

int mm_check_mapped(struct mm *mm, vaddr_t address, size_t size)
{
	size = ALIGN_UP(size, PAGE_SIZE);
	if (address % PAGE_SIZE || !is_user_range(address, size))
		return address % PAGE_SIZE ? -EINVAL : -ENOMEM;
	mutex_lock(&mm->lock);
	vaddr_t hole = find_hole(mm, address, address + size);
	mutex_unlock(&mm->lock);
	return hole < address + size ? -ENOMEM : 0;
}

/* The first address of a range without holes whose mapping refuses the access, or end. */
static vaddr_t find_refusing(struct mm *mm, vaddr_t start, vaddr_t end, uint32_t access)
{
	struct vma *vma = mm_find_vma(mm, start);

	if (!(access & VMA_WRITE))
		return end;
	for (; vma && vma->start < end; vma = vma_next(vma))
		if (vma->flags & VMA_NEVER_WRITE)
			return MAX(vma->start, start);
	return end;
}

/* As Linux: up to the first hole or refusing mapping, which is then reported. */
static int protect_locked(struct mm *mm, vaddr_t start, vaddr_t end, uint32_t access)
	REQUIRES(mm->lock)
{
	vaddr_t hole = find_hole(mm, start, end);
	vaddr_t refusing = find_refusing(mm, start, hole, access);
	int result = refusing < hole ? -EACCES : hole < end ? -ENOMEM : 0;
	end = refusing;
	if (end == start)
		return result;
	int error = isolate(mm, start, end);
	if (error)
		return error;
	for (struct vma *vma = mm_find_vma(mm, start); vma && vma->start < end;
	     vma = vma_next(vma)) {
		vma->flags =
			(vma->flags & ~(uint32_t)(VMA_READ | VMA_WRITE | VMA_EXECUTE)) | access;
		vma = vma_merge(vma);
	}
	page_table_visit(mm->root, start, end, protect_entry, &access);
	tlb_shoot_down(load_acquire(&mm->active_cpus), start, (end - start) >> PAGE_SHIFT);
	return result;
}

int mm_protect(struct mm *mm, vaddr_t address, size_t size, enum vma_flags access)
{
	if (address % PAGE_SIZE)
		return -EINVAL;
	if (size == 0)
		return 0;
	size = ALIGN_UP(size, PAGE_SIZE);
	if (size == 0 || !is_user_range(address, size))
		return -ENOMEM;
	mutex_lock(&mm->lock);
	int error = protect_locked(mm, address, address + size, access);
	mutex_unlock(&mm->lock);
	return error;
}

vaddr_t mm_set_heap_end(struct mm *mm, vaddr_t end)
{
	mutex_lock(&mm->lock);
	vaddr_t old_top = ALIGN_UP(mm->heap_end, PAGE_SIZE), new_top = ALIGN_UP(end, PAGE_SIZE);
	if (end >= mm->heap_start && new_top <= USER_LIMIT && new_top >= end) {
		long error = 0;
		if (new_top > old_top)
			error = mm_is_free(mm, old_top, new_top)
					? map_locked(mm, old_top, new_top - old_top,
						     VMA_READ | VMA_WRITE | VMA_HEAP, MM_MAP_FIXED,
						     NULL, 0, "[heap]")
					: -ENOMEM;
		else if (new_top < old_top)
			error = mm_unmap_locked(mm, new_top, old_top);
		if (error >= 0)
			mm->heap_end = end;
	}
	vaddr_t result = mm->heap_end;
	mutex_unlock(&mm->lock);
	return result;
}

int mm_discard(struct mm *mm, vaddr_t address, size_t size)
{
	size = ALIGN_UP(size, PAGE_SIZE);
	if (address % PAGE_SIZE || !is_user_range(address, size))
		return -EINVAL;
	mutex_lock(&mm->lock);
	int error = find_hole(mm, address, address + size) < address + size ? -ENOMEM : 0;
	mm_zap(mm, address, address + size);
	mutex_unlock(&mm->lock);
	return error;
}
