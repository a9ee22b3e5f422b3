/* SPDX-License-Identifier: MIT */
/*
 * Programs' ends of the debug link. Output is sent as it is written; input is asked for when
 * a reader has used up what came, so the host never sends more than there is room for.
 */
#include "dev/link_device.h"

#include "debug/kernel/link.h"
#include "dev/serial/serial.h"
#include "fs/poll.h"
#include "fs/vfs.h"
#include "lib/format.h"
#include "lib/string.h"
#include "proc/wait_queue.h"

#include <linux/poll.h>

enum { INPUT_SIZE = 16384, CHUNK = 1024, MAJOR_LINK = 10, MINOR_FIRST = 200 };

/* Locks: [L] lock */
static struct {
	struct spinlock lock;
	struct wait_queue readers;
	uint64_t head, tail; /* [L] bytes taken, bytes put */
	uint64_t wanted;     /* [L] asked of the host and not come yet */
	bool is_at_end;	     /* [L] */
	char bytes[INPUT_SIZE];
} input = { .lock = SPINLOCK_INIT(LOCK_RANK_SERIAL),
	    .readers = WAIT_QUEUE_INIT(input.readers) };

static void receive_input(const uint8_t *payload, size_t size)
{
	irqflags_t flags = spin_lock_irqsave(&input.lock);
	if (size == 0)
		input.is_at_end = true;
	for (size_t i = 0; i < size && input.tail - input.head < INPUT_SIZE; i++)
		input.bytes[input.tail++ % INPUT_SIZE] = (char)payload[i];
	input.wanted -= MIN(input.wanted, (uint64_t)size);
	spin_unlock_irqrestore(&input.lock, flags);
	wait_queue_wake_all(&input.readers);
}

/* Ask the host for as much as there is room for, unless it was asked already. */
static void ask_for_input(void)
{
	char text[24];
	uint64_t count = 0;

	irqflags_t flags = spin_lock_irqsave(&input.lock);
	if (!input.is_at_end && input.wanted == 0 && input.tail == input.head)
		input.wanted = count = INPUT_SIZE;
	spin_unlock_irqrestore(&input.lock, flags);
	if (count)
		link_send(LINK_STDIN_WANT, text,
			  (size_t)format_string(text, sizeof(text), "%lu", count));
}

static bool has_input(void)
{
	return input.tail != input.head || input.is_at_end;
}

static size_t take_input(char *to, size_t size)
{
	size_t taken = 0;
	irqflags_t flags = spin_lock_irqsave(&input.lock);
	while (taken < size && input.head != input.tail)
		to[taken++] = input.bytes[input.head++ % INPUT_SIZE];
	spin_unlock_irqrestore(&input.lock, flags);
	return taken;
}

static ssize_t link_read(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	char chunk[256];
	ssize_t done = 0;

	(void)position;
	if (to->count == 0)
		return 0;
	ask_for_input();
	if (!has_input() && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	int error = WAIT_EVENT_INTERRUPTIBLE(&input.readers, has_input(), "host input");
	if (error)
		return error;
	while (to->count > 0) {
		size_t taken = take_input(chunk, MIN(to->count, sizeof(chunk)));
		if (taken == 0)
			break;
		ssize_t moved = iov_iter_copy_to(to, chunk, taken);
		if (moved < 0)
			return done ? done : moved;
		done += moved;
	}
	return done;
}

static uint32_t link_poll(struct file *file, struct poll_table *table)
{
	(void)file;
	if (table)
		poll_wait(table, &input.readers);
	ask_for_input();
	return has_input() ? POLLIN | POLLRDNORM : 0;
}

static ssize_t write_channel(enum link_channel channel, struct iov_iter *from)
{
	char chunk[CHUNK / 4];
	ssize_t done = 0;

	while (from->count > 0) {
		ssize_t moved = iov_iter_copy_from(from, chunk, sizeof(chunk));
		if (moved <= 0)
			return done ? done : moved;
		link_send(channel, chunk, (size_t)moved);
		done += moved;
	}
	return done;
}

static ssize_t write_stdout(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	(void)file, (void)position;
	return write_channel(LINK_STDOUT, from);
}

static ssize_t write_stderr(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	(void)file, (void)position;
	return write_channel(LINK_STDERR, from);
}

static ssize_t write_exit(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	(void)file, (void)position;
	return write_channel(LINK_EXIT, from);
}

static uint32_t poll_output(struct file *file, struct poll_table *table)
{
	(void)file, (void)table;
	return POLLOUT | POLLWRNORM;
}

static const struct file_operations stdin_operations = { .read = link_read, .poll = link_poll };
static const struct file_operations stdout_operations = { .write = write_stdout,
							  .poll = poll_output };
static const struct file_operations stderr_operations = { .write = write_stderr,
							  .poll = poll_output };
static const struct file_operations exit_operations = { .write = write_exit, .poll = poll_output };

static struct character_device devices[] = {
	{ "link/stdin", MAJOR_LINK, MINOR_FIRST, 0600, &stdin_operations, { 0 } },
	{ "link/stdout", MAJOR_LINK, MINOR_FIRST + 1, 0600, &stdout_operations, { 0 } },
	{ "link/stderr", MAJOR_LINK, MINOR_FIRST + 2, 0600, &stderr_operations, { 0 } },
	{ "link/exit", MAJOR_LINK, MINOR_FIRST + 3, 0600, &exit_operations, { 0 } },
};

static void write_com2(const char *bytes, size_t size)
{
	serial_write(SERIAL_COM2, bytes, size);
}

static const struct link_port com2 = { write_com2 };

void link_port_init(void)
{
	if (serial_is_present(SERIAL_COM2))
		link_init(&com2);
}

void link_devices_init(void)
{
	link_set_receiver(LINK_STDIN, receive_input);
	serial_start_receiving(SERIAL_COM2, link_receive_byte);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		character_device_register(&devices[i]);
}
