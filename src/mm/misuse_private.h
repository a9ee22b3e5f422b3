/* SPDX-License-Identifier: MIT */
#pragma once

#include "debug/kernel/alloc_site.h"

/*
 * Panic with what was done to memory and where it was allocated: the site is its owner's, or
 * its last owner's if it is free. Any context.
 */
NORETURN void memory_misused(alloc_site_index_t site, const void *memory, const char *what);
