/* SPDX-License-Identifier: MIT */
/* What is known of the machine when kmain starts. Immutable afterwards. */
#pragma once

#include "lib/types.h"

enum {
	BOOT_RANGES_MAX = 64,
	BOOT_MODULES_MAX = 8,
	BOOT_MODULE_NAME_SIZE = 32,
	BOOT_COMMAND_LINE_SIZE = 4096,
	BOOT_RSDP_SIZE = 36,
};

struct boot_range {
	paddr_t start, end;
	bool is_usable;
};

struct boot_module {
	paddr_t start, end;
	char name[BOOT_MODULE_NAME_SIZE]; /* the first word of its string */
};

struct boot_info {
	uint32_t range_count;
	struct boot_range ranges[BOOT_RANGES_MAX];
	uint32_t module_count;
	struct boot_module modules[BOOT_MODULES_MAX];
	char command_line[BOOT_COMMAND_LINE_SIZE];
	char loader_name[64];
	uint8_t rsdp[BOOT_RSDP_SIZE]; /* ACPI root pointer, a copy */
	bool has_rsdp;
	paddr_t information_start, information_end; /* the loader's own block */
};

extern struct boot_info boot_info;
