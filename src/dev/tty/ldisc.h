/* SPDX-License-Identifier: MIT */
/*
 * The line discipline (termios N_TTY): turns received bytes into what a program reads, and
 * written bytes into what goes to the line. Pure: no locks, no devices; builds on the host.
 */
#pragma once

#include "lib/types.h"

#include <asm/termbits.h>

enum {
	LDISC_INPUT_SIZE = 4096, /* a power of two */
	LDISC_SIGNAL_NONE = 0,
};

struct ldisc {
	struct termios settings;
	uint32_t head;	   /* next byte to read */
	uint32_t line_end; /* canonical: input up to here is complete lines */
	uint32_t tail;	   /* next byte to put */
	uint32_t column;   /* of the output, for tabs and erasing */
	uint32_t line_column; /* of the output where the line being typed starts */
	bool is_literal_next; /* after VLNEXT */
	bool is_output_stopped; /* by VSTOP */
	uint8_t input[LDISC_INPUT_SIZE];
	/* A delimiter in the input marks the end of a line even where the byte is VEOF. */
	uint8_t delimiters[LDISC_INPUT_SIZE / 8];
	void (*output)(const char *bytes, size_t size); /* to the line, after OPOST */
};

void ldisc_init(struct ldisc *ldisc, void (*output)(const char *bytes, size_t size));
/* A byte from the line. Returns the signal it asks for, or 0. */
int ldisc_receive(struct ldisc *ldisc, uint8_t byte);
/* Could a read return now? Canonical: a whole line; raw: VMIN bytes. */
bool ldisc_is_readable(const struct ldisc *ldisc);
/* Move input to buffer: at most a line. 0 can mean end of file (VEOF at a line's start). */
size_t ldisc_read(struct ldisc *ldisc, char *buffer, size_t size);
/* Bytes waiting, as FIONREAD tells. */
size_t ldisc_available(const struct ldisc *ldisc);
/* Output with OPOST processing. */
void ldisc_write(struct ldisc *ldisc, const char *bytes, size_t size);
void ldisc_flush_input(struct ldisc *ldisc);
/* New settings; what was typed so far becomes readable when canonical mode ends. */
void ldisc_set(struct ldisc *ldisc, const struct termios *settings);
