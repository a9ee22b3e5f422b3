/* SPDX-License-Identifier: MIT */
/*
 * The 16550 UART (National Semiconductor PC16550D datasheet, section 8).
 *
 * A writer sends what the transmitter takes at once (an emulator's takes everything); the
 * rest waits in the unsent buffer for the transmitter's interrupt. Only when that buffer is
 * full, or before there are interrupts, does a writer poll, so that it works in any context;
 * a line on which nothing moves for that long (the other end does not read) refuses bytes.
 *
 * A receiver holds 16 bytes. While a writer polls with interrupts off it also empties the
 * receiver into the received ring; the interrupt that passes those bytes on is made by
 * switching the transmitter's interrupt on.
 *
 * A panic breaks the lock and first ends the piece that its holder was writing, so that a
 * frame of the debug link is never torn.
 *
 * Limits: when the received ring is full too, RTS asks the sender to stop; one that does not
 * look at it (Bochs) loses bytes then.
 */
#include "dev/serial/serial.h"

#include "arch/irq.h"
#include "core/log.h"
#include "core/time.h"
#include "lib/string.h"
#include "proc/wait_queue.h"
#include "sync/spinlock.h"

enum uart_register {
	UART_DATA = 0,
	UART_INTERRUPT_ENABLE = 1,
	UART_INTERRUPT_IDENTIFY = 2, /* read */
	UART_FIFO_CONTROL = 2,	     /* write */
	UART_LINE_CONTROL = 3,
	UART_MODEM_CONTROL = 4,
	UART_LINE_STATUS = 5,
	UART_SCRATCH = 7,
};

enum {
	INTERRUPT_RECEIVED = 1 << 0,
	INTERRUPT_TRANSMIT_EMPTY = 1 << 1,
	IDENTIFY_NOTHING = 1 << 0,
	FIFO_ENABLE = 1 << 0,
	FIFO_CLEAR = 3 << 1,
	FIFO_TRIGGER_8 = 2 << 6, /* of 16: room for what comes until the interrupt is served */
	LINE_8N1 = 0x03,
	LINE_DIVISOR_ACCESS = 0x80,
	MODEM_DTR = 1 << 0,
	MODEM_RTS = 1 << 1,
	MODEM_OUT2 = 1 << 3, /* lets the interrupt through */
	STATUS_RECEIVED = 1 << 0,
	STATUS_TRANSMIT_EMPTY = 1 << 5, /* the FIFO */
	STATUS_LINE_EMPTY = 1 << 6,	/* and the shift register */
	SCRATCH_PATTERN = 0x5a,
};

enum {
	FIFO_SIZE = 16,
	RECEIVED_SIZE = 4096, /* a power of two */
	POLLS_MAX = 200000,   /* then the line counts as held */
	PANIC_POLLS_MAX = 50000000,
	DRAIN_POLL_NS = NANOSECONDS_PER_MILLISECOND,
};

/* Locks: I after start-up, [L] lock */
struct serial_port {
	uint16_t base;	  /* I */
	uint8_t isa_line; /* I */
	bool is_present;  /* I */
	const char *name; /* I */
	struct spinlock lock;
	/* Being sent: in the caller's memory, or the unsent buffer. */
	const char *next, *end;	       /* [L] */
	char unsent[SERIAL_PIECE_MAX]; /* [L] */
	struct wait_queue writers;     /* for room in unsent */
	uint8_t enabled_interrupts;    /* [L] */

	bool (*receive)(uint8_t byte);	 /* I once set */
	uint32_t head, tail;		 /* [L] of received */
	bool is_passing_on;		 /* [L] by the interrupt handler */
	bool is_refused;		 /* [L] receive() did not take the byte at head */
	bool is_held;			 /* [L] the sender is asked to stop */
	uint8_t received[RECEIVED_SIZE]; /* [L] */
};

struct serial_port serial_ports[SERIAL_PORT_COUNT] = {
	[SERIAL_COM1] = { .base = 0x3f8,
			  .isa_line = 4,
			  .name = "serial0",
			  .lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE),
			  .writers = WAIT_QUEUE_INIT(serial_ports[SERIAL_COM1].writers) },
	[SERIAL_COM2] = { .base = 0x2f8,
			  .isa_line = 3,
			  .name = "serial1",
			  .lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE),
			  .writers = WAIT_QUEUE_INIT(serial_ports[SERIAL_COM2].writers) },
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
	struct serial_port *port = &serial_ports[id];

	uart_write(port, UART_SCRATCH, SCRATCH_PATTERN);
	if (uart_read(port, UART_SCRATCH) != SCRATCH_PATTERN)
		return;
	port->is_present = true;
	uart_write(port, UART_INTERRUPT_ENABLE, 0);
	uart_write(port, UART_LINE_CONTROL, LINE_DIVISOR_ACCESS | LINE_8N1);
	uart_write(port, UART_DATA, 1); // divisor 1: 115200 baud
	uart_write(port, UART_INTERRUPT_ENABLE, 0);
	uart_write(port, UART_LINE_CONTROL, LINE_8N1);
	uart_write(port, UART_FIFO_CONTROL, FIFO_ENABLE | FIFO_CLEAR | FIFO_TRIGGER_8);
	uart_write(port, UART_MODEM_CONTROL, MODEM_DTR | MODEM_RTS | MODEM_OUT2);
}

