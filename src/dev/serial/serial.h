/* SPDX-License-Identifier: MIT */
/*
 * The 16550 serial ports at their standard addresses. Writing works in any context, panic
 * included; receiving is by interrupt into the owner's function.
 */
#pragma once

#include "lib/compiler.h"

enum serial_port_id { SERIAL_COM1, SERIAL_COM2, SERIAL_PORT_COUNT };

enum {
	SERIAL_PIECE_MAX = 1024,
	SERIAL_ROOM = 512,
};

/* Boot, before anything else: set up 115200 8N1 if the port is there. */
void serial_init_early(enum serial_port_id id);
bool serial_is_present(enum serial_port_id id);

/*
 * Any context. Bytes as they are: no newline translation. Up to SERIAL_PIECE_MAX bytes are
 * taken whole or not at all, and no other writer's come between. False: not taken, the line
 * is held and the buffer behind it is full.
 */
bool serial_write(enum serial_port_id id, const char *bytes, size_t size);
/* Thread context: wait for room for SERIAL_ROOM bytes. -ERESTARTSYS. */
NODISCARD int serial_wait_for_room(enum serial_port_id id);
/* Thread context: wait until all bytes are on the line. -ERESTARTSYS: they leave by themselves. */
int serial_drain(enum serial_port_id id);

/*
 * Thread context, once: from now on receive(byte) is called in interrupt context for each
 * byte, in order. When it returns false the byte is kept and the sender held back, until
 * serial_resume_receiving (any context) says that there is room again.
 */
void serial_start_receiving(enum serial_port_id id, bool (*receive)(uint8_t byte));
void serial_resume_receiving(enum serial_port_id id);
