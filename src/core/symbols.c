/* SPDX-License-Identifier: MIT */
#include "core/symbols.h"

#include "lib/format.h"
#include "mm/layout.h"

struct kernel_symbol {
	uint32_t offset; /* from KERNEL_BASE; ascending */
	uint32_t size;
	uint32_t name; /* offset in kernel_symbol_names */
};
extern const struct kernel_symbol kernel_symbols[];
extern const uint32_t kernel_symbol_count;
extern const char kernel_symbol_names[];

static const struct kernel_symbol *find(vaddr_t address)
{
	uint32_t low = 0, high = kernel_symbol_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (KERNEL_BASE + kernel_symbols[middle].offset <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	const struct kernel_symbol *symbol = &kernel_symbols[low - 1];
	return address - (KERNEL_BASE + symbol->offset) <= symbol->size ? symbol : NULL;
}

const char *symbol_format(vaddr_t address, char *buffer, size_t size)
{
	const struct kernel_symbol *symbol = address >= KERNEL_BASE ? find(address) : NULL;

	if (symbol)
		format_string(buffer, size, "%s+0x%lx/0x%x", kernel_symbol_names + symbol->name,
			      address - KERNEL_BASE - symbol->offset, symbol->size);
	else
		format_string(buffer, size, "0x%lx", address);
	return buffer;
}
