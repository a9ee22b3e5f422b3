/* SPDX-License-Identifier: MIT */
/*
 * Input is one ring: [head, line_end) can be read, [line_end, tail) is the line being typed,
 * which editing characters still change. In raw mode every byte is readable at once.
 * What is echoed, and in which order characters are special, is byte for byte as in Linux.
 *
 * Limits: no PARMRK; echo is not held back by VSTOP.
 */
#include "dev/tty/ldisc.h"

#include "dev/tty/ldisc_private.h"
#include "lib/error.h"
#include "lib/string.h"

#include <asm/signal.h>

enum { END_OF_FILE_MARK = 0 };

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

/* ---- receiving ---- */

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
		ldisc_show(ldisc, byte);
	return signal;
}

/* The mark is no data: it only makes what was typed so far readable. */
static void end_file(struct ldisc *ldisc)
{
	put_input(ldisc, END_OF_FILE_MARK, true);
}

/* The characters that end a line in canonical mode; true if the byte was one. */
static bool end_line(struct ldisc *ldisc, uint8_t byte)
{
	if (byte == '\n') {
		ldisc_echo_newline(ldisc);
		put_input(ldisc, byte, true);
	} else if (is_character(ldisc, VEOF, byte)) {
		end_file(ldisc);
	} else if (is_character(ldisc, VEOL, byte) ||
		   (has_local(ldisc, IEXTEN) && is_character(ldisc, VEOL2, byte))) {
		ldisc_echo(ldisc, byte);
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
	if (has_local(ldisc, ICANON) && (ldisc_edit(ldisc, byte) || end_line(ldisc, byte)))
		return;
	// In raw mode the line feed itself is a control character like others.
	if (byte == '\n' && received == '\r')
		ldisc_echo_newline(ldisc);
	else
		ldisc_echo(ldisc, byte);
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
		ldisc_echo(ldisc, byte);
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
