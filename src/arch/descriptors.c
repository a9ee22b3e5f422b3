/* SPDX-License-Identifier: MIT */
/*
 * GDT, TSS and IDT (Intel SDM vol. 3, chapters 3, 6 and 8). Every CPU has its own GDT and
 * TSS; the IDT is one. NMI, double fault, machine check and debug traps run on stacks of
 * their own, since they can strike where RSP or GS is not the kernel's yet.
 */
#include "arch/descriptors.h"

#include "arch/msr.h"
#include "arch/trap.h"
#include "arch/trap_frame.h"
#include "lib/assert.h"

enum {
	GDT_ENTRIES = 9,
	DESCRIPTOR_KERNEL_CODE = 1,
	DESCRIPTOR_KERNEL_DATA = 2,
	DESCRIPTOR_USER_CODE32 = 4, /* SYSRET to 32-bit code would use it: left empty */
	DESCRIPTOR_USER_DATA = 5,
	DESCRIPTOR_USER_CODE = 6,
	DESCRIPTOR_TSS = 7, /* two slots */
	TSS_AVAILABLE = 0x89,
	GATE_INTERRUPT = 0x8e,
	GATE_INTERRUPT_USER = 0xee,
	STAR_SYSRET_SHIFT = 48,
	STAR_SYSCALL_SHIFT = 32,
	SYSRET_BASE = 0x20 | 3, /* SYSRET loads SS from +8, CS from +16 */
};

static const uint64_t segment_kernel_code = 0x00af9b000000ffff;
static const uint64_t segment_kernel_data = 0x00cf93000000ffff;
static const uint64_t segment_user_code = 0x00affb000000ffff;
static const uint64_t segment_user_data = 0x00cff3000000ffff;

struct task_state_segment {
	uint32_t reserved0;
	uint64_t stack[3];
	uint64_t reserved1;
	uint64_t interrupt_stack[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map_base;
} PACKED;

struct cpu_descriptors {
	uint64_t gdt[GDT_ENTRIES];
	struct task_state_segment tss;
	uint8_t stacks[IST_COUNT][IST_STACK_SIZE] ALIGNED(16);
};

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t interrupt_stack;
	uint8_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
} PACKED;

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} PACKED;

const size_t cpu_descriptors_size = sizeof(struct cpu_descriptors);
static struct cpu_descriptors boot_descriptors;
static struct cpu_descriptors *descriptors[MAX_CPUS]; /* I once the CPU runs */
static struct gate idt[TRAP_VECTORS] ALIGNED(16);

static void fill_gdt(struct cpu_descriptors *own)
{
	uint64_t base = (uint64_t)&own->tss;
	uint64_t limit = sizeof(own->tss) - 1;

	own->gdt[DESCRIPTOR_KERNEL_CODE] = segment_kernel_code;
	own->gdt[DESCRIPTOR_KERNEL_DATA] = segment_kernel_data;
	own->gdt[DESCRIPTOR_USER_DATA] = segment_user_data;
	own->gdt[DESCRIPTOR_USER_CODE] = segment_user_code;
	own->gdt[DESCRIPTOR_TSS] = limit | (base & 0xffffff) << 16 | (uint64_t)TSS_AVAILABLE << 40 |
				   (base >> 24 & 0xff) << 56;
	own->gdt[DESCRIPTOR_TSS + 1] = base >> 32;
}

static void fill_tss(struct cpu_descriptors *own)
{
	for (int i = 0; i < IST_COUNT; i++)
		own->tss.interrupt_stack[i] = (uint64_t)own->stacks[i] + IST_STACK_SIZE;
	own->tss.io_map_base = sizeof(own->tss);
}

static uint8_t interrupt_stack_of(unsigned vector)
{
	switch (vector) {
	case TRAP_NMI:
		return IST_NMI;
	case TRAP_DOUBLE_FAULT:
		return IST_DOUBLE_FAULT;
	case TRAP_MACHINE_CHECK:
		return IST_MACHINE_CHECK;
	case TRAP_DEBUG:
		return IST_DEBUG;
	default:
		return IST_NONE;
	}
}

static void fill_idt(void)
{
	for (unsigned vector = 0; vector < TRAP_VECTORS; vector++) {
		uint64_t entry = (uint64_t)trap_stubs + vector * TRAP_STUB_SIZE;
		bool is_for_users = vector == TRAP_BREAKPOINT || vector == TRAP_OVERFLOW;
		idt[vector] = (struct gate){
			.offset_low = (uint16_t)entry,
			.offset_middle = (uint16_t)(entry >> 16),
			.offset_high = (uint32_t)(entry >> 32),
			.selector = SELECTOR_KERNEL_CODE,
			.interrupt_stack = interrupt_stack_of(vector),
			.type = is_for_users ? GATE_INTERRUPT_USER : GATE_INTERRUPT,
		};
	}
}

static void load_tables(struct cpu_descriptors *own)
{
	struct table_pointer gdt_pointer = { sizeof(own->gdt) - 1, (uint64_t)own->gdt };
	struct table_pointer idt_pointer = { sizeof(idt) - 1, (uint64_t)idt };

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\n\t"
			 "movl %2, %%ss\n\t"
			 "movl %2, %%ds\n\t"
			 "movl %2, %%es\n\t"
			 "ltr %w3\n\t"
			 "lidt %4"
			 :
			 : "m"(gdt_pointer), "i"(SELECTOR_KERNEL_CODE), "r"(SELECTOR_KERNEL_DATA),
			   "r"(SELECTOR_TSS), "m"(idt_pointer)
			 : "rax", "memory");
}

static void init_syscall_entry(void)
{
	msr_write(MSR_STAR, (uint64_t)SYSRET_BASE << STAR_SYSRET_SHIFT |
				    (uint64_t)SELECTOR_KERNEL_CODE << STAR_SYSCALL_SHIFT);
	msr_write(MSR_LSTAR, (uint64_t)syscall_entry);
	msr_write(MSR_SYSCALL_MASK, RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC);
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SYSCALL | EFER_NX);
}

void descriptors_init_cpu(void *memory)
{
	struct cpu_descriptors *own = memory ? memory : &boot_descriptors;

	descriptors[cpu_current_id()] = own;
	fill_gdt(own);
	fill_tss(own);
	if (!memory)
		fill_idt();
	load_tables(own);
	init_syscall_entry();
}

void descriptors_set_kernel_stack(vaddr_t top)
{
	descriptors[cpu_current_id()]->tss.stack[0] = top;
	PERCPU_WRITE(kernel_stack_top, top);
}
