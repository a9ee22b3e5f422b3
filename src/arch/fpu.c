/* SPDX-License-Identifier: MIT */
/*
 * XSAVE areas (Intel SDM vol. 1, 13.4). Registers are switched eagerly with the task, so
 * that the live registers are always those of the current user task.
 */
#include "arch/fpu.h"

#include "arch/features.h"
#include "core/percpu.h"
#include "lib/error.h"
#include "lib/string.h"

enum {
	FCW_DEFAULT = 0x37f,
	MXCSR_DEFAULT = 0x1f80,
	OFFSET_MXCSR = 24,
	OFFSET_MXCSR_MASK = 28,
	OFFSET_XSTATE_BV = 512,
	XSAVE_HEADER_SIZE = 64,
	MXCSR_MASK_DEFAULT = 0xffbf,
};

size_t fpu_state_size(void)
{
	return cpu_features.xsave_size;
}

void fpu_state_init(void *area)
{
	memset(area, 0, fpu_state_size());
	*(uint16_t *)area = FCW_DEFAULT;
	*(uint32_t *)((char *)area + OFFSET_MXCSR) = MXCSR_DEFAULT;
	if (cpu_features.has_xsave) // x87 and SSE are given here, the rest in its first state
		*(uint64_t *)((char *)area + OFFSET_XSTATE_BV) = 3;
}

void fpu_save(void *area)
{
	if (cpu_features.has_xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)" : : "r"(area), "a"(-1), "d"(-1) : "memory");
	else if (cpu_features.has_xsave)
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(-1), "d"(-1) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

void fpu_load(const void *area)
{
	if (cpu_features.has_xsave)
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(-1), "d"(-1) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

void fpu_reset(void *area)
{
	preempt_disable();
	fpu_state_init(area);
	fpu_load(area);
	preempt_enable();
}

void fpu_save_current(void *area)
{
	preempt_disable();
	memset((char *)area + OFFSET_XSTATE_BV, 0, fpu_state_size() - OFFSET_XSTATE_BV);
	if (cpu_features.has_xsave)
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(-1), "d"(-1) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
	preempt_enable();
}

int fpu_restore_from(void *area, const void *forged, size_t size)
{
	uint32_t mxcsr;

	if (size < fpu_state_size())
		return -EINVAL;
	memcpy(&mxcsr, (const char *)forged + OFFSET_MXCSR, sizeof(mxcsr));
	if (mxcsr & ~(uint32_t)MXCSR_MASK_DEFAULT)
		return -EINVAL;
	if (cpu_features.has_xsave) {
		uint64_t header[XSAVE_HEADER_SIZE / sizeof(uint64_t)];
		memcpy(header, (const char *)forged + OFFSET_XSTATE_BV, sizeof(header));
		if (header[0] & ~cpu_features.xsave_mask)
			return -EINVAL;
		for (size_t i = 1; i < ARRAY_SIZE(header); i++)
			if (header[i])
				return -EINVAL;
	}
	preempt_disable();
	memcpy(area, forged, fpu_state_size());
	fpu_load(area);
	preempt_enable();
	return 0;
}
