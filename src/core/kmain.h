/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* From boot/entry.S, on the boot CPU: the loader's magic and the address of its information. */
NORETURN void kmain(uint32_t magic, uint32_t information);

extern uint64_t boot_kmain_timestamp; /* TSC at kmain: `make bench` measures from here */
