/* SPDX-License-Identifier: MIT */
#include "dev/devices.h"

#include "core/command_line.h"
#include "core/log.h"
#include "debug/kernel/link.h"
#include "dev/link_device.h"
#include "dev/memory.h"
#include "dev/serial/serial.h"
#include "dev/tty/tty.h"
#include "lib/string.h"

static void write_serial(const char *text, size_t size)
{
	size_t start = 0;

	// A terminal wants a carriage return with each line feed.
	for (size_t i = 0; i < size; i++)
		if (text[i] == '\n') {
			serial_write(SERIAL_COM1, text + start, i - start);
			serial_write(SERIAL_COM1, "\r\n", 2);
			start = i + 1;
		}
	serial_write(SERIAL_COM1, text + start, size - start);
}

static void write_link(const char *text, size_t size)
{
	link_send(LINK_LOG, text, size);
}

void log_sinks_init(void)
{
	static struct log_sink serial_sink = { .write = write_serial };
	static struct log_sink link_sink = { .write = write_link };
	const char *console = command_line_value("console");

	link_port_init();
	log_add_sink(console && strcmp(console, "link") == 0 && serial_is_present(SERIAL_COM2)
			     ? &link_sink
			     : &serial_sink);
}

void devices_init(void)
{
	memory_devices_init();
	tty_init();
	link_devices_init();
}
