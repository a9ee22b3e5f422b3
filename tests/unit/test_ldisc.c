/* SPDX-License-Identifier: MIT */
/*
 * The line discipline, byte for byte. The expected echo is what Linux's N_TTY gives on a
 * pseudo terminal for the same input.
 */
#include "dev/tty/ldisc.h"

#include "harness.h"
#include "lib/error.h"

#include <asm/signal.h>
#include <string.h>

static char line[65536];
static size_t line_size;
static struct ldisc ldisc;

static void capture(const char *bytes, size_t size)
{
	memcpy(line + line_size, bytes, size);
	line_size += size;
	line[line_size] = '\0';
}

static void forget_line(void)
{
	line_size = 0;
	line[0] = '\0';
}

static void start(void)
{
	forget_line();
	ldisc_init(&ldisc, capture);
}

static void change_local(tcflag_t set, tcflag_t clear)
{
	struct termios settings = ldisc.settings;

	settings.c_lflag = (settings.c_lflag | set) & ~clear;
	ldisc_set(&ldisc, &settings);
}

static void start_raw(cc_t minimum, cc_t time)
{
	start();
	struct termios raw = ldisc.settings;
	raw.c_iflag = raw.c_oflag = raw.c_lflag = 0;
	raw.c_cc[VMIN] = minimum;
	raw.c_cc[VTIME] = time;
	ldisc_set(&ldisc, &raw);
}

static int type_bytes(const char *bytes, size_t size)
{
	int signal = 0;
	for (size_t i = 0; i < size; i++)
		signal |= ldisc_receive(&ldisc, (uint8_t)bytes[i]);
	return signal;
}

static int type(const char *text)
{
	return type_bytes(text, strlen(text));
}

static bool shows(const char *expected)
{
	bool is_equal = line_size == strlen(expected) && memcmp(line, expected, line_size) == 0;
	forget_line();
	return is_equal;
}

static bool reads_at_most(size_t limit, const char *expected, bool expects_complete)
{
	char buffer[LDISC_INPUT_SIZE + 1];
	bool is_complete;
	ssize_t size = ldisc_read(&ldisc, buffer, limit, &is_complete);
	return size == (ssize_t)strlen(expected) && memcmp(buffer, expected, (size_t)size) == 0 &&
	       is_complete == expects_complete;
}

static bool reads_line(const char *expected)
{
	return reads_at_most(LDISC_INPUT_SIZE + 1, expected, true);
}

static bool reads_raw(const char *expected)
{
	return reads_at_most(LDISC_INPUT_SIZE + 1, expected, false);
}

static bool reads_nothing(void)
{
	char byte;
	bool is_complete;
	return ldisc_read(&ldisc, &byte, 1, &is_complete) == -EAGAIN;
}

/* ---- lines ---- */

TEST(test_a_line_is_readable_only_when_it_is_complete)
{
	start();
	type("ab");
	CHECK(!ldisc_is_readable(&ldisc) && reads_nothing() && ldisc_available(&ldisc) == 0);
	type("c\r");
	CHECK(ldisc_is_readable(&ldisc) && ldisc_available(&ldisc) == 4);
	CHECK(reads_line("abc\n") && shows("abc\r\n") && reads_nothing());
}

TEST(test_one_read_takes_one_line)
{
	start();
	type("one\ntwo\n");
	CHECK(ldisc_available(&ldisc) == 8);
	CHECK(reads_line("one\n") && reads_line("two\n") && reads_nothing());
}

TEST(test_a_short_read_leaves_the_rest_of_the_line)
{
	start();
	type("abcdef\n");
	CHECK(reads_at_most(4, "abcd", false) && reads_line("ef\n"));
}

TEST(test_end_of_file_at_the_start_of_a_line_reads_nothing)
{
	start();
	type("\x04");
	CHECK(ldisc_is_readable(&ldisc) && ldisc_available(&ldisc) == 0);
	CHECK(reads_line("") && reads_nothing() && shows(""));
}

TEST(test_end_of_file_behind_text_makes_it_readable)
{
	start();
	type("ab\x04"
	     "cd\n");
	CHECK(ldisc_available(&ldisc) == 5 && reads_line("ab") && reads_line("cd\n"));
}

