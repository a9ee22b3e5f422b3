/* SPDX-License-Identifier: MIT */
/* The debug link's kernel end: frames on COM2. Channels and format: debug/link.def. */
#pragma once

#include "lib/compiler.h"

enum link_channel {
#define LINK_CHANNEL(name_, number_, text_) LINK_##name_ = (number_),
#include "debug/link.def"
#undef LINK_CHANNEL
	LINK_CHANNEL_COUNT,
};

enum {
	LINK_MAGIC = 0x56,
	LINK_PAYLOAD_MAX = 4096, /* what the format allows */
	LINK_PIECE_MAX = 124,	 /* the largest payload that the kernel sends in one frame */
};

/* How frames reach the wire: the serial driver, handed down at start-up. */
struct link_port {
	/* Any context. All bytes without others between them, or false: the line is held. */
	bool (*write)(const char *bytes, size_t size);
};
void link_init(const struct link_port *port);

/*
 * Send bytes as one or more frames; no bytes: an empty frame. Any context. How many bytes
 * were sent: less than size when the line is held, which only log text may ignore.
 */
size_t link_send(enum link_channel channel, const char *bytes, size_t size);
void link_send_panic(const char *reason);

/* Who gets the frames of a channel, each whole, in interrupt context. Start-up. */
void link_set_receiver(enum link_channel channel,
		       void (*receive)(const uint8_t *payload, size_t size));
/* Feed one byte from the wire. Interrupt context, one CPU at a time. */
void link_receive_byte(uint8_t byte);
uint64_t link_skipped_bytes(void); /* bytes outside any frame, since boot */
