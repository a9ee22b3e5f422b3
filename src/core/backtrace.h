/* SPDX-License-Identifier: MIT */
/* Walking frame pointers. Any context; follows only addresses inside kernel stacks. */
#pragma once

#include "lib/types.h"

struct trap_frame;

/*
 * Call visit for each return address, innermost first, starting at a frame pointer. Goes
 * through trap frames (whose pointer is marked by bit 0) up to user mode, or to the empty frame
 * where a kernel task begins; visit gets the frame there, else NULL.
 */
void backtrace_walk(vaddr_t frame_pointer,
		    void (*visit)(vaddr_t address, const struct trap_frame *frame, void *argument),
		    void *argument);