TEST(test_end_of_file_right_behind_a_full_read_belongs_to_it)
{
	start();
	type("abc\x04\x04");
	CHECK(reads_at_most(3, "abc", true) && reads_line("") && reads_nothing());
}

TEST(test_a_nul_byte_is_data)
{
	start();
	type_bytes("a\0b\n", 4);
	char buffer[8];
	bool is_complete;
	CHECK(ldisc_read(&ldisc, buffer, sizeof(buffer), &is_complete) == 4 && is_complete);
	CHECK(memcmp(buffer, "a\0b\n", 4) == 0 && shows("a^@b\r\n"));
}

TEST(test_other_line_ends_are_part_of_the_line_and_echoed)
{
	start();
	ldisc.settings.c_cc[VEOL] = ';';
	ldisc.settings.c_cc[VEOL2] = '.';
	type("a;b.");
	CHECK(reads_line("a;") && reads_line("b.") && shows("a;b."));
	ldisc.settings.c_lflag &= ~(tcflag_t)IEXTEN;
	type("c.");
	CHECK(reads_nothing());
}

/* ---- editing ---- */

TEST(test_erase_takes_back_a_character_here_and_on_the_screen)
{
	start();
	type("abc\x7f"
	     "d\n");
	CHECK(reads_line("abd\n") && shows("abc\b \bd\r\n"));
	type("\x7f\x7fx\n");
	CHECK(reads_line("x\n") && shows("x\r\n"));
}

TEST(test_erase_of_a_control_character_takes_back_both_of_its_cells)
{
	start();
	type("a\x01\x7f");
	CHECK(shows("a^A\b \b\b \b"));
}

TEST(test_erase_of_a_tab_goes_back_to_where_it_began)
{
	start();
	ldisc_write(&ldisc, "$ ", 2);
	forget_line();
	type("abc\t\x7f"
	     "d\n");
	CHECK(shows("abc\t\b\b\bd\r\n") && reads_line("abcd\n"));
}

TEST(test_erase_takes_back_all_bytes_of_a_character)
{
	start();
	ldisc.settings.c_iflag |= IUTF8;
	type("a\xc3\xa9\x7f"
	     "b\n");
	CHECK(reads_line("ab\n") && shows("a\xc3\xa9\b \bb\r\n"));
	ldisc.settings.c_iflag &= ~(tcflag_t)IUTF8;
	type("a\xc3\xa9\x7f"
	     "b\n");
	CHECK(reads_line("a\xc3"
			 "b\n"));
}

TEST(test_erase_without_echoe_shows_the_erase_character)
{
	start();
	change_local(0, ECHOE);
	type("ab\x7f\n");
	CHECK(reads_line("a\n") && shows("ab^?\r\n"));
}

TEST(test_word_erase_stops_at_the_start_of_the_word)
{
	start();
	type("foo bar-baz  \x17"
	     "x\n");
	CHECK(reads_line("foo bar-x\n"));
	CHECK(shows("foo bar-baz  \b \b\b \b\b \b\b \b\b \bx\r\n"));
}

TEST(test_kill_erases_the_line_or_says_so)
{
	start();
	type("abc\x15"
	     "ok\n");
	CHECK(reads_line("ok\n") && shows("abc\b \b\b \b\b \bok\r\n"));
	change_local(0, ECHOKE);
	type("abc\x15"
	     "ok\n");
	CHECK(reads_line("ok\n") && shows("abc^U\r\nok\r\n"));
}

TEST(test_reprint_shows_the_line_again)
{
	start();
	type("ab\x01\x12"
	     "c\n");
	CHECK(reads_line("ab\x01"
			 "c\n") &&
	      shows("ab^A^R\r\nab^Ac\r\n"));
}

TEST(test_literal_next_takes_any_character_as_data)
{
	start();
	CHECK(type("\x16\x03\x16\x04\x16\n\n") == 0);
	CHECK(reads_line("\x03\x04\n\n") && shows("^\b^C^\b^D^\b^J\r\n"));
}

