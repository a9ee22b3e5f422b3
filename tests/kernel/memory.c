/* SPDX-License-Identifier: MIT */
/* What the page tables and the allocators promise. */
#include "arch/features.h"
#include "core/log.h"
#include "core/random.h"
#include "debug/kernel/selftest.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/kernel_stack.h"
#include "mm/mm.h"
#include "mm/page_table.h"
#include "mm/slab.h"
#include "proc/sched.h"
#include "proc/task.h"
#include "tests/kernel/each_cpu.h"

extern char kernel_text_start[], kernel_text_end[], kernel_rodata_start[], kernel_rodata_end[];
extern char kernel_data_start[], boot_cpu_stack_guard[], kernel_data_end[];

/* Rights as the processor sees them: those of all levels together. */
struct rights {
	bool is_present, is_writable, is_executable, is_user;
};

static struct rights rights_of(vaddr_t address)
{
	struct rights rights = { true, true, true, true };
	pte_t *table = physical_to_virtual(kernel_mm.root);

	for (int level = PAGE_TABLE_LEVELS; level >= 1; level--) {
		pte_t entry = table[page_table_index(address, level)];
		if (!(entry & PTE_PRESENT))
			return (struct rights){ 0 };
		rights.is_writable &= !!(entry & PTE_WRITE);
		rights.is_executable &= !(entry & PTE_NO_EXECUTE);
		rights.is_user &= !!(entry & PTE_USER);
		if (level > 1 && (entry & PTE_HUGE))
			break;
		table = physical_to_virtual(entry & PTE_ADDRESS_MASK);
	}
	return rights;
}

static bool has_rights(const char *start, const char *end, bool is_writable, bool is_executable)
{
	for (vaddr_t address = (vaddr_t)start; address < (vaddr_t)end; address += PAGE_SIZE) {
		struct rights rights = rights_of(address);
		EXPECT(rights.is_present && !rights.is_user);
		EXPECT(rights.is_writable == is_writable);
		EXPECT(rights.is_executable == is_executable);
	}
	return true;
}

KERNEL_TEST(code_is_read_only_constants_and_data_are_not_executable)
{
	return has_rights(kernel_text_start, kernel_text_end, false, true) &&
	       has_rights(kernel_rodata_start, kernel_rodata_end, false, false) &&
	       has_rights(kernel_data_start, boot_cpu_stack_guard, true, false) &&
	       has_rights(boot_cpu_stack_guard + PAGE_SIZE, kernel_data_end, true, false);
}

/* Depth is bounded by the levels of the table. */
static bool is_exclusive(const pte_t *table, int level, unsigned first, bool is_writable)
{
	for (unsigned i = first; i < PAGE_TABLE_ENTRIES; i++) {
		pte_t entry = table[i];
		bool writes = is_writable && (entry & PTE_WRITE);
		if (!(entry & PTE_PRESENT) || (entry & PTE_NO_EXECUTE))
			continue;
		if (level == 1 || (entry & PTE_HUGE)) {
			EXPECT(!writes);
			EXPECT(!(entry & PTE_USER));
		} else if (!is_exclusive(physical_to_virtual(entry & PTE_ADDRESS_MASK), level - 1,
					 0, writes)) {
			return false;
		}
	}
	return true;
}

KERNEL_TEST(nothing_of_the_kernels_half_is_writable_and_executable)
{
	return is_exclusive(physical_to_virtual(kernel_mm.root), PAGE_TABLE_LEVELS,
			    PAGE_TABLE_USER_ENTRIES, true);
}

static bool sees_the_kernels_half(uint32_t cpu, void *unused)
{
	const pte_t *own = physical_to_virtual(cr3_read() & PTE_ADDRESS_MASK);
	const pte_t *kernel = physical_to_virtual(kernel_mm.root);
	size_t half = PAGE_TABLE_USER_ENTRIES;

	(void)cpu, (void)unused;
	EXPECT(memcmp(own + half, kernel + half, half * sizeof(pte_t)) == 0);
	EXPECT(!cpu_features.has_smep || (cr4_read() & CR4_SMEP));
	EXPECT(!cpu_features.has_smap || (cr4_read() & CR4_SMAP));
	EXPECT(cr0_read() & CR0_WP);
	EXPECT(msr_read(MSR_EFER) & EFER_NX);
	return true;
}

KERNEL_TEST(every_cpu_has_the_kernels_half_and_its_protection_switched_on)
{
	return each_cpu_run(sees_the_kernels_half, NULL);
}

/* ---- stacks ---- */

static bool stack_is_guarded(vaddr_t base)
{
	EXPECT(!rights_of(base - PAGE_SIZE).is_present);
	return has_rights((const char *)base, (const char *)base + KERNEL_STACK_SIZE, true, false);
}

KERNEL_TEST(below_each_kernel_stack_is_an_unmapped_page)
{
	vaddr_t stacks[16];
	bool are_guarded = true;

	for (int i = 0; i < 16; i++) {
		stacks[i] = kernel_stack_allocate();
		EXPECT(stacks[i]);
		are_guarded &= stack_is_guarded(stacks[i]);
	}
	for (int i = 0; i < 16; i++)
		kernel_stack_free(stacks[i]);
	return are_guarded && stack_is_guarded(current_task()->kernel_stack_base);
}

