/* SPDX-License-Identifier: MIT */
/*
 * The memory devices. kmsg gives the kernel log as one record a read, in Linux's format
 * "level,sequence,microseconds,-;text"; the sequence number is the line's place in the log.
 * What is written to it becomes a line of the log.
 *
 * Limit: the log wakes nobody, as it is written from any context; a reader at its end looks
 * again every tenth of a second.
 */
#include "dev/memory.h"

#include "core/log.h"
#include "core/random.h"
#include "core/time.h"
#include "fs/poll.h"
#include "fs/vfs.h"
#include "lib/atomic.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/wait_queue.h"

#include <linux/fs.h>
#include <linux/major.h>
#include <linux/poll.h>

enum memory_minor {
	MINOR_NULL = 3,
	MINOR_ZERO = 5,
	MINOR_FULL = 7,
	MINOR_RANDOM = 8,
	MINOR_URANDOM = 9,
	MINOR_KMSG = 11,
};

enum {
	RANDOM_BLOCK_SIZE = 256,
	KMSG_LINE_SIZE = 512,
	KMSG_RECORD_SIZE = KMSG_LINE_SIZE + 64,
	KMSG_WRITE_MAX = 992, /* as Linux: longer is -EINVAL */
	KMSG_LEVEL_INFO = 6,
	KMSG_POLL_NS = 100 * NANOSECONDS_PER_MILLISECOND,
};

static ssize_t null_read(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	(void)file, (void)to, (void)position;
	return 0;
}

static ssize_t null_write(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	(void)file, (void)position;
	return (ssize_t)from->count;
}

static ssize_t zero_read(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	(void)file, (void)position;
	return iov_iter_zero(to, to->count);
}

static ssize_t full_write(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	(void)file, (void)from, (void)position;
	return -ENOSPC;
}

static ssize_t random_read(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	uint8_t block[RANDOM_BLOCK_SIZE];
	ssize_t total = 0;

	(void)file, (void)position;
	while (to->count) {
		size_t size = MIN(to->count, sizeof(block));
		random_fill(block, size);
		ssize_t moved = iov_iter_copy_to(to, block, size);
		if (moved <= 0)
			return total ? total : moved;
		total += moved;
	}
	return total;
}

/* These devices are everywhere at position 0. */
static file_offset_t memory_seek(struct file *file, file_offset_t offset, int whence)
{
	(void)file, (void)offset, (void)whence;
	return 0;
}

/* One open file's place in the log. */
struct kmsg_reader {
	uint64_t position; /* A: bytes of the log read */
};

static int kmsg_open(struct inode *inode, struct file *file)
{
	(void)inode;
	file->private_data = knew(struct kmsg_reader);
	return file->private_data ? 0 : -ENOMEM;
}

static void kmsg_release(struct file *file)
{
	kfree(file->private_data);
}

/* Copy the line at or after *position, which moves behind it. Its length, 0: none yet. */
static size_t log_read_line(uint64_t *position, char line[KMSG_LINE_SIZE])
{
	uint64_t end = *position;
	size_t size = log_read(&end, line, KMSG_LINE_SIZE - 1);
	char *newline = memchr(line, '\n', size);

	if (!newline)
		return 0;
	*newline = '\0';
	*position = end - size + (uint64_t)(newline - line) + 1;
	return (size_t)(newline - line);
}

static bool kmsg_has_line(const struct kmsg_reader *reader)
{
	uint64_t position = load_relaxed(&reader->position);
	char byte;

	return log_read(&position, &byte, 1) != 0;
}

/* Take the digits at *text as microseconds of the log's "seconds.microseconds". */
static uint64_t parse_time(const char **text)
{
	uint64_t microseconds = 0;

	for (; **text && **text != ']'; (*text)++)
		if (**text >= '0' && **text <= '9')
			microseconds = microseconds * 10 + (uint64_t)(**text - '0');
	if (**text)
		*text += string_starts_with(*text, "] ") ? 2 : 1;
	return microseconds;
}

/* The record of a line of the log; its length. */
static size_t kmsg_format(const char *line, uint64_t sequence, char *record, size_t size)
{
	uint64_t microseconds = 0;

	if (line[0] == '[')
		microseconds = parse_time(&line);
	return (size_t)format_string(record, size, "%d,%lu,%lu,-;%s\n", KMSG_LEVEL_INFO, sequence,
				     microseconds, line);
}

