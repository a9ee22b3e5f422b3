/* SPDX-License-Identifier: MIT */
/* System calls about memory. */
#include "fs/vfs.h"
#include "lib/atomic.h"
#include "mm/mm.h"
#include "proc/task.h"
#include "sys/syscall.h"

#include <linux/mman.h>

static enum vma_flags access_from_protection(int protection)
{
	return (protection & PROT_READ ? VMA_READ : 0) | (protection & PROT_WRITE ? VMA_WRITE : 0) |
	       (protection & PROT_EXEC ? VMA_EXECUTE : 0);
}

static int check_file(const struct file *file, int protection, int flags)
{
	uint32_t mode = file->flags & O_ACCMODE;

	if (file->flags & O_PATH)
		return -EBADF;
	if (mode == O_WRONLY)
		return -EACCES;
	if ((flags & MAP_TYPE) != MAP_PRIVATE && (protection & PROT_WRITE) && mode != O_RDWR)
		return -EACCES;
	return file->inode->operations && file->inode->operations->get_page ? 0 : -ENODEV;
}

static enum mm_map_mode mode_from_flags(int flags, uint64_t address)
{
	if (flags & MAP_FIXED_NOREPLACE)
		return MM_MAP_FIXED_NOREPLACE;
	if (flags & MAP_FIXED)
		return MM_MAP_FIXED;
	return address ? MM_MAP_HINT : MM_MAP_ANYWHERE;
}

/* How much of a range is mapped: what MAP_FIXED gives back. */
static size_t mapped_in(struct mm *mm, vaddr_t start, size_t size)
{
	size_t mapped = 0;

	mutex_lock(&mm->lock);
	for (struct vma *vma = mm_find_vma(mm, start); vma && vma->start < start + size;
	     vma = vma_next(vma))
		mapped += MIN(vma->end, start + size) - MAX(vma->start, start);
	mutex_unlock(&mm->lock);
	return mapped;
}

/* RLIMIT_AS: may the address space grow by so much? */
static bool may_grow(size_t size)
{
	uint64_t limit = load_relaxed(&current_process()->limits[RLIMIT_AS].rlim_cur);
	uint64_t mapped = load_relaxed(&current_task()->mm->mapped_pages) << PAGE_SHIFT;
	return ALIGN_UP(size, (size_t)PAGE_SIZE) <= limit &&
	       mapped <= limit - ALIGN_UP(size, (size_t)PAGE_SIZE);
}

long sys_mmap(uint64_t address, size_t length, int protection, int flags, int descriptor,
	      int64_t offset)
{
	int type = flags & MAP_TYPE;
	struct file *file = NULL;

	if (length == 0 || offset < 0 || offset % PAGE_SIZE)
		return -EINVAL;
	if (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (length > USER_LIMIT)
		return -ENOMEM;
	bool replaces = (flags & MAP_FIXED) && is_user_range(address, length);
	if (!may_grow(length - (replaces ? mapped_in(current_task()->mm, address, length) : 0)))
		return -ENOMEM;
	if (!(flags & MAP_ANONYMOUS)) {
		file = file_table_lookup(descriptor);
		if (!file)
			return -EBADF;
		int error = check_file(file, protection, flags);
		if (error) {
			file_put(file);
			return error;
		}
	}
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		address = ALIGN_DOWN(address, (uint64_t)PAGE_SIZE);
	uint32_t vma = access_from_protection(protection) | (type != MAP_PRIVATE ? VMA_SHARED : 0) |
		       (flags & MAP_GROWSDOWN ? VMA_GROWS_DOWN : 0);
	if ((vma & VMA_SHARED) && file && (file->flags & O_ACCMODE) != O_RDWR)
		vma |= VMA_NEVER_WRITE;
	long result =
		mm_map(current_task()->mm, address, length, vma, mode_from_flags(flags, address),
		       file, (uint64_t)offset / PAGE_SIZE, NULL);
	if (file)
		file_put(file);
	return result;
}

long sys_munmap(uint64_t address, size_t length)
{
	return mm_unmap(current_task()->mm, address, length);
}

long sys_mprotect(uint64_t address, size_t length, int protection)
{
	if (protection & ~(PROT_READ | PROT_WRITE | PROT_EXEC))
		return -EINVAL;
	return mm_protect(current_task()->mm, address, length, access_from_protection(protection));
}

long sys_brk(uint64_t end)
{
	struct mm *mm = current_task()->mm;
	vaddr_t old_end = load_relaxed(&mm->heap_end);
	return (long)mm_set_heap_end(mm, end > old_end && !may_grow(end - old_end) ? 0 : end);
}

long sys_madvise(uint64_t address, size_t length, int advice)
{
	if (address % PAGE_SIZE)
		return -EINVAL;
	switch (advice) {
	case MADV_DONTNEED:
		return length ? mm_discard(current_task()->mm, address, length) : 0;
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
		// Advice about reading ahead, of which there is none.
		return mm_check_mapped(current_task()->mm, address, length);
	default:
		return -EINVAL;
	}
}

long sys_mremap(uint64_t address, size_t size, size_t new_size, int flags, uint64_t new_address)
{
	if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED))
		return -EINVAL;
	if ((flags & MREMAP_FIXED) && !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (new_size > size && !may_grow(new_size - size))
		return -ENOMEM;
	enum mm_move_mode mode = flags & MREMAP_FIXED	  ? MM_MOVE_FIXED
				 : flags & MREMAP_MAYMOVE ? MM_MOVE_IF_NEEDED
							  : MM_MOVE_NEVER;
	return mm_remap(current_task()->mm, address, size, new_size, mode, new_address);
}

/* Shared mappings are the page cache's own pages, and what is behind it has no backing yet. */
long sys_msync(uint64_t address, size_t length, int flags)
{
	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC))
		return -EINVAL;
	if ((flags & MS_ASYNC) && (flags & MS_SYNC))
		return -EINVAL;
	return mm_check_mapped(current_task()->mm, address, length);
}
