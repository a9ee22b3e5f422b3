/* SPDX-License-Identifier: MIT */
/* Reading ELF64 program headers into a plan for loading. Pure: builds on the host, too. */
#pragma once

#include "lib/types.h"

enum {
	ELF_SEGMENTS_MAX = 32,
	ELF_PROGRAM_HEADERS_MAX = 64,
	ELF_INTERPRETER_SIZE = 256,
	ELF_HEAD_SIZE = 4096, /* how much of the file's start the plan is made from */
};

struct elf_segment {
	vaddr_t address;       /* page aligned, unrelocated */
	uint64_t file_page;    /* in the file */
	uint64_t file_bytes;   /* from address: file contents */
	uint64_t memory_bytes; /* from address: the rest is zero */
	bool is_readable, is_writable, is_executable;
};

struct elf_plan {
	bool is_relocatable; /* ET_DYN: may be loaded anywhere */
	vaddr_t entry;
	vaddr_t start, end;	/* page aligned bounds of all segments */
	vaddr_t header_address; /* where the program headers are in memory; 0 if nowhere */
	uint16_t header_count;
	uint32_t segment_count;
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	uint64_t interpreter_offset, interpreter_size; /* in the file; 0: none */
	bool has_executable_stack;
};

/*
 * head: the first head_size bytes of the file; the program headers must lie inside.
 * 0, or -ENOEXEC for whatever is not a loadable program.
 */
NODISCARD int elf_make_plan(struct elf_plan *plan, const void *head, size_t head_size,
			    uint64_t file_size);
