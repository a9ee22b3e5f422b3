/* SPDX-License-Identifier: MIT */
/* The address map: one place for every region's bounds. `vt map` prints these. */
#pragma once

#include "arch/cpu.h"
#include "lib/types.h"

enum address_map {
	USER_BASE = 0x10000ul,			/* lowest address a program may map */
	USER_LIMIT = 0x00007ffffffff000ul,	/* one page below the canonical hole */
	DIRECT_MAP_BASE = 0xffff800000000000ul, /* all physical memory, in order */
	DIRECT_MAP_LIMIT = 0xffffc00000000000ul,
	VMALLOC_BASE = 0xffffc90000000000ul, /* kernel stacks, MMIO, large blocks */
	VMALLOC_LIMIT = 0xffffe90000000000ul,
	KERNEL_BASE = 0xffffffff80000000ul, /* the image: physical 0 is here */
	KERNEL_LIMIT = 0xffffffffc0000000ul,
};

enum {
	KERNEL_STACK_PAGES = 4,
	KERNEL_STACK_SIZE = KERNEL_STACK_PAGES * PAGE_SIZE,
};

#ifdef HOST_TEST
extern char *host_test_memory; /* stands for physical address 0 */
static inline void *physical_to_virtual(paddr_t address)
{
	return host_test_memory + address;
}
static inline paddr_t virtual_to_physical(const void *pointer)
{
	return (paddr_t)((const char *)pointer - host_test_memory);
}
#else
static inline void *physical_to_virtual(paddr_t address)
{
	return (void *)(DIRECT_MAP_BASE + address);
}

/* For pointers into the direct map or the kernel image. */
static inline paddr_t virtual_to_physical(const void *pointer)
{
	vaddr_t address = (vaddr_t)pointer;
	return address >= KERNEL_BASE ? address - KERNEL_BASE : address - DIRECT_MAP_BASE;
}
#endif

static inline bool is_user_range(vaddr_t address, size_t size)
{
	return address <= USER_LIMIT && size <= USER_LIMIT - address;
}
