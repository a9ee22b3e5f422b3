/* SPDX-License-Identifier: MIT */
/* The kernel's own half of every address space. */
#pragma once

#include "core/boot_info.h"

/*
 * Boot only: frames described and handed to the allocator, then the kernel's page tables:
 * direct map, image W^X. Returns what is wrong, or NULL.
 */
NODISCARD const char *memory_init(const struct boot_info *info);
/* Boot, once the modules are unpacked: give their memory to the allocator. */
void memory_release_modules(const struct boot_info *info);
