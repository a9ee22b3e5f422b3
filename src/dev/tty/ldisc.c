/* SPDX-License-Identifier: MIT */
#include "dev/tty/ldisc.h"

#include "lib/string.h"

#include <asm/signal.h>

enum { CARET_BIT = 0x40, DELETE = 0x7f, TAB_WIDTH = 8, NO_CHARACTER = 0 };

static uint32_t index_of(uint32_t position)
{
	return position & (LDISC_INPUT_SIZE - 1);
}

static bool is_delimiter(const struct ldisc *ldisc, uint32_t position)
{
	uint32_t index = index_of(position);
	return ldisc->delimiters[index / 8] >> (index % 8) & 1;
}

static void put_input(struct ldisc *ldisc, uint8_t byte, bool ends_line)
{
	uint32_t index = index_of(ldisc->tail);
	uint8_t bit = (uint8_t)(1 << (index % 8));

	ldisc->input[index] = byte;
	if (ends_line)
		ldisc->delimiters[index / 8] |= bit;
	else
		ldisc->delimiters[index / 8] &= (uint8_t)~bit;
	ldisc->tail++;
	if (ends_line || !(ldisc->settings.c_lflag & ICANON))
		ldisc->line_end = ldisc->tail;
}

void ldisc_init(struct ldisc *ldisc, void (*output)(const char *bytes, size_t size))
{
	static const cc_t characters[NCCS] = {
		[VINTR] = 3,	[VQUIT] = 28,	 [VERASE] = DELETE, [VKILL] = 21,
		[VEOF] = 4,	[VTIME] = 0,	 [VMIN] = 1,	    [VSTART] = 17,
		[VSTOP] = 19,	[VSUSP] = 26,	 [VREPRINT] = 18,   [VDISCARD] = 15,
		[VWERASE] = 23, [VLNEXT] = 22,
	};
	memset(ldisc, 0, sizeof(*ldisc));
	ldisc->output = output;
	ldisc->settings = (struct termios){
		.c_iflag = ICRNL | IXON,
		.c_oflag = OPOST | ONLCR,
		.c_cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL,
		.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	};
	memcpy(ldisc->settings.c_cc, characters, sizeof(characters));
}

static void write_one(struct ldisc *ldisc, uint8_t byte)
{
	tcflag_t flags = ldisc->settings.c_oflag;
	char out = (char)byte;

	if (flags & OPOST) {
		if (byte == '\n' && (flags & ONLCR)) {
			ldisc->column = 0;
			ldisc->output("\r\n", 2);
			return;
		}
		if (byte == '\r' && (flags & ONOCR) && ldisc->column == 0)
			return;
		if (byte == '\r' && (flags & OCRNL))
			out = '\n';
		if (byte == '\t' && (flags & TABDLY) == XTABS) {
			uint32_t spaces = TAB_WIDTH - ldisc->column % TAB_WIDTH;
			ldisc->column += spaces;
			ldisc->output("        ", spaces);
			return;
		}
	}
	if (byte == '\r' || byte == '\n')
		ldisc->column = 0;
	else if (byte == '\b')
		ldisc->column -= ldisc->column > 0;
	else if (byte == '\t')
		ldisc->column = (ldisc->column / TAB_WIDTH + 1) * TAB_WIDTH;
	else if (byte >= ' ' && byte != DELETE && (byte & 0xc0) != 0x80)
		ldisc->column++;
	ldisc->output(&out, 1);
}

void ldisc_write(struct ldisc *ldisc, const char *bytes, size_t size)
{
	size_t start = 0;

	// Runs of ordinary characters go out in one piece.
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)bytes[i];
		if (byte >= ' ' && byte < DELETE) {
			ldisc->column++;
			continue;
		}
		if (i > start)
			ldisc->output(bytes + start, i - start);
		write_one(ldisc, byte);
		start = i + 1;
	}
	if (size > start)
		ldisc->output(bytes + start, size - start);
}

static bool is_control(uint8_t byte)
{
	return (byte < ' ' || byte == DELETE) && byte != '\t' && byte != '\n';
}

static void echo(struct ldisc *ldisc, uint8_t byte)
{
	tcflag_t flags = ldisc->settings.c_lflag;

	if (!(flags & ECHO) && !(byte == '\n' && (flags & ECHONL) && (flags & ICANON)))
		return;
	if ((flags & ECHOCTL) && is_control(byte)) {
		write_one(ldisc, '^');
		write_one(ldisc, byte ^ CARET_BIT);
	} else {
		write_one(ldisc, byte);
	}
}

