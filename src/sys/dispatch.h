/* SPDX-License-Identifier: MIT */
/* The system-call table at run time. */
#pragma once

#include "lib/types.h"

enum {
	SYSCALL_NUMBERS = 512, /* above Linux 6.1's last */
	SYSCALL_ARGUMENTS_MAX = 6,
};

/* What is known of a call, for decoding; by number. In the image for debuggers and traces. */
struct syscall_description {
	const char *name; /* NULL: not implemented */
	uint32_t argument_count;
	const char *argument_types[SYSCALL_ARGUMENTS_MAX];
	const char *argument_names[SYSCALL_ARGUMENTS_MAX];
};
extern const struct syscall_description syscall_descriptions[SYSCALL_NUMBERS];

/* Calls of numbers that are not implemented, counted. A */
extern uint64_t syscall_unimplemented_counts[SYSCALL_NUMBERS];

void syscall_init(void); /* boot: hands the dispatcher to trap entry */
