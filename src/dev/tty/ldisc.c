/* SPDX-License-Identifier: MIT */
/*
 * Input is one ring: [head, line_end) can be read, [line_end, tail) is the line being typed,
 * which editing characters still change. In raw mode every byte is readable at once.
 * What is echoed, and in which order characters are special, is byte for byte as in Linux.
 *
 * Limits: no ECHOPRT (hard-copy erasing), no PARMRK; echo is not held back by VSTOP.
 */
#include "dev/tty/ldisc.h"

#include "lib/error.h"
#include "lib/string.h"

#include <asm/signal.h>

enum { CARET_BIT = 0x40, DELETE = 0x7f, TAB_WIDTH = 8, NOT_A_CHARACTER = 0, END_OF_FILE_MARK = 0 };

/* ---- the ring ---- */

static uint32_t index_of(uint32_t position)
{
	return position & (LDISC_INPUT_SIZE - 1);
}

static uint8_t byte_at(const struct ldisc *ldisc, uint32_t position)
{
	return ldisc->input[index_of(position)];
}

static bool is_delimiter(const struct ldisc *ldisc, uint32_t position)
{
	uint32_t index = index_of(position);
	return ldisc->delimiters[index / 8] >> (index % 8) & 1;
}

static void set_delimiter(struct ldisc *ldisc, uint32_t position, bool is_set)
{
	uint32_t index = index_of(position);
	uint8_t bit = (uint8_t)(1 << (index % 8));

	if (is_set)
		ldisc->delimiters[index / 8] |= bit;
	else
		ldisc->delimiters[index / 8] &= (uint8_t)~bit;
}

static bool has_local(const struct ldisc *ldisc, tcflag_t flag)
{
	return ldisc->settings.c_lflag & flag;
}

static void put_input(struct ldisc *ldisc, uint8_t byte, bool ends_line)
{
	ldisc->input[index_of(ldisc->tail)] = byte;
	set_delimiter(ldisc, ldisc->tail, ends_line);
	ldisc->tail++;
	if (ends_line || !has_local(ldisc, ICANON))
		ldisc->line_end = ldisc->tail;
}

bool ldisc_has_room(const struct ldisc *ldisc)
{
	// A line that got too long must still be able to end.
	bool is_in_first_line = has_local(ldisc, ICANON) && ldisc->line_end == ldisc->head;
	return is_in_first_line || ldisc->tail - ldisc->head < LDISC_INPUT_SIZE - 1;
}

void ldisc_init(struct ldisc *ldisc, void (*output)(const char *bytes, size_t size))
{
	static const cc_t characters[NCCS] = {
		[VINTR] = 3,	 [VQUIT] = 28,	  [VERASE] = DELETE, [VKILL] = 21,  [VEOF] = 4,
		[VTIME] = 0,	 [VMIN] = 1,	  [VSTART] = 17,     [VSTOP] = 19,  [VSUSP] = 26,
		[VREPRINT] = 18, [VDISCARD] = 15, [VWERASE] = 23,    [VLNEXT] = 22,
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

/* ---- output ---- */

static bool is_control(uint8_t byte)
{
	return byte < ' ' || byte == DELETE;
}

/* Not the first byte of a UTF-8 character, where the terminal speaks UTF-8. */
static bool is_continuation(const struct ldisc *ldisc, uint8_t byte)
{
	return (ldisc->settings.c_iflag & IUTF8) && (byte & 0xc0) == 0x80;
}

static uint32_t column_after_tab(uint32_t column)
{
	return (column / TAB_WIDTH + 1) * TAB_WIDTH;
}

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

static void write_one(struct ldisc *ldisc, uint8_t byte)
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
		write_one(ldisc, byte);
		start = i + 1;
	}
	if (size > start)
		ldisc->output(bytes + start, size - start);
}

/* ---- echo ---- */

/* Show a character without asking ECHO. */
static void show(struct ldisc *ldisc, uint8_t byte)
{
	if (has_local(ldisc, ECHOCTL) && is_control(byte) && byte != '\t') {
		const char text[] = { '^', (char)(byte ^ CARET_BIT) };
		ldisc->output(text, sizeof(text));
		ldisc->column += sizeof(text);
	} else {
		write_one(ldisc, byte);
	}
}

