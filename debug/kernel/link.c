/* SPDX-License-Identifier: MIT */
/*
 * Sending: each frame is built on the stack and handed to the port in one piece, so frames
 * of different contexts never mix. Receiving: a state machine that skips what is no frame.
 * After a header that cannot be one, its other bytes are looked at again, since a frame may
 * begin among them.
 */
#include "debug/kernel/link.h"

#include "lib/string.h"

enum { HEADER_SIZE = 4 };

static const struct link_port *port;						   /* I once set */
static void (*receivers[LINK_CHANNEL_COUNT])(const uint8_t *payload, size_t size); /* I once set */

/* For debuggers, too. All fields: the receive interrupt's alone. */
struct {
	uint32_t filled; /* bytes of header and payload so far */
	uint8_t header[HEADER_SIZE];
	uint8_t payload[LINK_PAYLOAD_MAX];
	uint64_t skipped;
} link_receiver;

void link_init(const struct link_port *new_port)
{
	port = new_port;
}

static bool send_frame(enum link_channel channel, const char *bytes, size_t size)
{
	char frame[HEADER_SIZE + LINK_PIECE_MAX];

	frame[0] = LINK_MAGIC;
	frame[1] = (char)channel;
	frame[2] = (char)(size & 0xff);
	frame[3] = (char)(size >> 8);
	memcpy(frame + HEADER_SIZE, bytes, size);
	return port->write(frame, HEADER_SIZE + size);
}

size_t link_send(enum link_channel channel, const char *bytes, size_t size)
{
	size_t sent = 0;

	if (!port) // nobody listens
		return size;
	do {
		size_t part = MIN(size - sent, (size_t)LINK_PIECE_MAX);
		if (!send_frame(channel, bytes + sent, part))
			break;
		sent += part;
	} while (sent < size);
	return sent;
}

void link_send_panic(const char *reason)
{
	link_send(LINK_PANIC, reason, strlen(reason));
}

void link_set_receiver(enum link_channel channel,
		       void (*receive)(const uint8_t *payload, size_t size))
{
	receivers[channel] = receive;
}

static size_t payload_size(void)
{
	return link_receiver.header[2] | (size_t)link_receiver.header[3] << 8;
}

/* Can the header bytes so far be the start of a frame for the kernel? */
static bool header_is_possible(void)
{
	uint8_t channel = link_receiver.header[1];

	if (link_receiver.filled >= 1 && link_receiver.header[0] != LINK_MAGIC)
		return false;
	if (link_receiver.filled >= 2 && (channel >= LINK_CHANNEL_COUNT || !receivers[channel]))
		return false;
	return link_receiver.filled < HEADER_SIZE || payload_size() <= LINK_PAYLOAD_MAX;
}

static void receive_header_byte(uint8_t byte)
{
	link_receiver.header[link_receiver.filled++] = byte;
	while (link_receiver.filled > 0 && !header_is_possible()) {
		link_receiver.skipped++;
		link_receiver.filled--;
		memmove(link_receiver.header, link_receiver.header + 1, link_receiver.filled);
	}
}

void link_receive_byte(uint8_t byte)
{
	if (link_receiver.filled < HEADER_SIZE)
		receive_header_byte(byte);
	else
		link_receiver.payload[link_receiver.filled++ - HEADER_SIZE] = byte;
	if (link_receiver.filled < HEADER_SIZE ||
	    link_receiver.filled < HEADER_SIZE + payload_size())
		return;
	link_receiver.filled = 0;
	receivers[link_receiver.header[1]](link_receiver.payload, payload_size());
}

uint64_t link_skipped_bytes(void)
{
	return link_receiver.skipped;
}
