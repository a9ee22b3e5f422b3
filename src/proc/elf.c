/* SPDX-License-Identifier: MIT */
/*
 * Nothing in a program file is trusted: every sum is checked for overflow, every segment
 * must lie in user memory, in ascending order, congruent to its place in the file.
 */
#include "proc/elf.h"

#include "lib/error.h"
#include "lib/string.h"
#include "mm/layout.h"

#include <linux/elf.h>

static int check_header(const Elf64_Ehdr *header, size_t head_size)
{
	if (head_size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_ident[EI_VERSION] != EV_CURRENT || header->e_machine != EM_X86_64)
		return -ENOEXEC;
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return -ENOEXEC;
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 ||
	    header->e_phnum > ELF_PROGRAM_HEADERS_MAX)
		return -ENOEXEC;
	uint64_t table_size = header->e_phnum * sizeof(Elf64_Phdr);
	if (header->e_phoff % sizeof(uint64_t) || header->e_phoff > head_size ||
	    head_size - header->e_phoff < table_size)
		return -ENOEXEC;
	return 0;
}

static int add_segment(struct elf_plan *plan, const Elf64_Phdr *entry, uint64_t file_size)
{
	uint64_t end, in_page = entry->p_vaddr % PAGE_SIZE;

	if (entry->p_memsz == 0)
		return 0;
	if (plan->segment_count == ELF_SEGMENTS_MAX || entry->p_filesz > entry->p_memsz)
		return -ENOEXEC;
	if (entry->p_offset > file_size || entry->p_filesz > file_size - entry->p_offset)
		return -ENOEXEC;
	if (entry->p_offset % PAGE_SIZE != in_page)
		return -ENOEXEC;
	if (__builtin_add_overflow(entry->p_vaddr, entry->p_memsz, &end) || end > USER_LIMIT)
		return -ENOEXEC;
	if (!plan->is_relocatable && entry->p_vaddr < USER_BASE)
		return -ENOEXEC;
	vaddr_t start = entry->p_vaddr - in_page;
	if (plan->segment_count && start < plan->end)
		return -ENOEXEC; // out of order, or sharing a page

	plan->segments[plan->segment_count++] = (struct elf_segment){
		.address = start,
		.file_page = entry->p_offset / PAGE_SIZE,
		.file_bytes = entry->p_filesz ? entry->p_filesz + in_page : 0,
		.memory_bytes = entry->p_memsz + in_page,
		.is_readable = entry->p_flags & PF_R,
		.is_writable = entry->p_flags & PF_W,
		.is_executable = entry->p_flags & PF_X,
	};
	if (plan->segment_count == 1)
		plan->start = start;
	plan->end = ALIGN_UP(end, PAGE_SIZE);
	return 0;
}

static int read_entry(struct elf_plan *plan, const Elf64_Phdr *entry, uint64_t file_size)
{
	switch (entry->p_type) {
	case PT_LOAD:
		return add_segment(plan, entry, file_size);
	case PT_INTERP:
		if (plan->interpreter_size || entry->p_filesz < 2 ||
		    entry->p_filesz > ELF_INTERPRETER_SIZE || entry->p_offset > file_size ||
		    entry->p_filesz > file_size - entry->p_offset)
			return -ENOEXEC;
		plan->interpreter_offset = entry->p_offset;
		plan->interpreter_size = entry->p_filesz;
		return 0;
	case PT_GNU_STACK:
		plan->has_executable_stack = entry->p_flags & PF_X;
		return 0;
	default:
		return 0;
	}
}

static bool is_in_executable_segment(const struct elf_plan *plan, vaddr_t address)
{
	for (uint32_t i = 0; i < plan->segment_count; i++) {
		const struct elf_segment *segment = &plan->segments[i];
		if (segment->is_executable && address >= segment->address &&
		    address - segment->address < segment->memory_bytes)
			return true;
	}
	return false;
}

/* The program headers' address: they are in whichever segment maps their file offset. */
static vaddr_t find_headers(const struct elf_plan *plan, uint64_t offset)
{
	for (uint32_t i = 0; i < plan->segment_count; i++) {
		const struct elf_segment *segment = &plan->segments[i];
		uint64_t start = segment->file_page * PAGE_SIZE;
		if (offset >= start && offset - start < segment->file_bytes)
			return segment->address + (offset - start);
	}
	return 0;
}

int elf_make_plan(struct elf_plan *plan, const void *head, size_t head_size, uint64_t file_size)
{
	const Elf64_Ehdr *header = head;

	memset(plan, 0, sizeof(*plan));
	int error = check_header(header, head_size);
	if (error)
		return error;
	plan->is_relocatable = header->e_type == ET_DYN;
	const Elf64_Phdr *entries = (const void *)((const char *)head + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++) {
		error = read_entry(plan, &entries[i], file_size);
		if (error)
			return error;
	}
	if (plan->segment_count == 0 || !is_in_executable_segment(plan, header->e_entry))
		return -ENOEXEC;
	plan->entry = header->e_entry;
	plan->header_address = find_headers(plan, header->e_phoff);
	plan->header_count = header->e_phnum;
	return 0;
}
