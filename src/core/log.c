/* SPDX-License-Identifier: MIT */
/*
 * Lines go into a ring under a lock; each sink then gets what it has not had. A CPU that
 * panics breaks the lock, so that the report comes out whatever held it.
 */
#include "core/log.h"

#include "core/percpu.h"
#include "core/time.h"
#include "lib/format.h"
#include "lib/string.h"
#include "sync/spinlock.h"

enum { LINE_SIZE = 256 };

/* All [L] log_lock. For debuggers: text is log_ring.text[(end - n) .. end) modulo its size. */
struct {
	uint64_t end; /* bytes written since boot */
	char text[LOG_SIZE];
} log_ring;
static struct log_sink *sinks;
static struct spinlock log_lock = SPINLOCK_INIT(LOCK_RANK_LOG);

static void append(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		log_ring.text[log_ring.end++ % LOG_SIZE] = text[i];
}

static void feed(struct log_sink *sink)
{
	if (log_ring.end - sink->position > LOG_SIZE)
		sink->position = log_ring.end - LOG_SIZE;
	while (sink->position < log_ring.end) {
		size_t at = sink->position % LOG_SIZE;
		size_t size = MIN(log_ring.end - sink->position, LOG_SIZE - at);
		sink->position += size;
		sink->write(log_ring.text + at, size);
	}
}

static irqflags_t lock_log(void) ACQUIRES(log_lock)
{
	if (panic_is_under_way())
		spin_lock_break(&log_lock);
	return spin_lock_irqsave(&log_lock);
}

void log_line(const char *format, ...)
{
	char line[LINE_SIZE];
	nanoseconds_t now = time_since_boot();
	int prefix =
		format_string(line, sizeof(line), "[%5lu.%06lu] ", now / NANOSECONDS_PER_SECOND,
			      now % NANOSECONDS_PER_SECOND / 1000);
	va_list arguments;

	va_start(arguments, format);
	int body = format_string_va(line + prefix, sizeof(line) - (size_t)prefix - 1, format,
				    arguments);
	va_end(arguments);
	size_t size = MIN((size_t)prefix + (size_t)body, sizeof(line) - 2);
	line[size++] = '\n';

	irqflags_t flags = lock_log();
	append(line, size);
	for (struct log_sink *sink = sinks; sink; sink = sink->next)
		feed(sink);
	spin_unlock_irqrestore(&log_lock, flags);
}

void log_add_sink(struct log_sink *sink)
{
	irqflags_t flags = lock_log();
	sink->next = sinks;
	sinks = sink;
	feed(sink);
	spin_unlock_irqrestore(&log_lock, flags);
}

void log_remove_sink(struct log_sink *sink)
{
	irqflags_t flags = lock_log();
	for (struct log_sink **link = &sinks; *link; link = &(*link)->next)
		if (*link == sink) {
			*link = sink->next;
			break;
		}
	spin_unlock_irqrestore(&log_lock, flags);
}

size_t log_read(uint64_t *position, char *buffer, size_t size)
{
	irqflags_t flags = lock_log();
	if (log_ring.end - *position > LOG_SIZE)
		*position = log_ring.end - LOG_SIZE;
	size_t copied = 0;
	while (copied < size && *position < log_ring.end)
		buffer[copied++] = log_ring.text[(*position)++ % LOG_SIZE];
	spin_unlock_irqrestore(&log_lock, flags);
	return copied;
}
