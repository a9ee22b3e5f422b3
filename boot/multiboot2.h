/* SPDX-License-Identifier: MIT */
/* What the boot loader tells: parsed from Multiboot2 tags into struct boot_info, once. */
#pragma once

#include "core/boot_info.h"

/*
 * Read the loader's tags. magic: EAX at entry; information: its physical address, reachable
 * through the early direct map. NULL and boot_info filled, or what is wrong. Boot only.
 */
NODISCARD const char *multiboot2_parse(uint32_t magic, const void *information);
