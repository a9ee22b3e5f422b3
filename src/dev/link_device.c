/* SPDX-License-Identifier: MIT */
/*
 * Programs' ends of the debug link. Output is sent as it is written, and waits while the host
 * does not read. Input is asked for when a reader has used up what came, so the host never
 * sends more than there is room for.
 */
#include "dev/link_device.h"

#include "debug/kernel/link.h"
#include "dev/serial/serial.h"
#include "fs/poll.h"
#include "fs/vfs.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "proc/wait_queue.h"

#include <asm/ioctls.h>
#include <linux/poll.h>

enum {
	INPUT_SIZE = 16384, /* a power of two */
	CHUNK_SIZE = 256,
	MAJOR_MISC = 10,
	MINOR_FIRST = 200,
};

/* Locks: [L] lock */
struct {
	struct spinlock lock;
	struct wait_queue readers;
	uint64_t head, tail;	/* [L] bytes taken, bytes put */
	uint64_t wanted;	/* [L] asked of the host and not come yet */
	bool is_at_end;		/* [L] */
	char bytes[INPUT_SIZE]; /* [L] */
} link_input = { .lock = SPINLOCK_INIT(LOCK_RANK_SERIAL),
		 .readers = WAIT_QUEUE_INIT(link_input.readers) };

static struct mutex output_lock = MUTEX_INIT(output_lock, LOCK_RANK_LINK);

/* ---- input ---- */

static void receive_input(const uint8_t *payload, size_t size)
{
	irqflags_t flags = spin_lock_irqsave(&link_input.lock);
	if (size == 0)
		link_input.is_at_end = true;
	for (size_t i = 0; i < size && link_input.tail - link_input.head < INPUT_SIZE; i++)
		link_input.bytes[link_input.tail++ % INPUT_SIZE] = (char)payload[i];
	link_input.wanted -= MIN(link_input.wanted, (uint64_t)size);
	spin_unlock_irqrestore(&link_input.lock, flags);
	wait_queue_wake_all(&link_input.readers);
}

static bool receive_byte(uint8_t byte)
{
	link_receive_byte(byte);
	return true;
}

/* Ask the host for as much as there is room for, unless it was asked already. */
static void ask_for_input(void)
{
	char text[24];
	uint64_t count = 0;

	irqflags_t flags = spin_lock_irqsave(&link_input.lock);
	if (!link_input.is_at_end && link_input.wanted == 0 && link_input.tail == link_input.head)
		link_input.wanted = count = INPUT_SIZE;
	spin_unlock_irqrestore(&link_input.lock, flags);
	if (!count)
		return;
	size_t size = (size_t)format_string(text, sizeof(text), "%lu", count);
	if (link_send(LINK_STDIN_WANT, text, size) == size)
		return;
	flags = spin_lock_irqsave(&link_input.lock);
	link_input.wanted = 0; // the line is held: the next look asks again
	spin_unlock_irqrestore(&link_input.lock, flags);
}

static size_t count_input(void)
{
	irqflags_t flags = spin_lock_irqsave(&link_input.lock);
	size_t count = link_input.tail - link_input.head;
	spin_unlock_irqrestore(&link_input.lock, flags);
	return count;
}

static bool is_at_end(void)
{
	return __atomic_load_n(&link_input.is_at_end, __ATOMIC_ACQUIRE);
}

/* At the end before input is counted: what came before the end is seen then. */
static bool is_readable(void)
{
	return is_at_end() || count_input() > 0;
}

static size_t take_input(char *to, size_t size)
{
	size_t taken = 0;

	irqflags_t flags = spin_lock_irqsave(&link_input.lock);
	while (taken < size && link_input.head != link_input.tail)
		to[taken++] = link_input.bytes[link_input.head++ % INPUT_SIZE];
	spin_unlock_irqrestore(&link_input.lock, flags);
	return taken;
}

