/* SPDX-License-Identifier: MIT */
/*
 * printf-style formatting into a bounded buffer. Knows %d %i %u %x %X %o %c %s %p %%
 * with flags 0 - + # and space, width and precision (also *), and h hh l ll z t j.
 */
#pragma once

#include "lib/compiler.h"

#include <stdarg.h>

/* Both terminate (if size > 0) and return the length the whole text has. Any context. */
int format_string(char *buffer, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
int format_string_va(char *buffer, size_t size, const char *format, va_list arguments)
	PRINTF_LIKE(3, 0);

/* A bounded text that is appended to; what does not fit is cut and remembered. */
struct text_buffer {
	char *data;
	size_t size, length;
	bool is_truncated;
};

void text_append(struct text_buffer *text, const char *format, ...) PRINTF_LIKE(2, 3);