bool serial_is_present(enum serial_port_id id)
{
	return serial_ports[id].is_present;
}

/* ---- both directions; the lock is held ---- */

static void enable_interrupts(struct serial_port *port, uint8_t wanted)
{
	if (port->enabled_interrupts == wanted)
		return;
	port->enabled_interrupts = wanted;
	uart_write(port, UART_INTERRUPT_ENABLE, wanted);
}

/* What the port must tell about: input unless held, the transmitter while it has work. */
static void update_interrupts(struct serial_port *port, bool has_work)
{
	if (!port->receive) // nobody handles interrupts yet
		return;
	enable_interrupts(port, (port->is_held ? 0 : INTERRUPT_RECEIVED) |
					(has_work ? INTERRUPT_TRANSMIT_EMPTY : 0));
}

static bool has_received(const struct serial_port *port)
{
	return port->head != port->tail;
}

static void hold_sender(struct serial_port *port, bool is_held)
{
	port->is_held = is_held;
	uart_write(port, UART_MODEM_CONTROL, MODEM_DTR | MODEM_OUT2 | (is_held ? 0 : MODEM_RTS));
}

/* Empty the receiver into the ring. status: the line status just read. */
static void pull(struct serial_port *port, uint8_t status)
{
	if (!port->receive)
		return;
	while ((status & STATUS_RECEIVED) && port->tail - port->head < RECEIVED_SIZE) {
		port->received[port->tail++ % RECEIVED_SIZE] = uart_read(port, UART_DATA);
		status = uart_read(port, UART_LINE_STATUS);
	}
	if ((status & STATUS_RECEIVED) && !port->is_held)
		hold_sender(port, true);
}

/* ---- sending ---- */

/* Fill the transmitter's FIFO if it is empty; false if it is not. */
static bool fill_transmitter(struct serial_port *port)
{
	uint8_t status = uart_read(port, UART_LINE_STATUS);

	pull(port, status);
	if (!(status & STATUS_TRANSMIT_EMPTY))
		return false;
	for (int i = 0; i < FIFO_SIZE && port->next != port->end; i++)
		uart_write(port, UART_DATA, (uint8_t)*port->next++);
	return true;
}

static size_t count_unsent(const struct serial_port *port)
{
	return (size_t)(port->end - port->next);
}

/* Send until at most left_max bytes are left, or nothing has moved for polls_max looks. */
static void send_polling(struct serial_port *port, size_t left_max, int polls_max)
{
	for (int polls = 0; count_unsent(port) > left_max && polls < polls_max; polls++) {
		if (fill_transmitter(port))
			polls = 0;
		else
			cpu_relax();
	}
}

static void append_unsent(struct serial_port *port, const char *bytes, size_t size)
{
	size_t left = count_unsent(port);

	memmove(port->unsent, port->next, left);
	memcpy(port->unsent + left, bytes, size);
	port->next = port->unsent;
	port->end = port->unsent + left + size;
}

/* size: at most SERIAL_PIECE_MAX. */
static bool send(struct serial_port *port, const char *bytes, size_t size)
{
	bool has_interrupts = port->receive;

	if (count_unsent(port) > 0) {
		send_polling(port, 0, 1);
		if (count_unsent(port) + size > SERIAL_PIECE_MAX)
			send_polling(port, SERIAL_PIECE_MAX - size, POLLS_MAX);
		if (count_unsent(port) + size > SERIAL_PIECE_MAX)
			return false;
	}
	if (count_unsent(port) > 0) {
		append_unsent(port, bytes, size);
		return true;
	}
	port->next = bytes;
	port->end = bytes + size;
	send_polling(port, 0, has_interrupts ? 1 : POLLS_MAX);
	if (count_unsent(port) > 0) // the caller's memory does not stay
		append_unsent(port, "", 0);
	return true;
}

/* The other CPUs are stopped: what they left half-way is in memory, and goes first. */
static void send_in_panic(struct serial_port *port, const char *bytes, size_t size)
{
	spin_lock_break(&port->lock);
	send_polling(port, 0, PANIC_POLLS_MAX);
	port->next = bytes;
	port->end = bytes + size;
	send_polling(port, 0, PANIC_POLLS_MAX);
}