static ssize_t copy_input(struct iov_iter *to)
{
	char chunk[CHUNK_SIZE];
	ssize_t done = 0;

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

static int wait_for_input(bool may_wait)
{
	if (is_readable())
		return 0;
	// Only a line that is held makes asking fail: wait until it moves.
	int error = may_wait ? serial_wait_for_room(SERIAL_COM2) : 0;
	if (error)
		return error;
	ask_for_input();
	if (!may_wait && !is_readable())
		return -EAGAIN;
	return WAIT_EVENT_INTERRUPTIBLE(&link_input.readers, is_readable(), "host input");
}

static ssize_t read_input(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	(void)position;
	if (to->count == 0)
		return 0;
	for (;;) {
		int error = wait_for_input(!(file->flags & O_NONBLOCK));
		if (error)
			return error;
		bool is_end = is_at_end();
		ssize_t done = copy_input(to);
		if (done || is_end) // else another reader was faster
			return done;
	}
}

static uint32_t poll_input(struct file *file, struct poll_table *table)
{
	(void)file;
	if (table)
		poll_wait(table, &link_input.readers);
	ask_for_input();
	return is_readable() ? POLLIN | POLLRDNORM : 0;
}

static long control_input(struct file *file, unsigned command, unsigned long argument)
{
	(void)file;
	if (command != FIONREAD)
		return -ENOTTY;
	return put_user((int)count_input(), (int __user *)argument);
}

/* ---- output ---- */

static ssize_t write_channel(enum link_channel channel, struct iov_iter *from)
{
	char chunk[LINK_PIECE_MAX];
	ssize_t done = 0;
	int error = 0;

	mutex_lock(&output_lock);
	while (from->count > 0) {
		ssize_t moved = iov_iter_copy_from(from, chunk, sizeof(chunk));
		error = moved < 0 ? (int)moved : 0;
		// The log may take the room before this piece does.
		while (!error) {
			error = serial_wait_for_room(SERIAL_COM2);
			if (!error && link_send(channel, chunk, (size_t)moved) > 0)
				break;
		}
		if (error)
			break;
		done += moved;
	}
	mutex_unlock(&output_lock);
	return done ? done : error;
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

/* When this returns, the host has the status and everything written before. */
static ssize_t write_exit(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	(void)file, (void)position;
	ssize_t written = write_channel(LINK_EXIT, from);
	int error = serial_drain(SERIAL_COM2);
	return written > 0 && error ? error : written;
}

static uint32_t poll_output(struct file *file, struct poll_table *table)
{
	(void)file, (void)table;
	return POLLOUT | POLLWRNORM;
}

static const struct file_operations stdin_operations = { .read = read_input,
							 .poll = poll_input,
							 .ioctl = control_input };
static const struct file_operations stdout_operations = { .write = write_stdout,
							  .poll = poll_output };
static const struct file_operations stderr_operations = { .write = write_stderr,
							  .poll = poll_output };
static const struct file_operations exit_operations = { .write = write_exit, .poll = poll_output };

static struct character_device devices[] = {
	{ "link/stdin", MAJOR_MISC, MINOR_FIRST, 0600, &stdin_operations, { 0 } },
	{ "link/stdout", MAJOR_MISC, MINOR_FIRST + 1, 0600, &stdout_operations, { 0 } },
	{ "link/stderr", MAJOR_MISC, MINOR_FIRST + 2, 0600, &stderr_operations, { 0 } },
	{ "link/exit", MAJOR_MISC, MINOR_FIRST + 3, 0600, &exit_operations, { 0 } },
};

/* ---- start-up ---- */

static bool write_com2(const char *bytes, size_t size)
{
	return serial_write(SERIAL_COM2, bytes, size);
}

static const struct link_port com2 = { write_com2 };

void link_port_init(void)
{
	if (serial_is_present(SERIAL_COM2))
		link_init(&com2);
}

void link_devices_init(void)
{
	link_input.is_at_end = !serial_is_present(SERIAL_COM2);
	link_set_receiver(LINK_STDIN, receive_input);
	serial_start_receiving(SERIAL_COM2, receive_byte);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		character_device_register(&devices[i]);
}