/* The column after the typed line up to a position: what erasing a tab must go back to. */
static uint32_t column_at(const struct ldisc *ldisc, uint32_t end)
{
	uint32_t column = ldisc->line_column;

	for (uint32_t at = ldisc->line_end; at != end; at++) {
		uint8_t byte = ldisc->input[index_of(at)];
		if (byte == '\t')
			column = (column / TAB_WIDTH + 1) * TAB_WIDTH;
		else if (is_control(byte))
			column += ldisc->settings.c_lflag & ECHOCTL ? 2 : 0;
		else if ((byte & 0xc0) != 0x80)
			column++;
	}
	return column;
}

/* Take the last typed character (all its UTF-8 bytes) back, on the screen, too. */
static void erase_one(struct ldisc *ldisc)
{
	uint32_t before = column_at(ldisc, ldisc->tail);

	do
		ldisc->tail--;
	while (ldisc->tail != ldisc->line_end && (ldisc->settings.c_iflag & IUTF8) &&
	       (ldisc->input[index_of(ldisc->tail)] & 0xc0) == 0x80);
	if (!(ldisc->settings.c_lflag & ECHO))
		return;
	if (!(ldisc->settings.c_lflag & ECHOE)) {
		echo(ldisc, ldisc->settings.c_cc[VERASE]);
		return;
	}
	bool was_tab = ldisc->input[index_of(ldisc->tail)] == '\t';
	for (uint32_t columns = before - column_at(ldisc, ldisc->tail); columns > 0; columns--) {
		ldisc->output(was_tab ? "\b" : "\b \b", was_tab ? 1 : 3);
		ldisc->column -= ldisc->column > 0;
	}
}

static bool is_word_byte(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
}

static void erase_word(struct ldisc *ldisc)
{
	bool has_word = false;

	while (ldisc->tail != ldisc->line_end) {
		bool is_word = is_word_byte(ldisc->input[index_of(ldisc->tail - 1)]);
		if (has_word && !is_word)
			break;
		has_word |= is_word;
		erase_one(ldisc);
	}
}

static void kill_line(struct ldisc *ldisc)
{
	tcflag_t flags = ldisc->settings.c_lflag;

	if ((flags & ECHOK) && !(flags & ECHOKE)) {
		ldisc->tail = ldisc->line_end;
		echo(ldisc, ldisc->settings.c_cc[VKILL]);
		if (flags & ECHO)
			write_one(ldisc, '\n');
		return;
	}
	while (ldisc->tail != ldisc->line_end)
		erase_one(ldisc);
}

static void reprint(struct ldisc *ldisc)
{
	echo(ldisc, ldisc->settings.c_cc[VREPRINT]);
	write_one(ldisc, '\n');
	ldisc->line_column = ldisc->column;
	for (uint32_t at = ldisc->line_end; at != ldisc->tail; at++)
		echo(ldisc, ldisc->input[index_of(at)]);
}

static bool is_character(const struct ldisc *ldisc, int which, uint8_t byte)
{
	return ldisc->settings.c_cc[which] != NO_CHARACTER && ldisc->settings.c_cc[which] == byte;
}

static int signal_of(const struct ldisc *ldisc, uint8_t byte)
{
	if (is_character(ldisc, VINTR, byte))
		return SIGINT;
	if (is_character(ldisc, VQUIT, byte))
		return SIGQUIT;
	return is_character(ldisc, VSUSP, byte) ? SIGTSTP : LDISC_SIGNAL_NONE;
}

static void accept(struct ldisc *ldisc, uint8_t byte, bool ends_line)
{
	// One place is kept for the character that ends the line.
	if (ldisc->tail - ldisc->head >= LDISC_INPUT_SIZE - (ends_line ? 0u : 1u))
		return;
	if (ldisc->tail == ldisc->line_end)
		ldisc->line_column = ldisc->column;
	echo(ldisc, byte);
	put_input(ldisc, byte, ends_line);
}

/* Editing characters of canonical mode; true if the byte was one. */
static bool edit(struct ldisc *ldisc, uint8_t byte)
{
	bool is_extended = ldisc->settings.c_lflag & IEXTEN;

	if (is_character(ldisc, VERASE, byte)) {
		if (ldisc->tail != ldisc->line_end)
			erase_one(ldisc);
	} else if (is_character(ldisc, VKILL, byte)) {
		kill_line(ldisc);
	} else if (is_extended && is_character(ldisc, VWERASE, byte)) {
		erase_word(ldisc);
	} else if (is_extended && is_character(ldisc, VREPRINT, byte)) {
		reprint(ldisc);
	} else if (is_character(ldisc, VEOF, byte)) {
		if (ldisc->tail - ldisc->head < LDISC_INPUT_SIZE)
			put_input(ldisc, ldisc->settings.c_cc[VEOF], true);
	} else {
		return false;
	}
	return true;
}

