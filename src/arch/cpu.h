/* SPDX-License-Identifier: MIT */
/*
 * Single instructions of the processor as functions, for every floor above lib.
 * Nothing here knows of tasks, memory or devices.
 */
#pragma once

#include "lib/types.h"

enum {
	CACHE_LINE_SIZE = 64,
	PAGE_SIZE = 4096,
	PAGE_SHIFT = 12,
	RFLAGS_CF = 1 << 0,
	RFLAGS_FIXED = 1 << 1,
	RFLAGS_TF = 1 << 8,
	RFLAGS_IF = 1 << 9,
	RFLAGS_DF = 1 << 10,
	RFLAGS_NT = 1 << 14,
	RFLAGS_AC = 1 << 18,
};

#ifdef HOST_TEST
extern _Thread_local irqflags_t host_test_flags; /* given by tests/unit's harness */
static inline irqflags_t irq_save(void)
{
	irqflags_t flags = host_test_flags;
	host_test_flags &= ~(irqflags_t)RFLAGS_IF;
	return flags;
}
static inline void irq_restore(irqflags_t flags)
{
	host_test_flags |= flags & RFLAGS_IF;
}
static inline bool irqs_are_enabled(void)
{
	return host_test_flags & RFLAGS_IF;
}
#else
static ALWAYS_INLINE irqflags_t cpu_flags(void)
{
	irqflags_t flags;
	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags) : : "memory");
	return flags;
}

static ALWAYS_INLINE void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static ALWAYS_INLINE void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static ALWAYS_INLINE irqflags_t irq_save(void)
{
	irqflags_t flags = cpu_flags();
	irq_disable();
	return flags;
}

static ALWAYS_INLINE void irq_restore(irqflags_t flags)
{
	if (flags & RFLAGS_IF)
		irq_enable();
}

static ALWAYS_INLINE bool irqs_are_enabled(void)
{
	return cpu_flags() & RFLAGS_IF;
}

/* Enable interrupts and sleep until one comes; no interrupt fits in between. */
static ALWAYS_INLINE void cpu_enable_irqs_and_halt(void)
{
	__asm__ volatile("sti\n\thlt" : : : "memory");
}

static inline NORETURN void cpu_halt_forever(void)
{
	for (;;)
		__asm__ volatile("cli\n\thlt" : : : "memory");
}
#endif

static ALWAYS_INLINE void cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

/* No instruction behind this was fetched before it (Intel SDM vol. 3, 9.3). */
static inline void cpu_serialize(void)
{
	uint32_t leaf = 0, rest;
	__asm__ volatile("cpuid" : "+a"(leaf), "=b"(rest), "=c"(rest), "=d"(rest) : : "memory");
}

static ALWAYS_INLINE uint64_t cpu_timestamp(void)
{
	uint32_t low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* The same into memory, without the work of joining the halves. */
static ALWAYS_INLINE void cpu_timestamp_store(uint64_t *place)
{
	uint32_t *halves = (uint32_t *)place;
	__asm__ volatile("rdtsc" : "=a"(halves[0]), "=d"(halves[1]));
}
