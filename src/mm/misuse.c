/* SPDX-License-Identifier: MIT */
#include "mm/misuse_private.h"

#include "core/log.h"

void memory_misused(alloc_site_index_t index, const void *memory, const char *what)
{
	const struct alloc_site *site = alloc_site_of_index(index);

	if (!site)
		panic("memory at %p %s", memory, what);
	panic("memory at %p %s; allocated by %s at %s:%u (%s)", memory, what, site->function,
	      site->file, site->line, site->type);
}