static bool map_input(const struct ldisc *ldisc, uint8_t *byte)
{
	tcflag_t flags = ldisc->settings.c_iflag;

	if (flags & ISTRIP)
		*byte &= 0x7f;
	if (*byte == '\r') {
		if (flags & IGNCR)
			return false;
		if (flags & ICRNL)
			*byte = '\n';
	} else if (*byte == '\n' && (flags & INLCR)) {
		*byte = '\r';
	}
	return true;
}

int ldisc_receive(struct ldisc *ldisc, uint8_t byte)
{
	tcflag_t flags = ldisc->settings.c_lflag;

	if (ldisc->is_literal_next) {
		ldisc->is_literal_next = false;
		accept(ldisc, byte, false);
		return LDISC_SIGNAL_NONE;
	}
	if (!map_input(ldisc, &byte))
		return LDISC_SIGNAL_NONE;
	if (ldisc->settings.c_iflag & IXON) {
		bool is_stop = is_character(ldisc, VSTOP, byte);
		if (is_stop || is_character(ldisc, VSTART, byte)) {
			ldisc->is_output_stopped = is_stop;
			return LDISC_SIGNAL_NONE;
		}
		if (ldisc->settings.c_iflag & IXANY)
			ldisc->is_output_stopped = false;
	}
	int signal = flags & ISIG ? signal_of(ldisc, byte) : LDISC_SIGNAL_NONE;
	if (signal) {
		if (!(flags & NOFLSH))
			ldisc_flush_input(ldisc);
		ldisc->is_output_stopped = false;
		echo(ldisc, byte);
		return signal;
	}
	if ((flags & ICANON) && (flags & IEXTEN) && is_character(ldisc, VLNEXT, byte)) {
		ldisc->is_literal_next = true;
		if ((flags & ECHO) && (flags & ECHOCTL))
			ldisc->output("^\b", 2);
		return LDISC_SIGNAL_NONE;
	}
	if ((flags & ICANON) && edit(ldisc, byte))
		return LDISC_SIGNAL_NONE;
	bool ends_line = (flags & ICANON) && (byte == '\n' || is_character(ldisc, VEOL, byte) ||
					      is_character(ldisc, VEOL2, byte));
	accept(ldisc, byte, ends_line);
	return LDISC_SIGNAL_NONE;
}

bool ldisc_is_readable(const struct ldisc *ldisc)
{
	if (ldisc->settings.c_lflag & ICANON)
		return ldisc->line_end != ldisc->head;
	uint32_t minimum = ldisc->settings.c_cc[VMIN];
	return ldisc->tail - ldisc->head >= MAX(minimum, 1u);
}

size_t ldisc_available(const struct ldisc *ldisc)
{
	return ldisc->settings.c_lflag & ICANON ? ldisc->line_end - ldisc->head :
						  ldisc->tail - ldisc->head;
}

size_t ldisc_read(struct ldisc *ldisc, char *buffer, size_t size)
{
	bool is_canonical = ldisc->settings.c_lflag & ICANON;
	uint32_t end = is_canonical ? ldisc->line_end : ldisc->tail;
	size_t taken = 0;

	while (ldisc->head != end) {
		bool ends_line = is_canonical && is_delimiter(ldisc, ldisc->head);
		uint8_t byte = ldisc->input[index_of(ldisc->head)];
		if (ends_line && is_character(ldisc, VEOF, byte)) {
			ldisc->head++; // ends the line, is not part of the data
			break;
		}
		if (taken == size)
			break;
		buffer[taken++] = (char)byte;
		ldisc->head++;
		if (ends_line)
			break;
	}
	return taken;
}

void ldisc_flush_input(struct ldisc *ldisc)
{
	ldisc->head = ldisc->line_end = ldisc->tail;
}

void ldisc_set(struct ldisc *ldisc, const struct termios *settings)
{
	bool was_canonical = ldisc->settings.c_lflag & ICANON;

	ldisc->settings = *settings;
	if (was_canonical && !(settings->c_lflag & ICANON))
		ldisc->line_end = ldisc->tail;
}
