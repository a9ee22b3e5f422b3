/* SPDX-License-Identifier: MIT */
/* The 16550 UART (National Semiconductor PC16550D datasheet, section 8). */
#include "dev/serial/serial.h"

#include "arch/irq.h"
#include "sync/spinlock.h"

enum uart_register {
	UART_DATA = 0,
	UART_INTERRUPT_ENABLE = 1,
	UART_FIFO_CONTROL = 2,
	UART_LINE_CONTROL = 3,
	UART_MODEM_CONTROL = 4,
	UART_LINE_STATUS = 5,
	UART_SCRATCH = 7,
};

enum {
	INTERRUPT_RECEIVED = 1 << 0,
	FIFO_ENABLE_AND_CLEAR = 0x07,
	LINE_8N1 = 0x03,
	LINE_DIVISOR_ACCESS = 0x80,
	MODEM_DTR_RTS_OUT2 = 0x0b, /* OUT2 lets the interrupt through */
	STATUS_RECEIVED = 1 << 0,
	STATUS_TRANSMIT_EMPTY = 1 << 5,
	SCRATCH_PATTERN = 0x5a,
	TRANSMIT_SPINS_MAX = 1000000, /* a port that never gets ready loses bytes, not the kernel */
};

/* Locks: I after start-up, [S] lock */
static struct serial_port {
	uint16_t base;	  /* I */
	uint8_t isa_line; /* I */
	bool is_present;  /* I */
	struct spinlock lock;
	void (*receive)(uint8_t byte); /* I once set */
} ports[SERIAL_PORT_COUNT] = {
	[SERIAL_COM1] = { .base = 0x3f8, .isa_line = 4, .lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE) },
	[SERIAL_COM2] = { .base = 0x2f8, .isa_line = 3, .lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE) },
};

static uint8_t uart_read(const struct serial_port *port, enum uart_register index)
{
	return port_read8((uint16_t)(port->base + index));
}

static void uart_write(const struct serial_port *port, enum uart_register index, uint8_t value)
{
	port_write8((uint16_t)(port->base + index), value);
}

void serial_init_early(enum serial_port_id id)
{
	struct serial_port *port = &ports[id];

	uart_write(port, UART_SCRATCH, SCRATCH_PATTERN);
	if (uart_read(port, UART_SCRATCH) != SCRATCH_PATTERN)
		return;
	port->is_present = true;
	uart_write(port, UART_INTERRUPT_ENABLE, 0);
	uart_write(port, UART_LINE_CONTROL, LINE_DIVISOR_ACCESS);
	uart_write(port, UART_DATA, 1); // divisor 1: 115200 baud
	uart_write(port, UART_INTERRUPT_ENABLE, 0);
	uart_write(port, UART_LINE_CONTROL, LINE_8N1);
	uart_write(port, UART_FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
	uart_write(port, UART_MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
}

bool serial_is_present(enum serial_port_id id)
{
	return ports[id].is_present;
}

void serial_write(enum serial_port_id id, const char *bytes, size_t size)
{
	struct serial_port *port = &ports[id];

	if (!port->is_present)
		return;
	irqflags_t flags = spin_lock_irqsave(&port->lock);
	for (size_t i = 0; i < size; i++) {
		for (int spins = 0; !(uart_read(port, UART_LINE_STATUS) & STATUS_TRANSMIT_EMPTY) &&
				    spins < TRANSMIT_SPINS_MAX;
		     spins++)
			cpu_relax();
		uart_write(port, UART_DATA, (uint8_t)bytes[i]);
	}
	spin_unlock_irqrestore(&port->lock, flags);
}

static void handle_interrupt(void *argument)
{
	struct serial_port *port = argument;

	while (uart_read(port, UART_LINE_STATUS) & STATUS_RECEIVED)
		port->receive(uart_read(port, UART_DATA));
}

void serial_start_receiving(enum serial_port_id id, void (*receive)(uint8_t byte))
{
	struct serial_port *port = &ports[id];

	if (!port->is_present)
		return;
	port->receive = receive;
	irq_register(port->isa_line, handle_interrupt, port,
		     id == SERIAL_COM1 ? "serial0" : "serial1");
	uart_write(port, UART_INTERRUPT_ENABLE, INTERRUPT_RECEIVED);
}
