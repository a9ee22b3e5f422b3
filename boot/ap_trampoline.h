/* SPDX-License-Identifier: MIT */
/* The start-up code of the other CPUs: boot/ap_trampoline.S, copied by arch/smp.c. */
#pragma once

#define AP_TRAMPOLINE_ADDRESS 0x8000

#ifndef __ASSEMBLY__
#include "lib/types.h"

struct ap_mailbox {
	struct cpu *cpu;
	vaddr_t stack;
	paddr_t page_table;
};

extern const char ap_trampoline_start[], ap_trampoline_end[];
extern const char ap_mailbox[]; /* a struct ap_mailbox inside the code */
#endif
