/* SPDX-License-Identifier: MIT */
/* The debug link's kernel end: frames on COM2. Channels and format: debug/link.def. */
#pragma once

#include "lib/types.h"

enum link_channel {
#define LINK_CHANNEL(name_, number_, text_) LINK_##name_ = (number_),
#include "debug/link.def"
#undef LINK_CHANNEL
};

enum { LINK_MAGIC = 0x56, LINK_PAYLOAD_MAX = 4096 };

/* How frames reach the wire: the serial driver, handed down at start-up. Any context. */
struct link_port {
	void (*write)(const char *bytes, size_t size); /* must not be interleaved with itself */
};
void link_init(const struct link_port *port);

/* Send bytes as one or more frames. Any context. */
void link_send(enum link_channel channel, const char *bytes, size_t size);
void link_send_panic(const char *reason);

/* What arrives: called in interrupt context with a whole frame. */
void link_set_receiver(enum link_channel channel, void (*receive)(const uint8_t *payload,
								  size_t size));
/* Feed one byte from the wire. Interrupt context. */
void link_receive_byte(uint8_t byte);
uint64_t link_skipped_bytes(void); /* bytes outside any frame, since boot */
