/* SPDX-License-Identifier: MIT */
/*
 * The 16550 serial ports at their standard addresses. Transmit is polled (works in any
 * context, panic included); receive is by interrupt into the owner's function.
 */
#pragma once

#include "lib/types.h"

enum serial_port_id { SERIAL_COM1, SERIAL_COM2, SERIAL_PORT_COUNT };

/* Boot, before anything else: set up 115200 8N1 if the port is there. */
void serial_init_early(enum serial_port_id id);
bool serial_is_present(enum serial_port_id id);
/* Any context. Bytes as they are: no newline translation. */
void serial_write(enum serial_port_id id, const char *bytes, size_t size);
/* Thread context: from now on receive(byte) is called in interrupt context for each byte. */
void serial_start_receiving(enum serial_port_id id, void (*receive)(uint8_t byte));