TEST(test_a_read_line_cannot_be_edited_any_more)
{
	start();
	type("one\n\x7f\x15\x17");
	CHECK(reads_line("one\n") && shows("one\r\n"));
}

/* ---- echo ---- */

TEST(test_without_echo_only_the_newline_may_be_shown)
{
	start();
	change_local(0, ECHO);
	type("secret\x7f\n");
	CHECK(reads_line("secre\n") && shows(""));
	change_local(ECHONL, 0);
	type("secret\n");
	CHECK(shows("\r\n"));
}

TEST(test_without_echoctl_control_characters_are_echoed_as_they_are)
{
	start();
	change_local(0, ECHOCTL);
	type("\x01\x7f\n");
	CHECK(shows("\x01\r\n"));
}

/* ---- signals and flow ---- */

TEST(test_signal_characters_ask_for_signals_and_flush)
{
	start();
	CHECK(type("half\x03") == SIGINT && shows("half^C"));
	type("x\n");
	CHECK(reads_line("x\n"));
	CHECK(type("\x1c") == SIGQUIT && type("\x1a") == SIGTSTP);
	ldisc.settings.c_lflag &= ~(tcflag_t)ISIG;
	CHECK(type("\x03\n") == LDISC_SIGNAL_NONE && reads_line("\x03\n"));
}

TEST(test_noflsh_keeps_input_at_a_signal)
{
	start();
	change_local(NOFLSH, 0);
	type("one\nha\x03lf\n");
	CHECK(reads_line("one\n") && reads_line("half\n"));
}

TEST(test_stop_and_start_characters_hold_output)
{
	start();
	type("\x13");
	CHECK(ldisc.is_output_stopped);
	type("\x11");
	CHECK(!ldisc.is_output_stopped && reads_nothing() && shows(""));
	type("\x13\x03");
	CHECK(!ldisc.is_output_stopped);
	ldisc.settings.c_iflag |= IXANY;
	type("\x13");
	CHECK(ldisc.is_output_stopped);
	type("a");
	CHECK(!ldisc.is_output_stopped);
}

/* ---- mapping ---- */

TEST(test_carriage_return_and_newline_are_mapped)
{
	start();
	type("a\r");
	CHECK(reads_line("a\n"));
	ldisc.settings.c_iflag = IGNCR;
	type("a\rb\n");
	CHECK(reads_line("ab\n"));
	ldisc.settings.c_iflag = INLCR | ISTRIP;
	type("a\n\xe2\x04");
	CHECK(reads_line("a\rb"));
}

TEST(test_output_newlines_get_a_carriage_return)
{
	start();
	ldisc_write(&ldisc, "a\nbc\n", 5);
	CHECK(shows("a\r\nbc\r\n"));
	ldisc.settings.c_oflag = 0;
	ldisc_write(&ldisc, "a\nbc\n", 5);
	CHECK(shows("a\nbc\n"));
	ldisc.settings.c_oflag = OPOST | OCRNL;
	ldisc_write(&ldisc, "a\rb", 3);
	CHECK(shows("a\nb"));
}

TEST(test_output_tabs_become_spaces_up_to_the_next_stop)
{
	start();
	ldisc.settings.c_oflag |= XTABS;
	ldisc_write(&ldisc, "abc\td\b\tx\n\ty", 11);
	CHECK(shows("abc     d\b        x\r\n        y"));
	ldisc.settings.c_oflag |= ONOCR;
	ldisc_write(&ldisc, "\n\rz\r", 4);
	CHECK(shows("\r\nz\r"));
}

/* ---- raw mode ---- */

TEST(test_raw_mode_gives_bytes_at_once_and_unchanged)
{
	start_raw(1, 0);
	CHECK(type("\x03\r\n\x04\x7f") == LDISC_SIGNAL_NONE);
	CHECK(ldisc_is_readable(&ldisc) && reads_raw("\x03\r\n\x04\x7f") && shows(""));
}

TEST(test_raw_mode_echoes_a_line_feed_as_a_control_character)
{
	start();
	change_local(0, ICANON);
	type("\n\r");
	CHECK(shows("^J\r\n") && reads_raw("\n\n"));
}

