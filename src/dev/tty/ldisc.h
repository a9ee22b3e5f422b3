/* SPDX-License-Identifier: MIT */
/*
 * The line discipline (termios N_TTY): turns received bytes into what a program reads, and
 * written bytes into what goes to the line. Pure: no locks, no devices; builds on the host.
 * The caller's lock guards the whole structure.
 */
#pragma once

#include "lib/types.h"

#include <asm/termbits.h>

enum {
	LDISC_INPUT_SIZE = 4096, /* a power of two */
	LDISC_SIGNAL_NONE = 0,
};

/* Positions count bytes since the start; the place in the buffer is their low bits. */
struct ldisc {
	struct termios settings;
	uint32_t head;	      /* next byte to read */
	uint32_t line_end;    /* input up to here can be read; behind it is the line being typed */
	uint32_t tail;	      /* next byte to put */
	uint32_t column;      /* of the output, for tabs and erasing */
	uint32_t line_column; /* of the output where the line being typed starts */
	bool is_literal_next; /* after VLNEXT */
	bool is_output_stopped; /* by VSTOP: the caller holds written bytes back */
	uint8_t input[LDISC_INPUT_SIZE];
	/* A bit for each byte that ends a line; on a NUL byte it is the mark that VEOF left. */
	uint8_t delimiters[LDISC_INPUT_SIZE / 8];
	void (*output)(const char *bytes, size_t size); /* to the line, after OPOST */
};

/* Settings as a Linux serial console has them. */
void ldisc_init(struct ldisc *ldisc, void (*output)(const char *bytes, size_t size));

/* Will the next received byte find a place? If not, the line must be held. */
bool ldisc_has_room(const struct ldisc *ldisc);
/* A byte from the line. Returns the signal it asks for, or LDISC_SIGNAL_NONE. */
int ldisc_receive(struct ldisc *ldisc, uint8_t byte);

/* Is there anything that ldisc_read would give: a line (or end of file), or a raw byte? */
bool ldisc_is_readable(const struct ldisc *ldisc);
/* As poll counts it: raw mode without a time limit wants VMIN bytes. */
bool ldisc_is_poll_readable(const struct ldisc *ldisc);
/*
 * Move up to size (> 0) bytes of input to buffer, in canonical mode at most a line. The bytes
 * moved, or -EAGAIN when there is nothing. *is_complete: the read ends here, even if there
 * is more room: the line is over. 0 with *is_complete is the end of file.
 */
ssize_t ldisc_read(struct ldisc *ldisc, char *buffer, size_t size, bool *is_complete);
/* Bytes waiting, as FIONREAD tells. */
size_t ldisc_available(const struct ldisc *ldisc);

/* Output with OPOST processing: at most LDISC_OUTPUT_GROWTH bytes come out for each. */
void ldisc_write(struct ldisc *ldisc, const char *bytes, size_t size);
enum { LDISC_OUTPUT_GROWTH = 8 };

void ldisc_flush_input(struct ldisc *ldisc);
/* New settings. Where canonical mode begins or ends, what was typed so far becomes readable. */
void ldisc_set(struct ldisc *ldisc, const struct termios *settings);
