/* SPDX-License-Identifier: MIT */
#include "harness.h"
#include "lib/error.h"
#include "proc/elf.h"

#include <linux/elf.h>
#include <stdlib.h>
#include <string.h>

struct program {
	Elf64_Ehdr header;
	Elf64_Phdr entries[3];
};

enum { FILE_SIZE = 0x5000 };

static struct program make_program(void)
{
	struct program program = { 0 };
	memcpy(program.header.e_ident, ELFMAG, SELFMAG);
	program.header.e_ident[EI_CLASS] = ELFCLASS64;
	program.header.e_ident[EI_DATA] = ELFDATA2LSB;
	program.header.e_ident[EI_VERSION] = EV_CURRENT;
	program.header.e_type = ET_EXEC;
	program.header.e_machine = EM_X86_64;
	program.header.e_version = EV_CURRENT;
	program.header.e_entry = 0x401000;
	program.header.e_phoff = sizeof(Elf64_Ehdr);
	program.header.e_phentsize = sizeof(Elf64_Phdr);
	program.header.e_phnum = 3;
	program.entries[0] = (Elf64_Phdr){ .p_type = PT_LOAD,
					   .p_flags = PF_R | PF_X,
					   .p_vaddr = 0x400000,
					   .p_filesz = 0x2000,
					   .p_memsz = 0x2000 };
	program.entries[1] = (Elf64_Phdr){ .p_type = PT_LOAD,
					   .p_flags = PF_R | PF_W,
					   .p_offset = 0x2010,
					   .p_vaddr = 0x403010,
					   .p_filesz = 0x100,
					   .p_memsz = 0x3000 };
	program.entries[2] = (Elf64_Phdr){ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W };
	return program;
}

static int plan_of(const struct program *program, size_t size, struct elf_plan *plan)
{
	void *copy = malloc(size ? size : 1);
	memcpy(copy, program, size);
	int error = elf_make_plan(plan, copy, size, FILE_SIZE);
	free(copy);
	return error;
}

TEST(test_a_static_program_is_planned_segment_by_segment)
{
	struct program program = make_program();
	struct elf_plan plan;
	CHECK(plan_of(&program, sizeof(program), &plan) == 0);
	CHECK(plan.segment_count == 2 && !plan.is_relocatable && !plan.has_executable_stack);
	CHECK(plan.start == 0x400000 && plan.end == 0x407000 && plan.entry == 0x401000);
	CHECK(plan.segments[1].address == 0x403000 && plan.segments[1].file_page == 2);
	CHECK(plan.segments[1].file_bytes == 0x110 && plan.segments[1].memory_bytes == 0x3010);
	CHECK(plan.header_address == 0x400040 && plan.header_count == 3);
}

TEST(test_a_static_pie_program_is_relocatable)
{
	struct program program = make_program();
	struct elf_plan plan;
	program.header.e_type = ET_DYN;
	program.header.e_entry = 0x1000;
	program.entries[0].p_vaddr = 0;
	program.entries[1].p_vaddr = 0x3010;
	CHECK(plan_of(&program, sizeof(program), &plan) == 0 && plan.is_relocatable);
}

#define HOSTILE(change_)                                                      \
	do {                                                                  \
		struct program program = make_program();                      \
		struct elf_plan plan;                                         \
		change_;                                                      \
		CHECK(plan_of(&program, sizeof(program), &plan) == -ENOEXEC); \
	} while (0)

TEST(test_hostile_headers_are_refused)
{
	HOSTILE(program.header.e_ident[0] = 0);
	HOSTILE(program.header.e_ident[EI_CLASS] = ELFCLASS32);
	HOSTILE(program.header.e_ident[EI_DATA] = ELFDATA2MSB);
	HOSTILE(program.header.e_ident[EI_VERSION] = 9);
	HOSTILE(program.header.e_machine = EM_386);
	HOSTILE(program.header.e_type = ET_REL);
	HOSTILE(program.header.e_type = ET_CORE);
	HOSTILE(program.header.e_phentsize = 1);
	HOSTILE(program.header.e_phnum = 0);
	HOSTILE(program.header.e_phnum = 0xffff);
	HOSTILE(program.header.e_phoff = 0x10000);
	HOSTILE(program.header.e_phoff = UINT64_MAX - 7);
	HOSTILE(program.header.e_phoff = 65);
	HOSTILE(program.header.e_entry = 0);
	HOSTILE(program.header.e_entry = 0x403010);    // not executable
	HOSTILE(program.entries[0].p_filesz = 0x3000); // beyond memsz
	HOSTILE(program.entries[0].p_offset = 0x6000); // beyond the file
	HOSTILE(program.entries[0].p_offset = UINT64_MAX & ~0xffful);
	HOSTILE(program.entries[0].p_filesz = program.entries[0].p_memsz = UINT64_MAX);
	HOSTILE(program.entries[1].p_memsz = UINT64_MAX - 0x403010 + 1);
	HOSTILE(program.entries[1].p_memsz = 1ul << 47);
	HOSTILE(program.entries[0].p_vaddr = 0xffffffff80000000ul);
	HOSTILE(program.entries[0].p_vaddr = 0);
	HOSTILE(program.entries[1].p_vaddr = 0x403011); // not congruent
	HOSTILE(program.entries[1].p_vaddr = 0x401010); // overlaps
	HOSTILE(program.entries[1].p_vaddr = 0x300010); // descending
	HOSTILE(program.entries[2].p_type = PT_INTERP; program.entries[2].p_filesz = 1);
	HOSTILE(program.entries[2].p_type = PT_INTERP; program.entries[2].p_filesz = 5000);
	HOSTILE(program.entries[2].p_type = PT_INTERP; program.entries[2].p_filesz = 16;
		program.entries[2].p_offset = FILE_SIZE - 8);
	HOSTILE(program.entries[0].p_type = PT_NULL; program.entries[1].p_type = PT_NULL);
}

TEST(test_a_truncated_file_is_refused_at_every_length)
{
	struct program program = make_program();
	struct elf_plan plan;
	for (size_t size = 0; size < sizeof(program); size++)
		CHECK(plan_of(&program, size, &plan) == -ENOEXEC);
}

TEST(test_random_flips_never_make_a_plan_that_leaves_user_memory)
{
	for (int round = 0; round < 50000; round++) {
		struct program program = make_program();
		struct elf_plan plan;
		for (int flips = 0; flips < 4; flips++)
			((uint8_t *)&program)[unit_random() % sizeof(program)] =
				(uint8_t)unit_random();
		if (plan_of(&program, sizeof(program), &plan) == 0)
			CHECK(plan.end <= 0x00007ffffffff000ul && plan.start < plan.end);
	}
}
