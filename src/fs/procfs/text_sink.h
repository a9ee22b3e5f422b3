/* SPDX-License-Identifier: MIT */
/* A text of any length that is made piece by piece: what files under /proc are built in. */
#pragma once

#include "lib/error.h"
#include "lib/types.h"

#include <stdarg.h>

/* Zeroed memory is an empty sink. Belongs to one thread. */
struct text_sink {
	char *data; /* owned */
	size_t length, capacity;
	int error; /* -ENOMEM once something did not fit; then all later text is dropped */
};

void text_sink_print(struct text_sink *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_sink_write(struct text_sink *text, const void *bytes, size_t size);
/* As write, with space, tab, newline and backslash as octal escapes (as in /proc/mounts). */
void text_sink_write_escaped(struct text_sink *text, const char *string);
void text_sink_deinit(struct text_sink *text);
