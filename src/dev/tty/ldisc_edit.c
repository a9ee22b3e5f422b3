/* SPDX-License-Identifier: MIT */
/*
 * Editing the line being typed: erasing a character, a word or all, on the screen too, which
 * is told by backspaces; VLNEXT and VREPRINT.
 *
 * Limit: no ECHOPRT (hard-copy erasing).
 */
#include "dev/tty/ldisc_private.h"

/* The column on the screen at a position of the line being typed. */
static uint32_t column_at(const struct ldisc *ldisc, uint32_t end)
{
	uint32_t column = ldisc->line_column;

	for (uint32_t at = ldisc->line_end; at != end; at++) {
		uint8_t byte = byte_at(ldisc, at);
		if (byte == '\t')
			column = column_after_tab(column);
		else if (is_control(byte))
			column += has_local(ldisc, ECHOCTL) ? 2 : 0;
		else if (!is_continuation(ldisc, byte))
			column++;
	}
	return column;
}

/* Take the character that stood at the tail off the screen. */
static void erase_from_screen(struct ldisc *ldisc)
{
	uint8_t byte = byte_at(ldisc, ldisc->tail);
	uint32_t cells = is_control(byte) ? (has_local(ldisc, ECHOCTL) ? 2 : 0) : 1;

	if (byte == '\t') {
		uint32_t column = column_at(ldisc, ldisc->tail);
		for (cells = column_after_tab(column) - column; cells > 0; cells--)
			ldisc_put_one(ldisc, '\b');
		return;
	}
	for (; cells > 0; cells--) {
		ldisc_put_one(ldisc, '\b');
		ldisc_put_one(ldisc, ' ');
		ldisc_put_one(ldisc, '\b');
	}
}

/* Where the last typed character begins; line_end when it is only a part of one. */
static uint32_t last_character(const struct ldisc *ldisc)
{
	uint32_t at = ldisc->tail - 1;

	while (at != ldisc->line_end && is_continuation(ldisc, byte_at(ldisc, at)))
		at--;
	return is_continuation(ldisc, byte_at(ldisc, at)) ? ldisc->tail : at;
}

static void erase_character(struct ldisc *ldisc)
{
	uint32_t at = last_character(ldisc);

	if (at == ldisc->tail)
		return;
	ldisc->tail = at;
	if (!has_local(ldisc, ECHO))
		return;
	if (has_local(ldisc, ECHOE))
		erase_from_screen(ldisc);
	else
		ldisc_show(ldisc, ldisc->settings.c_cc[VERASE]);
}

/* A letter, a digit or an underscore; in Latin-1 and the first bytes of UTF-8, too. */
static bool is_word_byte(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z') || byte == '_' ||
	       (byte >= 0xc0 && byte != 0xd7 && byte != 0xf7);
}

/* Erase characters, all or up to the start of a word. */
static void erase_many(struct ldisc *ldisc, bool only_word)
{
	bool has_word = false;

	while (ldisc->tail != ldisc->line_end) {
		uint32_t at = last_character(ldisc);
		if (at == ldisc->tail)
			return;
		bool is_word = is_word_byte(byte_at(ldisc, at));
		if (only_word && has_word && !is_word)
			return;
		has_word |= is_word;
		ldisc->tail = at;
		if (has_local(ldisc, ECHO))
			erase_from_screen(ldisc);
	}
}

static void kill_line(struct ldisc *ldisc)
{
	tcflag_t wanted = ECHO | ECHOE | ECHOK | ECHOKE;

	if ((ldisc->settings.c_lflag & wanted) == wanted) {
		erase_many(ldisc, false);
		return;
	}
	ldisc->tail = ldisc->line_end;
	if (!has_local(ldisc, ECHO))
		return;
	ldisc_show(ldisc, ldisc->settings.c_cc[VKILL]);
	if (has_local(ldisc, ECHOK))
		ldisc_put_one(ldisc, '\n');
}

static void reprint(struct ldisc *ldisc)
{
	ldisc_show(ldisc, ldisc->settings.c_cc[VREPRINT]);
	ldisc_put_one(ldisc, '\n');
	for (uint32_t at = ldisc->line_end; at != ldisc->tail; at++)
		ldisc_show(ldisc, byte_at(ldisc, at));
}

bool ldisc_edit(struct ldisc *ldisc, uint8_t byte)
{
	bool is_extended = has_local(ldisc, IEXTEN);
	bool is_erase = is_character(ldisc, VERASE, byte);

	if (is_erase || is_character(ldisc, VKILL, byte) ||
	    (is_extended && is_character(ldisc, VWERASE, byte))) {
		if (ldisc->tail == ldisc->line_end)
			return true;
		if (is_erase)
			erase_character(ldisc);
		else if (is_character(ldisc, VKILL, byte))
			kill_line(ldisc);
		else
			erase_many(ldisc, true);
		return true;
	}
	if (is_extended && is_character(ldisc, VLNEXT, byte)) {
		ldisc->is_literal_next = true;
		if (has_local(ldisc, ECHO) && has_local(ldisc, ECHOCTL))
			ldisc->output("^\b", 2);
		return true;
	}
	if (is_extended && has_local(ldisc, ECHO) && is_character(ldisc, VREPRINT, byte)) {
		reprint(ldisc);
		return true;
	}
	return false;
}
