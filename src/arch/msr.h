/* SPDX-License-Identifier: MIT */
/* Control registers and model-specific registers, with their bits (Intel SDM vol. 3, 2.5 and vol.
 * 4). */
#pragma once

#include "lib/types.h"

enum msr {
	MSR_APIC_BASE = 0x1b,
	MSR_EFER = 0xc0000080,
	MSR_STAR = 0xc0000081,
	MSR_LSTAR = 0xc0000082,
	MSR_SYSCALL_MASK = 0xc0000084,
	MSR_FS_BASE = 0xc0000100,
	MSR_GS_BASE = 0xc0000101,
	MSR_KERNEL_GS_BASE = 0xc0000102,
};

enum {
	EFER_SYSCALL = 1 << 0,
	EFER_NX = 1 << 11,
	CR0_MP = 1 << 1,
	CR0_EM = 1 << 2,
	CR0_TS = 1 << 3,
	CR0_NE = 1 << 5,
	CR0_WP = 1 << 16,
	CR4_PGE = 1 << 7,
	CR4_OSFXSR = 1 << 9,
	CR4_OSXMMEXCPT = 1 << 10,
	CR4_UMIP = 1 << 11,
	CR4_OSXSAVE = 1 << 18,
	CR4_SMEP = 1 << 20,
	CR4_SMAP = 1 << 21,
};

static inline void msr_write(enum msr msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)(value & UINT32_MAX)),
			   "d"((uint32_t)(value >> 32))
			 : "memory");
}

static inline uint64_t msr_read(enum msr msr)
{
	uint32_t low, high;
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

#define DEFINE_CONTROL_REGISTER(name_)                                               \
	static inline uint64_t name_##_read(void)                                    \
	{                                                                            \
		uint64_t value;                                                      \
		__asm__ volatile("mov %%" #name_ ", %0" : "=r"(value) : : "memory"); \
		return value;                                                        \
	}                                                                            \
	static inline void name_##_write(uint64_t value)                             \
	{                                                                            \
		__asm__ volatile("mov %0, %%" #name_ : : "r"(value) : "memory");     \
	}

DEFINE_CONTROL_REGISTER(cr0)
DEFINE_CONTROL_REGISTER(cr2)
DEFINE_CONTROL_REGISTER(cr3)
DEFINE_CONTROL_REGISTER(cr4)

struct cpuid_result {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_result result;
	__asm__ volatile("cpuid"
			 : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
			 : "a"(leaf), "c"(subleaf));
	return result;
}
