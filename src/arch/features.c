/* SPDX-License-Identifier: MIT */
/*
 * CPUID (Intel SDM vol. 2, "CPUID") and the control bits that depend on it. STAC and CLAC
 * stand in entry.S as 3-byte nops and are patched where the processor knows them.
 */
#include "arch/features.h"

#include "arch/msr.h"
#include "lib/string.h"

enum {
	CPUID_1_ECX_XSAVE = 1 << 26,
	CPUID_1_ECX_RDRAND = 1 << 30,
	CPUID_7_EBX_SMEP = 1 << 7,
	CPUID_7_EBX_SMAP = 1 << 20,
	CPUID_7_ECX_UMIP = 1 << 2,
	CPUID_80000001_EDX_LARGE_PAGES = 1 << 26,
	CPUID_D1_EAX_XSAVEOPT = 1 << 0,
	FXSAVE_SIZE = 512,
	XCR0_X87 = 1 << 0,
	XCR0_SSE = 1 << 1,
	XCR0_AVX = 1 << 2,
	XCR0_AVX512 = 7 << 5,
};

struct cpu_features cpu_features;

extern uint8_t *const stac_places[], *const stac_places_end[];
extern uint8_t *const clac_places[], *const clac_places_end[];

static void read_brand(void)
{
	struct cpuid_result leaf = cpuid(0, 0);
	memcpy(cpu_features.vendor, &leaf.ebx, 4);
	memcpy(cpu_features.vendor + 4, &leaf.edx, 4);
	memcpy(cpu_features.vendor + 8, &leaf.ecx, 4);
	if (cpuid(0x80000000, 0).eax >= 0x80000004)
		for (uint32_t i = 0; i < 3; i++) {
			leaf = cpuid(0x80000002 + i, 0);
			memcpy(cpu_features.brand + i * sizeof(leaf), &leaf, sizeof(leaf));
		}
	uint32_t signature = cpuid(1, 0).eax;
	cpu_features.stepping = signature & 0xf;
	cpu_features.model = (signature >> 4 & 0xf) | (signature >> 12 & 0xf0);
	cpu_features.family = (signature >> 8 & 0xf) + (signature >> 20 & 0xff);
}

static void detect_xsave(void)
{
	cpu_features.xsave_size = FXSAVE_SIZE;
	cpu_features.has_xsave = cpuid(1, 0).ecx & CPUID_1_ECX_XSAVE;
	if (!cpu_features.has_xsave)
		return;
	uint64_t supported = cpuid(0xd, 0).eax;
	cpu_features.xsave_mask = supported & (XCR0_X87 | XCR0_SSE | XCR0_AVX);
	if ((supported & XCR0_AVX512) == XCR0_AVX512)
		cpu_features.xsave_mask |= XCR0_AVX512;
	cpu_features.has_xsaveopt = cpuid(0xd, 1).eax & CPUID_D1_EAX_XSAVEOPT;
}

static void patch(uint8_t *const *places, uint8_t *const *end, uint8_t last_byte)
{
	for (; places < end; places++) {
		(*places)[0] = 0x0f;
		(*places)[1] = 0x01;
		(*places)[2] = last_byte;
	}
}

void features_detect(void)
{
	read_brand();
	detect_xsave();
	cpu_features.has_rdrand = cpuid(1, 0).ecx & CPUID_1_ECX_RDRAND;
	cpu_features.has_large_pages = cpuid(0x80000001, 0).edx & CPUID_80000001_EDX_LARGE_PAGES;
	if (cpuid(0, 0).eax >= 7) {
		struct cpuid_result leaf = cpuid(7, 0);
		cpu_features.has_smep = leaf.ebx & CPUID_7_EBX_SMEP;
		cpu_features.has_smap = leaf.ebx & CPUID_7_EBX_SMAP;
		cpu_features.has_umip = leaf.ecx & CPUID_7_ECX_UMIP;
	}
	if (cpu_features.has_smap) {
		uint64_t protected = cr0_read();
		cr0_write(protected & ~(uint64_t)CR0_WP);
		patch(stac_places, stac_places_end, 0xcb);
		patch(clac_places, clac_places_end, 0xca);
		cr0_write(protected);
	}
}

void features_enable(void)
{
	uint64_t cr4 = cr4_read() | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	if (cpu_features.has_smep)
		cr4 |= CR4_SMEP;
	if (cpu_features.has_smap)
		cr4 |= CR4_SMAP;
	if (cpu_features.has_umip)
		cr4 |= CR4_UMIP;
	if (cpu_features.has_xsave)
		cr4 |= CR4_OSXSAVE;
	cr4_write(cr4);
	cr0_write((cr0_read() & ~(uint64_t)(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE | CR0_WP);
	if (!cpu_features.has_xsave)
		return;
	__asm__ volatile("xsetbv"
			 :
			 : "c"(0), "a"((uint32_t)cpu_features.xsave_mask),
			   "d"((uint32_t)(cpu_features.xsave_mask >> 32)));
	cpu_features.xsave_size = cpuid(0xd, 0).ebx; // for the features now enabled
}