static void echo(struct ldisc *ldisc, uint8_t byte)
{
	if (!has_local(ldisc, ECHO))
		return;
	// The first character of a line: where erasing will have to come back to.
	if (ldisc->line_end == ldisc->tail)
		ldisc->line_column = ldisc->column;
	show(ldisc, byte);
}

static void echo_newline(struct ldisc *ldisc)
{
	if (has_local(ldisc, ECHO) || (has_local(ldisc, ICANON) && has_local(ldisc, ECHONL)))
		write_one(ldisc, '\n');
}

/* ---- editing ---- */

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
			write_one(ldisc, '\b');
		return;
	}
	for (; cells > 0; cells--) {
		write_one(ldisc, '\b');
		write_one(ldisc, ' ');
		write_one(ldisc, '\b');
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
		show(ldisc, ldisc->settings.c_cc[VERASE]);
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
	show(ldisc, ldisc->settings.c_cc[VKILL]);
	if (has_local(ldisc, ECHOK))
		write_one(ldisc, '\n');
}

static void reprint(struct ldisc *ldisc)
{
	show(ldisc, ldisc->settings.c_cc[VREPRINT]);
	write_one(ldisc, '\n');
	for (uint32_t at = ldisc->line_end; at != ldisc->tail; at++)
		show(ldisc, byte_at(ldisc, at));
}

/* ---- receiving ---- */

static bool is_character(const struct ldisc *ldisc, int which, uint8_t byte)
{
	return byte != NOT_A_CHARACTER && ldisc->settings.c_cc[which] == byte;
}

static int signal_of(const struct ldisc *ldisc, uint8_t byte)
{
	if (!has_local(ldisc, ISIG))
		return LDISC_SIGNAL_NONE;
	if (is_character(ldisc, VINTR, byte))
		return SIGINT;
	if (is_character(ldisc, VQUIT, byte))
		return SIGQUIT;
	return is_character(ldisc, VSUSP, byte) ? SIGTSTP : LDISC_SIGNAL_NONE;
}

static int interrupt(struct ldisc *ldisc, int signal, uint8_t byte)
{
	if (!has_local(ldisc, NOFLSH))
		ldisc_flush_input(ldisc);
	if (ldisc->settings.c_iflag & IXON)
		ldisc->is_output_stopped = false;
	if (has_local(ldisc, ECHO))
		show(ldisc, byte);
	return signal;
}

/* The mark is no data: it only makes what was typed so far readable. */
static void end_file(struct ldisc *ldisc)
{
	put_input(ldisc, END_OF_FILE_MARK, true);
}

/* The characters that edit a line in canonical mode; true if the byte was one. */
static bool edit(struct ldisc *ldisc, uint8_t byte)
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

/* The characters that end a line in canonical mode; true if the byte was one. */
static bool end_line(struct ldisc *ldisc, uint8_t byte)
{
	if (byte == '\n') {
		echo_newline(ldisc);
		put_input(ldisc, byte, true);
	} else if (is_character(ldisc, VEOF, byte)) {
		end_file(ldisc);
	} else if (is_character(ldisc, VEOL, byte) ||
		   (has_local(ldisc, IEXTEN) && is_character(ldisc, VEOL2, byte))) {
		echo(ldisc, byte);
		put_input(ldisc, byte, true);
	} else {
		return false;
	}
	return true;
}

/* VSTART and VSTOP; true if the byte was one. */
static bool control_flow(struct ldisc *ldisc, uint8_t byte)
{
	bool is_start = is_character(ldisc, VSTART, byte);

	if (!(ldisc->settings.c_iflag & IXON) || !(is_start || is_character(ldisc, VSTOP, byte)))
		return false;
	ldisc->is_output_stopped = !is_start;
	return true;
}

