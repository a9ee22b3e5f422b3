/* SPDX-License-Identifier: MIT */
/* What is done when a page fault finds no memory. */
#pragma once

#include "lib/types.h"

/*
 * Kill the process that has most of memory, and wait a moment for what it gives back. True: try
 * again. False: the current process is the one, or there is none. Thread context; sleeps.
 */
NODISCARD bool out_of_memory_kill(void);
