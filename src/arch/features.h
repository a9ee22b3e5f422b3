/* SPDX-License-Identifier: MIT */
/* Processor features: found once, switched on for each CPU. See features.c. */
#pragma once

#include "lib/types.h"

struct cpu_features {
	bool has_smep, has_smap, has_umip, has_xsave, has_xsaveopt, has_large_pages, has_rdrand;
	uint32_t xsave_size; /* bytes of an XSAVE (or FXSAVE) area */
	uint64_t xsave_mask; /* XCR0 */
	char vendor[13], brand[49];
	uint32_t family, model, stepping;
};
extern struct cpu_features cpu_features; /* I after features_detect */

/* Boot CPU, before the kernel's text is write protected: detect and patch STAC/CLAC in. */
void features_detect(void);
/* Each CPU: switch on write protection, NX, SMEP, SMAP, UMIP, the FPU and XSAVE. */
void features_enable(void);
