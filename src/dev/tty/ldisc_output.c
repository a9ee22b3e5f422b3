/* SPDX-License-Identifier: MIT */
/* The line discipline's output: OPOST processing, and the echo of what is received. */
#include "dev/tty/ldisc_private.h"

enum { CARET_BIT = 0x40 }; /* ^A for 1 */

static void put_tab(struct ldisc *ldisc)
{
	uint32_t next = column_after_tab(ldisc->column);

	if ((ldisc->settings.c_oflag & TABDLY) == XTABS)
		ldisc->output("        ", next - ldisc->column);
	else
		ldisc->output("\t", 1);
	ldisc->column = next;
}

static void put_newline(struct ldisc *ldisc)
{
	tcflag_t flags = ldisc->settings.c_oflag;

	if (flags & (ONLCR | ONLRET))
		ldisc->column = 0;
	ldisc->line_column = ldisc->column;
	if (flags & ONLCR)
		ldisc->output("\r\n", 2);
	else
		ldisc->output("\n", 1);
}

static void put_return(struct ldisc *ldisc)
{
	tcflag_t flags = ldisc->settings.c_oflag;

	if ((flags & ONOCR) && ldisc->column == 0)
		return;
	if (!(flags & OCRNL) || (flags & ONLRET))
		ldisc->line_column = ldisc->column = 0;
	ldisc->output(flags & OCRNL ? "\n" : "\r", 1);
}

static void put_plain(struct ldisc *ldisc, uint8_t byte)
{
	bool is_lower = byte >= 'a' && byte <= 'z';
	char out = (char)((ldisc->settings.c_oflag & OLCUC) && is_lower ? byte - 'a' + 'A' : byte);

	if (byte == '\b')
		ldisc->column -= ldisc->column > 0;
	else if (!is_control(byte) && !is_continuation(ldisc, byte))
		ldisc->column++;
	ldisc->output(&out, 1);
}

void ldisc_put_one(struct ldisc *ldisc, uint8_t byte)
{
	char out = (char)byte;

	if (!(ldisc->settings.c_oflag & OPOST))
		ldisc->output(&out, 1);
	else if (byte == '\n')
		put_newline(ldisc);
	else if (byte == '\r')
		put_return(ldisc);
	else if (byte == '\t')
		put_tab(ldisc);
	else
		put_plain(ldisc, byte);
}

void ldisc_write(struct ldisc *ldisc, const char *bytes, size_t size)
{
	size_t start = 0;

	if (!(ldisc->settings.c_oflag & OPOST)) {
		ldisc->output(bytes, size);
		return;
	}
	// Runs of ordinary characters go out in one piece.
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)bytes[i];
		if (byte >= ' ' && byte < DELETE && !(ldisc->settings.c_oflag & OLCUC)) {
			ldisc->column++;
			continue;
		}
		if (i > start)
			ldisc->output(bytes + start, i - start);
		ldisc_put_one(ldisc, byte);
		start = i + 1;
	}
	if (size > start)
		ldisc->output(bytes + start, size - start);
}

/* ---- echo ---- */

void ldisc_show(struct ldisc *ldisc, uint8_t byte)
{
	if (has_local(ldisc, ECHOCTL) && is_control(byte) && byte != '\t') {
		const char text[] = { '^', (char)(byte ^ CARET_BIT) };
		ldisc->output(text, sizeof(text));
		ldisc->column += sizeof(text);
	} else {
		ldisc_put_one(ldisc, byte);
	}
}

void ldisc_echo(struct ldisc *ldisc, uint8_t byte)
{
	if (!has_local(ldisc, ECHO))
		return;
	// The first character of a line: where erasing will have to come back to.
	if (ldisc->line_end == ldisc->tail)
		ldisc->line_column = ldisc->column;
	ldisc_show(ldisc, byte);
}

void ldisc_echo_newline(struct ldisc *ldisc)
{
	if (has_local(ldisc, ECHO) || (has_local(ldisc, ICANON) && has_local(ldisc, ECHONL)))
		ldisc_put_one(ldisc, '\n');
}