/* False: the byte is dropped. */
static bool map_newlines(const struct ldisc *ldisc, uint8_t *byte)
{
	tcflag_t flags = ldisc->settings.c_iflag;

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

static uint8_t map_case(const struct ldisc *ldisc, uint8_t byte)
{
	if (ldisc->settings.c_iflag & ISTRIP)
		byte &= 0x7f;
	if ((ldisc->settings.c_iflag & IUCLC) && has_local(ldisc, IEXTEN) && byte >= 'A' &&
	    byte <= 'Z')
		byte = (uint8_t)(byte - 'A' + 'a');
	return byte;
}

static void receive_ordinary(struct ldisc *ldisc, uint8_t received)
{
	uint8_t byte = received;

	if ((ldisc->settings.c_iflag & (IXON | IXANY)) == (IXON | IXANY))
		ldisc->is_output_stopped = false;
	if (!map_newlines(ldisc, &byte))
		return;
	if (has_local(ldisc, ICANON) && (edit(ldisc, byte) || end_line(ldisc, byte)))
		return;
	// In raw mode the line feed itself is a control character like others.
	if (byte == '\n' && received == '\r')
		echo_newline(ldisc);
	else
		echo(ldisc, byte);
	put_input(ldisc, byte, false);
}

int ldisc_receive(struct ldisc *ldisc, uint8_t byte)
{
	if (!ldisc_has_room(ldisc))
		return LDISC_SIGNAL_NONE;
	// The last place of a line that is too long takes whatever comes last.
	if (ldisc->tail - ldisc->head == LDISC_INPUT_SIZE)
		ldisc->tail--;
	byte = map_case(ldisc, byte);
	if (ldisc->is_literal_next) {
		ldisc->is_literal_next = false;
		echo(ldisc, byte);
		put_input(ldisc, byte, false);
		return LDISC_SIGNAL_NONE;
	}
	if (control_flow(ldisc, byte))
		return LDISC_SIGNAL_NONE;
	int signal = signal_of(ldisc, byte);
	if (signal != LDISC_SIGNAL_NONE)
		return interrupt(ldisc, signal, byte);
	receive_ordinary(ldisc, byte);
	return LDISC_SIGNAL_NONE;
}

/* ---- reading ---- */

bool ldisc_is_readable(const struct ldisc *ldisc)
{
	return ldisc->line_end != ldisc->head;
}

bool ldisc_is_poll_readable(const struct ldisc *ldisc)
{
	const cc_t *characters = ldisc->settings.c_cc;

	if (has_local(ldisc, ICANON) || characters[VTIME] || !characters[VMIN])
		return ldisc_is_readable(ldisc);
	return ldisc->line_end - ldisc->head >= characters[VMIN];
}

size_t ldisc_available(const struct ldisc *ldisc)
{
	size_t marks = 0;

	for (uint32_t at = ldisc->head; at != ldisc->line_end; at++)
		marks += is_delimiter(ldisc, at) && byte_at(ldisc, at) == END_OF_FILE_MARK;
	return ldisc->line_end - ldisc->head - marks;
}

ssize_t ldisc_read(struct ldisc *ldisc, char *buffer, size_t size, bool *is_complete)
{
	ssize_t taken = 0;

	*is_complete = false;
	if (!ldisc_is_readable(ldisc))
		return -EAGAIN;
	while (ldisc->head != ldisc->line_end && !*is_complete) {
		bool ends_line = is_delimiter(ldisc, ldisc->head);
		uint8_t byte = byte_at(ldisc, ldisc->head);
		bool is_mark = ends_line && byte == END_OF_FILE_MARK;
		// A mark right behind the last byte that fits belongs to this read.
		if ((size_t)taken == size && !is_mark)
			return taken;
		if (!is_mark)
			buffer[taken++] = (char)byte;
		ldisc->head++;
		*is_complete = ends_line;
	}
	return taken;
}

/* ---- control ---- */

void ldisc_flush_input(struct ldisc *ldisc)
{
	ldisc->head = ldisc->line_end = ldisc->tail;
	ldisc->is_literal_next = false;
}

void ldisc_set(struct ldisc *ldisc, const struct termios *settings)
{
	bool is_switched = (ldisc->settings.c_lflag ^ settings->c_lflag) & ICANON;

	ldisc->settings = *settings;
	if (!is_switched)
		return;
	memset(ldisc->delimiters, 0, sizeof(ldisc->delimiters));
	// What came in raw mode is a line of its own; but a NUL byte must not turn into a mark.
	if (has_local(ldisc, ICANON) && ldisc->tail != ldisc->head &&
	    byte_at(ldisc, ldisc->tail - 1) != END_OF_FILE_MARK)
		set_delimiter(ldisc, ldisc->tail - 1, true);
	ldisc->line_end = ldisc->tail;
	ldisc->is_literal_next = false;
}
