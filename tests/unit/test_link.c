/* SPDX-License-Identifier: MIT */
/* The debug link's frames: what is sent, and what the receiver makes of good and bad bytes. */
#include "debug/kernel/link.h"

#include "harness.h"

#include <string.h>

static char wire[65536];
static size_t wire_size;
static size_t wire_limit; /* bytes that the line takes before it is held */

static bool write_wire(const char *bytes, size_t size)
{
	if (wire_size + size > wire_limit)
		return false;
	memcpy(wire + wire_size, bytes, size);
	wire_size += size;
	return true;
}

static const struct link_port test_port = { write_wire };

static char input[65536];
static size_t input_size;
static int frame_count;

static void receive_input(const uint8_t *payload, size_t size)
{
	memcpy(input + input_size, payload, size);
	input_size += size;
	frame_count++;
}

static void start(void)
{
	wire_size = input_size = 0;
	wire_limit = sizeof(wire);
	frame_count = 0;
	link_init(&test_port);
	link_set_receiver(LINK_STDIN, receive_input);
}

static void feed(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		link_receive_byte((uint8_t)bytes[i]);
}

static bool has_input(const char *expected)
{
	return input_size == strlen(expected) && memcmp(input, expected, input_size) == 0;
}

TEST(test_a_frame_is_magic_channel_size_and_payload)
{
	start();
	CHECK(link_send(LINK_STDERR, "hello", 5) == 5);
	CHECK(wire_size == 9 && memcmp(wire, "V\x02\x05\x00hello", 9) == 0);
}

TEST(test_no_bytes_make_an_empty_frame)
{
	start();
	CHECK(link_send(LINK_STDOUT, "", 0) == 0);
	CHECK(wire_size == 4 && memcmp(wire, "V\x01\x00\x00", 4) == 0);
}

TEST(test_long_output_is_sent_in_pieces)
{
	char text[300];

	start();
	memset(text, 'x', sizeof(text));
	CHECK(link_send(LINK_STDOUT, text, sizeof(text)) == sizeof(text));
	CHECK(wire_size == sizeof(text) + 3 * 4);
	CHECK((uint8_t)wire[2] == LINK_PIECE_MAX && wire[LINK_PIECE_MAX + 4] == 'V');
}

TEST(test_a_held_line_takes_whole_frames_only)
{
	char text[300];

	start();
	memset(text, 'x', sizeof(text));
	wire_limit = LINK_PIECE_MAX + 50;
	CHECK(link_send(LINK_STDOUT, text, sizeof(text)) == LINK_PIECE_MAX);
	CHECK(wire_size == LINK_PIECE_MAX + 4);
}

TEST(test_a_frame_reaches_its_receiver_whole)
{
	start();
	feed("V\x03\x05\x00", 4);
	feed("hell", 4);
	CHECK(frame_count == 0);
	feed("o", 1);
	CHECK(frame_count == 1 && has_input("hello"));
	feed("V\x03\x00\x00", 4);
	CHECK(frame_count == 2 && has_input("hello"));
}

TEST(test_the_largest_frame_is_taken)
{
	static char frame[4 + LINK_PAYLOAD_MAX] = { LINK_MAGIC, LINK_STDIN, 0x00, 0x10 };

	start();
	memset(frame + 4, 'V', LINK_PAYLOAD_MAX);
	feed(frame, sizeof(frame));
	CHECK(frame_count == 1 && input_size == LINK_PAYLOAD_MAX);
}

TEST(test_bytes_outside_frames_are_skipped_and_counted)
{
	start();
	uint64_t before = link_skipped_bytes();
	feed("noise", 5);
	feed("V\x03\x02\x00ok", 6);
	CHECK(has_input("ok") && link_skipped_bytes() - before == 5);
}

TEST(test_a_frame_that_begins_inside_a_bad_header_is_found)
{
	start();
	feed("VV\x03\x02\x00ok", 7);
	CHECK(has_input("ok"));
	start();
	feed("V\x03V\x03\x02\x00ok", 8); // a size of 0x0356 bytes is possible: it eats the frame
	CHECK(frame_count == 0);
	for (int i = 0; i < 0x356; i++)
		feed("x", 1);
	CHECK(frame_count == 1);
	start();
	feed("V\x03\xffV\x03\x02\x00ok", 9); // 0x56ff is too much: look at its bytes again
	CHECK(has_input("ok"));
}

TEST(test_frames_that_nobody_receives_are_noise)
{
	start();
	feed("V\x01\x02\x00no", 6);
	feed("V\x63\x02\x00no", 6);
	feed("V\x03\x02\x00ok", 6);
	CHECK(frame_count == 1 && has_input("ok"));
}

TEST(test_random_noise_does_no_harm_and_the_link_recovers)
{
	start();
	for (int i = 0; i < 300000; i++) {
		uint64_t random = unit_random();
		link_receive_byte(random & 256 ? (uint8_t)random : LINK_MAGIC + random % 2 * 3);
		input_size = 0;
	}
	// Whatever frame the noise began ends within the largest payload.
	for (int i = 0; i < LINK_PAYLOAD_MAX; i++)
		link_receive_byte('x');
	start();
	feed("V\x03\x02\x00ok", 6);
	CHECK(frame_count == 1 && has_input("ok"));
}
