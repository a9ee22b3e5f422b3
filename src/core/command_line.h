/* SPDX-License-Identifier: MIT */
/* The kernel command line: NAME, NAME=VALUE words, then -- and arguments for PID 1. */
#pragma once

#include "lib/compiler.h"

extern char command_line_text[]; /* the whole line as the loader gave it; I after start-up */

/* The value of the last NAME=VALUE; "" for a bare NAME; NULL if absent. Any context. */
const char *command_line_value(const char *name);
static inline bool command_line_has(const char *name)
{
	return command_line_value(name) != NULL;
}
uint64_t command_line_number(const char *name, uint64_t otherwise);
