/* SPDX-License-Identifier: MIT */
#include "core/backtrace.h"

#include "arch/trap_frame.h"
#include "mm/layout.h"

enum { DEPTH_MAX = 48 };

/* Could an aligned word be read there? Stacks lie in the vmalloc area, the image or frames. */
static bool is_plausible(vaddr_t address)
{
	return address % sizeof(uint64_t) == 0 &&
	       ((address >= DIRECT_MAP_BASE && address < DIRECT_MAP_LIMIT) ||
		(address >= VMALLOC_BASE && address < VMALLOC_LIMIT) ||
		(address >= KERNEL_BASE && address < KERNEL_LIMIT));
}

void backtrace_walk(vaddr_t frame_pointer,
		    void (*visit)(vaddr_t address, const struct trap_frame *frame, void *argument),
		    void *argument)
{
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (frame_pointer & 1) {
			const struct trap_frame *frame = (const void *)(frame_pointer - 1);
			if (!is_plausible((vaddr_t)frame))
				return;
			if (frame->cs == 0)
				return; // the top of a kernel task's stack: nothing was trapped
			visit(frame->rip, frame, argument);
			if (trap_frame_is_user(frame))
				return;
			frame_pointer = frame->rbp;
			continue;
		}
		if (!is_plausible(frame_pointer))
			return;
		const uint64_t *words = (const void *)frame_pointer;
		if (words[1] == 0)
			return;
		visit(words[1], NULL, argument);
		if (!(words[0] & 1) && words[0] <= frame_pointer &&
		    words[0] >= frame_pointer - KERNEL_STACK_SIZE)
			return; // a chain that runs backwards on one stack is broken
		frame_pointer = words[0];
	}
}