TEST(test_poll_waits_for_vmin_bytes_unless_there_is_a_time_limit)
{
	start_raw(3, 0);
	type("ab");
	CHECK(ldisc_is_readable(&ldisc) && !ldisc_is_poll_readable(&ldisc));
	type("c");
	CHECK(ldisc_is_poll_readable(&ldisc) && reads_raw("abc"));
	start_raw(3, 5);
	type("a");
	CHECK(ldisc_is_poll_readable(&ldisc));
	start_raw(0, 0);
	CHECK(!ldisc_is_poll_readable(&ldisc));
}

TEST(test_leaving_canonical_mode_makes_the_typed_text_readable)
{
	start();
	type("one\nha");
	change_local(0, ICANON);
	CHECK(ldisc_available(&ldisc) == 6 && reads_raw("one\nha"));
}

TEST(test_entering_canonical_mode_makes_a_line_of_what_came)
{
	start_raw(1, 0);
	type("ls\npw");
	change_local(ICANON, 0);
	type("d\n");
	CHECK(reads_line("ls\npw") && reads_line("d\n") && reads_nothing());
}

/* ---- limits ---- */

TEST(test_a_line_that_is_too_long_can_still_end)
{
	start();
	for (int i = 0; i < 2 * LDISC_INPUT_SIZE; i++) {
		CHECK(ldisc_has_room(&ldisc));
		ldisc_receive(&ldisc, i < LDISC_INPUT_SIZE - 1 ? 'x' : 'y');
		line_size = 0;
	}
	CHECK(reads_nothing());
	type("\n");
	CHECK(ldisc_available(&ldisc) == LDISC_INPUT_SIZE);
	char buffer[LDISC_INPUT_SIZE];
	bool is_complete;
	CHECK(ldisc_read(&ldisc, buffer, sizeof(buffer), &is_complete) == LDISC_INPUT_SIZE);
	CHECK(is_complete && buffer[LDISC_INPUT_SIZE - 2] == 'x');
	CHECK(buffer[LDISC_INPUT_SIZE - 1] == '\n' && ldisc_has_room(&ldisc));
}

TEST(test_input_behind_a_complete_line_is_held_when_the_ring_is_full)
{
	start();
	type("line\n");
	int taken = 0;
	while (ldisc_has_room(&ldisc)) {
		ldisc_receive(&ldisc, 'x');
		line_size = 0;
		taken++;
	}
	CHECK(taken == LDISC_INPUT_SIZE - 1 - 5);
	CHECK(reads_line("line\n") && ldisc_has_room(&ldisc));
}

TEST(test_input_in_raw_mode_is_held_when_the_ring_is_full)
{
	start_raw(1, 0);
	int taken = 0;
	for (; ldisc_has_room(&ldisc); taken++)
		ldisc_receive(&ldisc, 'x');
	CHECK(taken == LDISC_INPUT_SIZE - 1);
	ldisc_receive(&ldisc, 'y');
	CHECK(ldisc_available(&ldisc) == (size_t)taken);
	ldisc_flush_input(&ldisc);
	CHECK(ldisc_has_room(&ldisc) && reads_nothing());
}

TEST(test_random_typing_never_breaks_the_bounds)
{
	static const char special[] = "\x03\x04\x15\x17\x12\x16\x7f\r\n\t\x11\x13";
	char buffer[100];
	bool is_complete;

	start();
	for (int i = 0; i < 200000; i++) {
		uint64_t random = unit_random();
		ldisc_receive(&ldisc, random & 256 ? (uint8_t)random
						   : (uint8_t)special[random % sizeof(special)]);
		if (i % 97 == 0)
			(void)ldisc_read(&ldisc, buffer, 1 + random % sizeof(buffer), &is_complete);
		if (i % 1009 == 0)
			change_local(random & ICANON, ~random & ICANON);
		CHECK(ldisc.tail - ldisc.head <= LDISC_INPUT_SIZE);
		CHECK(ldisc.line_end - ldisc.head <= ldisc.tail - ldisc.head);
		if (line_size > sizeof(line) / 2)
			line_size = 0;
	}
}
