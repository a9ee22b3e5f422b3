/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: a tree of VMAs over four-level page tables. Anonymous pages are
 * demand-zero and copy-on-write; private file pages come from the page cache and are
 * copied at the first write.
 */
#pragma once

#include "lib/list.h"
#include "lib/rbtree.h"
#include "mm/layout.h"
#include "sync/mutex.h"
#include "sync/refcount.h"

struct file;
struct mm;
struct trap_frame;

enum vma_flags {
	VMA_READ = 1 << 0,
	VMA_WRITE = 1 << 1,
	VMA_EXECUTE = 1 << 2,
	VMA_SHARED = 1 << 3,
	VMA_GROWS_DOWN = 1 << 4, /* the stack */
	VMA_STACK = 1 << 5,
	VMA_HEAP = 1 << 6,	  /* grown by brk */
	VMA_NEVER_WRITE = 1 << 7, /* shared with a file that is not open for writing */
};

/* A mapped range, [start, end), page aligned. All fields: [MM] the mm's lock. */
struct vma {
	struct rb_node node; /* in mm->vmas, by start */
	vaddr_t start, end;
	uint32_t flags;	    /* enum vma_flags */
	struct file *file;  /* a reference, or NULL for anonymous memory */
	uint64_t file_page; /* page index in file of start */
	struct mm *mm;
	const char *name; /* "[stack]", "[heap]", "[vdso]", or NULL */
};

/* Locks: I immutable, [L] lock, A atomic */
struct mm {
	struct refcount references;
	struct mutex lock;
	struct rb_tree vmas;	      /* [L] struct vma */
	uint32_t vma_count;	      /* [L] */
	paddr_t root;		      /* I: physical address of the top page table */
	uint64_t active_cpus;	      /* A: bit per CPU whose CR3 is root */
	uint64_t resident_pages;      /* [L] */
	uint64_t peak_resident_pages; /* [L] */
	uint64_t table_pages;	      /* [L] frames used by page tables */
	uint64_t mapped_pages;	      /* [L] sum of VMA sizes */
	vaddr_t mmap_top;	      /* [L] where new mappings are sought, downwards */
	vaddr_t heap_start, heap_end; /* [L] brk */
	vaddr_t code_start, code_end, data_start, data_end; /* I after exec */
	vaddr_t stack_start;				    /* I after exec */
	vaddr_t arguments_start, arguments_end, environment_start, environment_end; /* I */
	struct file *executable;	   /* I after exec: a reference, or NULL */
	uint64_t auxiliary_vector[2 * 24]; /* I after exec: /proc/PID/auxv */
};

/* What the VFS hands down for mapped files; set before the first file mapping. */
struct mm_file_operations {
	void (*get)(struct file *file);
	void (*put)(struct file *file);
	struct frame *(*get_page)(struct file *file, uint64_t index); /* see file_get_page */
};
extern const struct mm_file_operations *mm_file_operations;

extern struct mm kernel_mm; /* the kernel's own half, shared by all */

void mm_init(void); /* boot: caches */
/* A new empty address space, or -ENOMEM. */
NODISCARD struct mm *mm_create(void);
/* Copy for fork: private writable pages become copy-on-write in both. -ENOMEM. */
NODISCARD struct mm *mm_clone(struct mm *source);
void mm_get(struct mm *mm);
/* Drop a reference; the last one unmaps everything. Thread context; may sleep. */
void mm_put(struct mm *mm);
/* Make this CPU use mm's page tables. Preemption off. */
void mm_switch_to(struct mm *mm);

/*
 * Map [address, address + size) or, with address 0, a free range; both page aligned.
 * Replaces what is there (MAP_FIXED) unless told otherwise. Takes its own reference on file.
 * Returns the address, or -ENOMEM, -EINVAL, -EEXIST.
 */
enum mm_map_mode { MM_MAP_ANYWHERE, MM_MAP_HINT, MM_MAP_FIXED, MM_MAP_FIXED_NOREPLACE };
NODISCARD long mm_map(struct mm *mm, vaddr_t address, size_t size, enum vma_flags flags,
		      enum mm_map_mode mode, struct file *file, uint64_t file_page,
		      const char *name);
NODISCARD int mm_unmap(struct mm *mm, vaddr_t address, size_t size);
NODISCARD int mm_protect(struct mm *mm, vaddr_t address, size_t size, enum vma_flags access);
/*
 * Change the size of [address, address + size), which lies in one VMA, and move it if it has to
 * or, with MM_MOVE_FIXED, is told to. The address then, or -EINVAL, -EFAULT, -ENOMEM.
 */
enum mm_move_mode { MM_MOVE_NEVER, MM_MOVE_IF_NEEDED, MM_MOVE_FIXED };
NODISCARD long mm_remap(struct mm *mm, vaddr_t address, size_t size, size_t new_size,
			enum mm_move_mode mode, vaddr_t new_address);
/* Set the heap's end; returns the end that then holds (as Linux's brk). */
vaddr_t mm_set_heap_end(struct mm *mm, vaddr_t end);
/* 0 if all of the range is mapped, -ENOMEM if not, -EINVAL for an odd address. */
NODISCARD int mm_check_mapped(struct mm *mm, vaddr_t address, size_t size);
/* Drop the pages of a range, keeping its VMAs (MADV_DONTNEED). */
NODISCARD int mm_discard(struct mm *mm, vaddr_t address, size_t size);

/* The VMA that holds address, or the next above it; NULL if none. mm->lock held. */
struct vma *mm_find_vma(struct mm *mm, vaddr_t address);
struct vma *vma_first(struct mm *mm);
struct vma *vma_next(struct vma *vma);

/* What an access needs; bits as in the page-fault error code. */
enum fault_access { FAULT_WRITE = 1 << 1, FAULT_USER = 1 << 2, FAULT_EXECUTE = 1 << 4 };
/*
 * Make the page at address present for the access. 0, -EFAULT (no such mapping: SIGSEGV
 * SEGV_MAPERR), -EACCES (SEGV_ACCERR), -ENXIO (beyond the file's end: SIGBUS), -ENOMEM.
 */
NODISCARD int mm_fault(struct mm *mm, vaddr_t address, uint32_t access);
/* Copy from or to another address space (for /proc/PID/cmdline, ptrace); bytes moved. */
NODISCARD ssize_t mm_read(struct mm *mm, vaddr_t address, void *to, size_t size);
