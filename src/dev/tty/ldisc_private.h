/* SPDX-License-Identifier: MIT */
/* Between ldisc.c (receiving, reading), ldisc_edit.c and ldisc_output.c; see ldisc.h. */
#pragma once

#include "dev/tty/ldisc.h"

enum { DELETE = 0x7f, TAB_WIDTH = 8, NOT_A_CHARACTER = 0 };

/* ---- the ring ---- */

static inline uint32_t index_of(uint32_t position)
{
	return position & (LDISC_INPUT_SIZE - 1);
}

static inline uint8_t byte_at(const struct ldisc *ldisc, uint32_t position)
{
	return ldisc->input[index_of(position)];
}

static inline bool is_delimiter(const struct ldisc *ldisc, uint32_t position)
{
	uint32_t index = index_of(position);
	return ldisc->delimiters[index / 8] >> (index % 8) & 1;
}

static inline void set_delimiter(struct ldisc *ldisc, uint32_t position, bool is_set)
{
	uint32_t index = index_of(position);
	uint8_t bit = (uint8_t)(1 << (index % 8));

	if (is_set)
		ldisc->delimiters[index / 8] |= bit;
	else
		ldisc->delimiters[index / 8] &= (uint8_t)~bit;
}

static inline bool has_local(const struct ldisc *ldisc, tcflag_t flag)
{
	return ldisc->settings.c_lflag & flag;
}

/* ---- characters ---- */

static inline bool is_character(const struct ldisc *ldisc, int which, uint8_t byte)
{
	return byte != NOT_A_CHARACTER && ldisc->settings.c_cc[which] == byte;
}

static inline bool is_control(uint8_t byte)
{
	return byte < ' ' || byte == DELETE;
}

/* Not the first byte of a UTF-8 character, where the terminal speaks UTF-8. */
static inline bool is_continuation(const struct ldisc *ldisc, uint8_t byte)
{
	return (ldisc->settings.c_iflag & IUTF8) && (byte & 0xc0) == 0x80;
}

static inline uint32_t column_after_tab(uint32_t column)
{
	return (column / TAB_WIDTH + 1) * TAB_WIDTH;
}

/* ---- ldisc_output.c ---- */

/* A character with OPOST processing. */
void ldisc_put_one(struct ldisc *ldisc, uint8_t byte);
/* Show a character without asking ECHO. */
void ldisc_show(struct ldisc *ldisc, uint8_t byte);
/* Show a received character, if ECHO wants it; before it is put into the ring. */
void ldisc_echo(struct ldisc *ldisc, uint8_t byte);
void ldisc_echo_newline(struct ldisc *ldisc);

/* ---- ldisc_edit.c ---- */

/* The characters that edit a line in canonical mode; true if the byte was one. */
bool ldisc_edit(struct ldisc *ldisc, uint8_t byte);