/* A CPU's first stack is its idle task's later. Written by code that runs while it idles. */
static vaddr_t idle_stacks[MAX_CPUS];

KERNEL_TEST(below_each_idle_tasks_stack_is_an_unmapped_page)
{
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		idle_stacks[cpu] = sched_idle_task(cpu)->kernel_stack_base;
		if (!stack_is_guarded(idle_stacks[cpu]))
			return false;
	}
	return true;
}

enum { STACK_PATTERN = 0x5a, STACK_MARGIN = 512, STACK_USE_MAX = KERNEL_STACK_SIZE * 3 / 4 };

static uint32_t deepest[MAX_CPUS]; /* A */

/* Paint what is free of the own stack, work, and look how far down the paint is gone. */
static bool work_on_painted_stack(uint32_t cpu, void *unused)
{
	char *base = (char *)current_task()->kernel_stack_base;
	size_t room = (size_t)((char *)__builtin_frame_address(0) - base) - STACK_MARGIN;

	(void)unused;
	irqflags_t flags = irq_save();
	memset(base, STACK_PATTERN, room);
	irq_restore(flags);
	for (int i = 0; i < 20; i++) {
		log_line("# cpu %u: the log formats on this stack (%s, %lx)", cpu, "text", 1ul);
		void *block = kmalloc(3 * PAGE_SIZE);
		sched_yield();
		kfree(block);
	}
	size_t untouched = 0;
	while (untouched < room && base[untouched] == STACK_PATTERN)
		untouched++;
	deepest[cpu] = (uint32_t)(KERNEL_STACK_SIZE - untouched);
	return true;
}

KERNEL_TEST(interrupts_log_and_allocation_leave_a_quarter_of_the_stack)
{
	EXPECT(each_cpu_run(work_on_painted_stack, NULL));
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		log_line("# cpu %u: %u of %u bytes of stack used", cpu, deepest[cpu],
			 KERNEL_STACK_SIZE);
		EXPECT(deepest[cpu] > STACK_MARGIN && deepest[cpu] <= STACK_USE_MAX);
	}
	return true;
}

/* ---- allocators ---- */

enum { SLOTS = 64, ROUNDS = 2000 };

struct block {
	uint64_t stamp; /* what every word of it holds */
	uint32_t words;
	bool is_frames;
};

static struct block *slots[SLOTS]; /* A: handed from CPU to CPU */

static struct block *make_block(uint32_t cpu, uint64_t random)
{
	bool is_frames = random % 4 == 0;
	unsigned order = (unsigned)(random >> 8) % 4;
	size_t size = is_frames ? (size_t)PAGE_SIZE << order
				: sizeof(struct block) + (random >> 16) % (2 * PAGE_SIZE);
	struct block *block = NULL;

	if (is_frames) {
		struct frame *frame = frame_allocate(order, 0);
		if (frame)
			block = physical_to_virtual(frame_physical(frame));
	} else {
		block = kmalloc(size);
	}
	if (!block)
		return NULL;
	uint64_t *words = (uint64_t *)(block + 1);
	block->stamp = random ^ cpu;
	block->is_frames = is_frames;
	block->words = (uint32_t)((size - sizeof(*block)) / sizeof(uint64_t));
	for (uint32_t i = 0; i < block->words; i++)
		words[i] = block->stamp;
	return block;
}

/* False when somebody else wrote into it. */
static bool check_and_free(struct block *block)
{
	const uint64_t *words = (const uint64_t *)(block + 1);

	for (uint32_t i = 0; i < block->words; i++)
		EXPECT(words[i] == block->stamp);
	if (block->is_frames)
		frame_free(frame_of_physical(virtual_to_physical(block)));
	else
		kfree(block);
	return true;
}

static bool exchange_blocks(uint32_t cpu, void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t random;
		random_fill(&random, sizeof(random));
		struct block *block = make_block(cpu, random);
		EXPECT(block);
		struct block *old = exchange_acq_rel(&slots[(random >> 32) % SLOTS], block);
		if (old && !check_and_free(old))
			return false;
	}
	return true;
}

KERNEL_TEST(blocks_allocated_and_freed_on_all_cpus_are_whole_and_accounted_for)
{
	EXPECT(each_cpu_run(exchange_blocks, NULL)); // fills the caches
	for (int i = 0; i < SLOTS; i++)
		if (slots[i] && !check_and_free(exchange_acq_rel(&slots[i], NULL)))
			return false;
	struct live_memory before = live_memory_settled();
	EXPECT(each_cpu_run(exchange_blocks, NULL));
	for (int i = 0; i < SLOTS; i++)
		if (slots[i] && !check_and_free(exchange_acq_rel(&slots[i], NULL)))
			return false;
	return live_memory_is(&before);
}

KERNEL_TEST(what_cannot_be_given_is_refused_and_nothing_lost)
{
	struct live_memory before = live_memory_settled();

	EXPECT(!kmalloc((size_t)PAGE_SIZE << (FRAME_MAX_ORDER + 2)));
	EXPECT(!knew_array(struct frame, SIZE_MAX / 4));
	return live_memory_is(&before);
}
