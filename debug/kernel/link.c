/* SPDX-License-Identifier: MIT */
/*
 * Sending: each frame is built on the stack and handed to the port in one piece, so frames
 * of different contexts never mix. Receiving: a state machine that skips what is no frame.
 */
#include "debug/kernel/link.h"

#include "lib/string.h"

enum {
	HEADER_SIZE = 4,
	FRAME_PAYLOAD = 224, /* small enough for the stack and for a short lock hold */
	CHANNELS = 8,
};

static const struct link_port *port; /* I once set */
static void (*receivers[CHANNELS])(const uint8_t *payload, size_t size); /* I once set */

static struct {
	uint32_t filled; /* bytes of header and payload so far */
	uint8_t header[HEADER_SIZE];
	uint8_t payload[LINK_PAYLOAD_MAX];
	uint64_t skipped;
} receiver; /* the receive interrupt's alone */

void link_init(const struct link_port *new_port)
{
	port = new_port;
}

static void send_frame(enum link_channel channel, const char *bytes, size_t size)
{
	char frame[HEADER_SIZE + FRAME_PAYLOAD];

	frame[0] = LINK_MAGIC;
	frame[1] = (char)channel;
	frame[2] = (char)(size & 0xff);
	frame[3] = (char)(size >> 8);
	memcpy(frame + HEADER_SIZE, bytes, size);
	port->write(frame, HEADER_SIZE + size);
}

void link_send(enum link_channel channel, const char *bytes, size_t size)
{
	if (!port)
		return;
	do {
		size_t part = MIN(size, (size_t)FRAME_PAYLOAD);
		send_frame(channel, bytes, part);
		bytes += part;
		size -= part;
	} while (size > 0);
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
	return receiver.header[2] | (size_t)receiver.header[3] << 8;
}

void link_receive_byte(uint8_t byte)
{
	if (receiver.filled == 0 && byte != LINK_MAGIC) {
		receiver.skipped++;
		return;
	}
	if (receiver.filled < HEADER_SIZE)
		receiver.header[receiver.filled++] = byte;
	else
		receiver.payload[receiver.filled++ - HEADER_SIZE] = byte;
	if (receiver.filled < HEADER_SIZE)
		return;
	if (payload_size() > LINK_PAYLOAD_MAX || receiver.header[1] >= CHANNELS) {
		receiver.skipped += receiver.filled;
		receiver.filled = 0;
	} else if (receiver.filled == HEADER_SIZE + payload_size()) {
		if (receivers[receiver.header[1]])
			receivers[receiver.header[1]](receiver.payload, payload_size());
		receiver.filled = 0;
	}
}

uint64_t link_skipped_bytes(void)
{
	return receiver.skipped;
}
