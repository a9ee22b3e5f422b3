/* SPDX-License-Identifier: MIT */
#include "dev/tty/ldisc.h"
#include "harness.h"

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

static void start(void)
{
	line_size = 0;
	line[0] = '\0';
	ldisc_init(&ldisc, capture);
}

static int type(const char *text)
{
	int signal = 0;
	for (; *text; text++)
		signal |= ldisc_receive(&ldisc, (uint8_t)*text);
	return signal;
}

static bool reads(const char *expected)
{
	char buffer[8192];
	size_t size = ldisc_read(&ldisc, buffer, sizeof(buffer));
	return size == strlen(expected) && memcmp(buffer, expected, size) == 0;
}

TEST(test_a_line_is_readable_only_when_it_is_complete)
{
	start();
	type("ab");
	CHECK(!ldisc_is_readable(&ldisc));
	type("c\r");
	CHECK(ldisc_is_readable(&ldisc) && reads("abc\n"));
	CHECK(strcmp(line, "abc\r\n") == 0);
	CHECK(!ldisc_is_readable(&ldisc));
}

TEST(test_one_read_takes_one_line)
{
	start();
	type("one\ntwo\n");
	CHECK(reads("one\n") && reads("two\n") && !ldisc_is_readable(&ldisc));
}

TEST(test_erase_takes_back_a_character_here_and_on_the_screen)
{
	start();
	type("abc\x7f" "d\n");
	CHECK(reads("abd\n") && strcmp(line, "abc\b \bd\r\n") == 0);
	start();
	type("\x7f\x7fx\n");
	CHECK(reads("x\n"));
}

TEST(test_word_erase_and_kill)
{
	start();
	type("foo bar\x17" "baz\n");
	CHECK(reads("foo baz\n"));
	start();
	type("garbage\x15ok\n");
	CHECK(reads("ok\n"));
}

TEST(test_end_of_file_at_the_start_of_a_line_reads_nothing)
{
	start();
	type("\x04");
	CHECK(ldisc_is_readable(&ldisc) && reads(""));
	type("ab\x04");
	CHECK(reads("ab") && !ldisc_is_readable(&ldisc));
}

TEST(test_signal_characters_ask_for_signals_and_flush)
{
	start();
	CHECK(type("half\x03") == SIGINT);
	CHECK(strcmp(line, "half^C") == 0);
	type("x\n");
	CHECK(reads("x\n"));
	CHECK(type("\x1c") == SIGQUIT && type("\x1a") == SIGTSTP);
	ldisc.settings.c_lflag &= ~(tcflag_t)ISIG;
	CHECK(type("\x03\n") == 0 && reads("\x03\n"));
}

TEST(test_literal_next_takes_a_signal_character_as_data)
{
	start();
	CHECK(type("\x16\x03\n") == 0 && reads("\x03\n"));
}

TEST(test_raw_mode_gives_bytes_at_once_and_unchanged)
{
	start();
	struct termios raw = ldisc.settings;
	raw.c_iflag = raw.c_oflag = raw.c_lflag = 0;
	ldisc_set(&ldisc, &raw);
	CHECK(type("\x03\r") == 0);
	CHECK(ldisc_is_readable(&ldisc) && reads("\x03\r"));
	ldisc_write(&ldisc, "a\nb", 3);
	CHECK(strcmp(line, "a\nb") == 0);
}

TEST(test_raw_mode_waits_for_vmin_bytes)
{
	start();
	struct termios raw = ldisc.settings;
	raw.c_lflag = 0;
	raw.c_cc[VMIN] = 3;
	ldisc_set(&ldisc, &raw);
	type("ab");
	CHECK(!ldisc_is_readable(&ldisc));
	type("c");
	CHECK(ldisc_is_readable(&ldisc) && reads("abc"));
}

TEST(test_output_newlines_get_a_carriage_return)
{
	start();
	ldisc_write(&ldisc, "a\nbc\n", 5);
	CHECK(strcmp(line, "a\r\nbc\r\n") == 0);
}

TEST(test_a_full_line_keeps_room_for_its_end)
{
	start();
	for (int i = 0; i < 2 * LDISC_INPUT_SIZE; i++)
		ldisc_receive(&ldisc, 'x');
	CHECK(!ldisc_is_readable(&ldisc));
	type("\n");
	CHECK(ldisc_is_readable(&ldisc) && ldisc_available(&ldisc) == LDISC_INPUT_SIZE);
}

TEST(test_stop_and_start_characters_hold_output)
{
	start();
	type("\x13");
	CHECK(ldisc.is_output_stopped);
	type("\x11");
	CHECK(!ldisc.is_output_stopped && !ldisc_is_readable(&ldisc));
}

TEST(test_random_typing_never_breaks_the_bounds)
{
	start();
	for (int i = 0; i < 200000; i++) {
		ldisc_receive(&ldisc, (uint8_t)unit_random());
		if (i % 97 == 0) {
			char buffer[100];
			(void)ldisc_read(&ldisc, buffer, unit_random() % sizeof(buffer));
		}
		CHECK(ldisc.tail - ldisc.head <= LDISC_INPUT_SIZE);
		if (line_size > sizeof(line) / 2)
			line_size = 0;
	}
}