bool serial_write(enum serial_port_id id, const char *bytes, size_t size)
{
	struct serial_port *port = &serial_ports[id];
	bool is_taken = true;

	if (!port->is_present)
		return true;
	if (panic_is_under_way()) {
		send_in_panic(port, bytes, size);
		return true;
	}
	while (size > 0 && is_taken) {
		size_t part = MIN(size, (size_t)SERIAL_PIECE_MAX);
		irqflags_t flags = spin_lock_irqsave(&port->lock);
		is_taken = send(port, bytes, part);
		bool has_input = has_received(port) && !port->is_passing_on && !port->is_refused;
		update_interrupts(port, count_unsent(port) > 0 || has_input);
		spin_unlock_irqrestore(&port->lock, flags);
		bytes += part;
		size -= part;
	}
	return is_taken;
}

static bool has_at_most(struct serial_port *port, size_t left_max)
{
	irqflags_t flags = spin_lock_irqsave(&port->lock);
	bool has = count_unsent(port) <= left_max;
	spin_unlock_irqrestore(&port->lock, flags);
	return has;
}

static int wait_until_left(struct serial_port *port, size_t left_max)
{
	if (!port->receive) // no interrupt would end the wait
		return 0;
	return WAIT_EVENT_INTERRUPTIBLE(&port->writers, has_at_most(port, left_max), "serial line");
}

int serial_wait_for_room(enum serial_port_id id)
{
	return wait_until_left(&serial_ports[id], SERIAL_PIECE_MAX - SERIAL_ROOM);
}

int serial_drain(enum serial_port_id id)
{
	struct serial_port *port = &serial_ports[id];
	int error = wait_until_left(port, 0);

	// No interrupt tells that the last byte has left; it is a matter of a millisecond.
	while (!error && port->is_present && !panic_is_under_way() &&
	       !(uart_read(port, UART_LINE_STATUS) & STATUS_LINE_EMPTY)) {
		error = WAIT_EVENT_DEADLINE(&port->writers, false, "serial line",
					    time_since_boot() + DRAIN_POLL_NS);
		if (error == -ETIMEDOUT)
			error = 0;
	}
	return error;
}

/* ---- receiving ---- */

/*
 * Give the ring's bytes to their owner, one by one without the lock: the owner may echo.
 * Only one CPU does so at a time, or bytes would change places.
 */
static void pass_on(struct serial_port *port, irqflags_t *flags) REQUIRES(port->lock)
{
	if (port->is_passing_on)
		return;
	port->is_passing_on = true;
	while (has_received(port) && !port->is_refused) {
		uint8_t byte = port->received[port->head % RECEIVED_SIZE];
		port->is_refused = true; // resume_receiving may come while the owner is asked
		spin_unlock_irqrestore(&port->lock, *flags);
		bool is_taken = port->receive(byte);
		*flags = spin_lock_irqsave(&port->lock);
		if (is_taken) {
			port->head++;
			port->is_refused = false;
		}
	}
	port->is_passing_on = false;
	if (port->is_held && port->tail - port->head < RECEIVED_SIZE / 2)
		hold_sender(port, false);
}

static void handle_interrupt(void *argument)
{
	struct serial_port *port = argument;
	bool has_room;

	irqflags_t flags = spin_lock_irqsave(&port->lock);
	do {
		fill_transmitter(port);
		pass_on(port, &flags);
		has_room = count_unsent(port) <= SERIAL_PIECE_MAX - SERIAL_ROOM;
		update_interrupts(port, count_unsent(port) > 0);
		// The line is edge-triggered: leave only when nothing asks for the interrupt.
	} while (!(uart_read(port, UART_INTERRUPT_IDENTIFY) & IDENTIFY_NOTHING));
	spin_unlock_irqrestore(&port->lock, flags);
	if (has_room)
		wait_queue_wake_all(&port->writers);
}

void serial_start_receiving(enum serial_port_id id, bool (*receive)(uint8_t byte))
{
	struct serial_port *port = &serial_ports[id];

	if (!port->is_present)
		return;
	irq_register(port->isa_line, handle_interrupt, port, port->name);
	irqflags_t flags = spin_lock_irqsave(&port->lock);
	port->receive = receive;
	update_interrupts(port, true);
	spin_unlock_irqrestore(&port->lock, flags);
}

void serial_resume_receiving(enum serial_port_id id)
{
	struct serial_port *port = &serial_ports[id];

	irqflags_t flags = spin_lock_irqsave(&port->lock);
	if (port->is_refused) {
		port->is_refused = false;
		update_interrupts(port, true);
	}
	spin_unlock_irqrestore(&port->lock, flags);
}
