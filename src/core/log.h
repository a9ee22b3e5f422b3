/* SPDX-License-Identifier: MIT */
/*
 * The kernel log: a ring of text that every sink (serial console, debug link) gets from
 * its first line on, even if the sink appears later. Any context.
 */
#pragma once

#include "lib/compiler.h"

/* One line (the newline is added); prefixed with the time and sent to all sinks. */
void log_line(const char *format, ...) PRINTF_LIKE(1, 2);

/* A sink's write must work in any context, panic included, and not log. */
struct log_sink {
	void (*write)(const char *text, size_t size);
	struct log_sink *next;
	uint64_t position; /* how much of the log it has got */
};
void log_add_sink(struct log_sink *sink);
void log_remove_sink(struct log_sink *sink);
enum { LOG_SIZE = 1 << 16 }; /* what the ring keeps */
/* Copy out log text from a position (bytes since boot); returns bytes copied. */
size_t log_read(uint64_t *position, char *buffer, size_t size);

/* Report what is known (registers, backtrace, last trace events), then stop as panic= says. */
NORETURN void panic(const char *format, ...) PRINTF_LIKE(1, 2);

struct trap_frame;
/* As panic, for a trap: the registers reported are the frame's. */
NORETURN void panic_with_frame(const struct trap_frame *frame, const char *format, ...)
	PRINTF_LIKE(2, 3);
bool panic_is_under_way(void);
