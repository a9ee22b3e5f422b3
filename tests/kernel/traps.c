/* SPDX-License-Identifier: MIT */
/* Traps: their gates on every CPU, and faults that the kernel expects. */
#include "arch/trap.h"

#include "debug/kernel/selftest.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/layout.h"
#include "mm/user_copy.h"
#include "mm/user_copy_private.h"
#include "tests/kernel/each_cpu.h"

enum { GATE_INTERRUPT_TYPE = 0x8e, GATE_USER_TYPE = 0xee };

/* SDM vol. 3, 6.14.1 */
struct gate {
	uint16_t offset_low, selector;
	uint8_t interrupt_stack, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

struct PACKED table_pointer {
	uint16_t limit;
	uint64_t base;
};

extern char kernel_text_start[], kernel_text_end[];
extern const uint64_t fault_table_start[][2], fault_table_end[][2];

static struct table_pointer interrupt_table(void)
{
	struct table_pointer pointer;
	__asm__ volatile("sidt %0" : "=m"(pointer));
	return pointer;
}

static bool has_gates(uint32_t cpu, void *unused)
{
	struct table_pointer pointer = interrupt_table();
	const struct gate *gates = (const struct gate *)pointer.base;

	(void)cpu, (void)unused;
	EXPECT(pointer.limit + 1 == TRAP_VECTORS * sizeof(struct gate));
	for (unsigned i = 0; i < TRAP_VECTORS; i++) {
		uint64_t offset = (uint64_t)gates[i].offset_high << 32 |
				  (uint64_t)gates[i].offset_middle << 16 | gates[i].offset_low;
		bool is_for_users = i == TRAP_BREAKPOINT || i == TRAP_OVERFLOW;
		bool has_own_stack = i == TRAP_NMI || i == TRAP_DOUBLE_FAULT ||
				     i == TRAP_MACHINE_CHECK || i == TRAP_DEBUG;
		EXPECT(offset == (uint64_t)trap_stubs + (uint64_t)i * TRAP_STUB_SIZE);
		EXPECT(gates[i].selector == SELECTOR_KERNEL_CODE);
		EXPECT(gates[i].type == (is_for_users ? GATE_USER_TYPE : GATE_INTERRUPT_TYPE));
		EXPECT(!!gates[i].interrupt_stack == has_own_stack);
	}
	return true;
}

KERNEL_TEST(every_vector_has_its_gate_on_every_cpu)
{
	return each_cpu_run(has_gates, NULL);
}

KERNEL_TEST(the_fault_table_leads_from_code_to_code)
{
	EXPECT(fault_table_end - fault_table_start >= 4);
	for (const uint64_t(*entry)[2] = fault_table_start; entry < fault_table_end; entry++)
		for (int i = 0; i < 2; i++)
			EXPECT((*entry)[i] >= (uint64_t)kernel_text_start &&
			       (*entry)[i] < (uint64_t)kernel_text_end);
	return true;
}

/* A page fault in the user half, one in the kernel half, and general protection. */
static const uint64_t bad_addresses[] = { USER_BASE, USER_LIMIT - PAGE_SIZE, VMALLOC_BASE,
					  0x8000000000000000 };

static bool bad_copies_return(uint32_t cpu, void *unused)
{
	char buffer[64];

	(void)cpu, (void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(bad_addresses); i++) {
		char *bad = (char *)bad_addresses[i];
		for (size_t size = 1; size <= sizeof(buffer); size += 9) {
			EXPECT(user_copy_bytes(buffer, bad, size) == size);
			EXPECT(user_copy_bytes(bad, buffer, size) == size);
			EXPECT(user_clear_bytes(bad, size) == size);
			EXPECT(user_copy_string(buffer, bad, size) < 0);
		}
	}
	EXPECT(irqs_are_enabled());
	return true;
}

KERNEL_TEST(a_copy_from_a_bad_pointer_comes_back_with_what_was_not_copied)
{
	return each_cpu_run(bad_copies_return, NULL) && bad_copies_return(0, NULL);
}

KERNEL_TEST(kernel_addresses_are_refused_as_user_pointers)
{
	static char kernel_variable = 'k';
	char buffer[8];
	char __user *address = (__force char __user *)&kernel_variable;

	EXPECT(copy_from_user(buffer, address, 1) == -EFAULT);
	EXPECT(copy_to_user(address, "x", 1) == -EFAULT);
	EXPECT(clear_user(address, 1) == -EFAULT);
	EXPECT(copy_string_from_user(buffer, address, sizeof(buffer)) == -EFAULT);
	EXPECT(kernel_variable == 'k');
	return true;
}

/* The one interrupt that needs no acknowledgement. */
static bool registers_survive(uint32_t cpu, void *unused)
{
	static const uint64_t pattern = 0x0123456789abcdef;
	uint64_t sum, flags_before, flags_after;

	(void)cpu, (void)unused;
	__asm__ volatile("movq %[pattern], %%rax\n\t"
			 "leaq 1(%%rax), %%rcx\n\t"
			 "leaq 2(%%rax), %%rdx\n\t"
			 "leaq 3(%%rax), %%rsi\n\t"
			 "leaq 4(%%rax), %%rdi\n\t"
			 "leaq 5(%%rax), %%r8\n\t"
			 "leaq 6(%%rax), %%r9\n\t"
			 "leaq 7(%%rax), %%r10\n\t"
			 "leaq 8(%%rax), %%r11\n\t"
			 "leaq 9(%%rax), %%r12\n\t"
			 "leaq 10(%%rax), %%r13\n\t"
			 "leaq 11(%%rax), %%r14\n\t"
			 "leaq 12(%%rax), %%r15\n\t"
			 "pushfq\n\tpopq %[before]\n\t"
			 "int %[vector]\n\t"
			 "pushfq\n\tpopq %[after]\n\t"
			 "addq %%rcx, %%rax\n\taddq %%rdx, %%rax\n\taddq %%rsi, %%rax\n\t"
			 "addq %%rdi, %%rax\n\taddq %%r8, %%rax\n\taddq %%r9, %%rax\n\t"
			 "addq %%r10, %%rax\n\taddq %%r11, %%rax\n\taddq %%r12, %%rax\n\t"
			 "addq %%r13, %%rax\n\taddq %%r14, %%rax\n\taddq %%r15, %%rax\n\t"
			 : "=&a"(sum), [before] "=&b"(flags_before), [after] "=m"(flags_after)
			 : [pattern] "m"(pattern), [vector] "i"(VECTOR_SPURIOUS)
			 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
			   "r14", "r15", "memory", "cc");
	EXPECT(sum == 13 * pattern + 12 * 13 / 2);
	EXPECT(flags_before == flags_after);
	return true;
}

KERNEL_TEST(an_interrupt_keeps_all_registers)
{
	for (int i = 0; i < 10; i++)
		if (!each_cpu_run(registers_survive, NULL))
			return false;
	return true;
}
