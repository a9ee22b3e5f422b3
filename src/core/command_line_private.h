/* SPDX-License-Identifier: MIT */
/* The split command line, for core's start-up code. */
#pragma once

#include "lib/types.h"

enum { COMMAND_LINE_WORDS_MAX = 128 };

struct command_line {
	uint32_t word_count, argument_count;
	const char *words[COMMAND_LINE_WORDS_MAX];
	const char *arguments[COMMAND_LINE_WORDS_MAX]; /* after "--" */
};
extern struct command_line command_line; /* I after command_line_parse */

/* Boot only; text is kept and changed. */
void command_line_parse(char *text);
/* As it, and keep a copy as it was in command_line_text. */
void command_line_keep(char *text);