static ssize_t kmsg_read_record(struct kmsg_reader *reader, struct iov_iter *to, char *line,
				char *record)
{
	uint64_t position = load_relaxed(&reader->position);

	if (!log_read_line(&position, line))
		return 0;
	size_t size = kmsg_format(line, position, record, KMSG_RECORD_SIZE);
	if (size > to->count)
		return -EINVAL;
	store_relaxed(&reader->position, position);
	return iov_iter_copy_to(to, record, size);
}

static ssize_t kmsg_read(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	static struct wait_queue nobody_wakes = WAIT_QUEUE_INIT(nobody_wakes);
	struct kmsg_reader *reader = file->private_data;
	char *line = kmalloc(KMSG_LINE_SIZE + KMSG_RECORD_SIZE);
	ssize_t result;

	(void)position;
	if (!line)
		return -ENOMEM;
	for (;;) {
		result = kmsg_read_record(reader, to, line, line + KMSG_LINE_SIZE);
		if (result)
			break;
		result = -EAGAIN;
		if (load_relaxed(&file->flags) & O_NONBLOCK)
			break;
		result = WAIT_EVENT_DEADLINE(&nobody_wakes, kmsg_has_line(reader), "kmsg read",
					     time_since_boot() + KMSG_POLL_NS);
		if (result && result != -ETIMEDOUT)
			break;
	}
	kfree(line);
	return result;
}

static ssize_t kmsg_write(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	size_t size = from->count;

	(void)file, (void)position;
	if (size > KMSG_WRITE_MAX)
		return -EINVAL;
	char *text = kmalloc(size + 1);
	if (!text)
		return -ENOMEM;
	ssize_t result = iov_iter_copy_from(from, text, size);
	if (result == (ssize_t)size) {
		const char *start = text;
		if (size && text[size - 1] == '\n')
			text[size - 1] = '\0';
		if (text[0] == '<' && strchr(text, '>'))
			start = strchr(text, '>') + 1;
		log_line("%s", start);
	}
	kfree(text);
	return result;
}

static file_offset_t kmsg_seek(struct file *file, file_offset_t offset, int whence)
{
	struct kmsg_reader *reader = file->private_data;
	uint64_t position = 0;
	char skipped[64];

	if (offset)
		return -ESPIPE;
	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_END:
		while (log_read(&position, skipped, sizeof(skipped)))
			;
		break;
	default:
		return -EINVAL;
	}
	store_relaxed(&reader->position, position);
	return 0;
}

static uint32_t kmsg_poll(struct file *file, struct poll_table *table)
{
	(void)table;
	return POLLOUT | POLLWRNORM | (kmsg_has_line(file->private_data) ? POLLIN | POLLRDNORM : 0);
}

static const struct file_operations null_operations = {
	.read = null_read,
	.write = null_write,
	.seek = memory_seek,
};

static const struct file_operations zero_operations = {
	.read = zero_read,
	.write = null_write,
	.seek = memory_seek,
};

static const struct file_operations full_operations = {
	.read = zero_read,
	.write = full_write,
	.seek = memory_seek,
};

/* Writing stirs nothing in: the generator has its seed. */
static const struct file_operations random_operations = {
	.read = random_read,
	.write = null_write,
	.seek = memory_seek,
};

static const struct file_operations kmsg_operations = {
	.open = kmsg_open,
	.release = kmsg_release,
	.read = kmsg_read,
	.write = kmsg_write,
	.seek = kmsg_seek,
	.poll = kmsg_poll,
};

static struct character_device memory_devices[] = {
	{ "null", MEM_MAJOR, MINOR_NULL, 0666, &null_operations, { 0 } },
	{ "zero", MEM_MAJOR, MINOR_ZERO, 0666, &zero_operations, { 0 } },
	{ "full", MEM_MAJOR, MINOR_FULL, 0666, &full_operations, { 0 } },
	{ "random", MEM_MAJOR, MINOR_RANDOM, 0666, &random_operations, { 0 } },
	{ "urandom", MEM_MAJOR, MINOR_URANDOM, 0666, &random_operations, { 0 } },
	{ "kmsg", MEM_MAJOR, MINOR_KMSG, 0644, &kmsg_operations, { 0 } },
};

void memory_devices_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(memory_devices); i++)
		character_device_register(&memory_devices[i]);
}
