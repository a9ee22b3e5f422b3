/* SPDX-License-Identifier: MIT */
/* The last trace events of all CPUs, merged by time. Takes no lock, allocates nothing. */
#include "debug/kernel/report.h"

#include "core/log.h"
#include "core/panic_hooks.h"
#include "debug/kernel/link.h"
#include "lib/format.h"
#include "trace/kernel/trace.h"

enum { EVENTS_SHOWN = 24, LINE_SIZE = 192, WORDS = TRACE_PAYLOAD_SIZE / sizeof(uint64_t) };

static void show_record(const struct trace_record *record)
{
	const struct trace_event *event = &trace_events_start[record->event];
	const uint64_t *words = (const void *)record->payload;
	char line[LINE_SIZE];
	struct text_buffer text = { line, sizeof(line), 0, false };

	for (uint32_t i = 0; i < WORDS && i * sizeof(uint64_t) < event->payload_size; i++)
		text_append(&text, " %lx", words[i]);
	log_line("  %lu cpu %u tid %d %s%s", record->timestamp, record->cpu, record->tid,
		 event->name, line);
}

/* The newest whole record of a ring before a position; false when there is none. */
static bool find_before(uint32_t cpu, uint64_t *position, struct trace_record *record)
{
	while (*position > 0) {
		--*position;
		if (trace_peek(&trace_rings[cpu], *position, record))
			return true;
		if (trace_rings[cpu].reserved - *position > TRACE_RING_RECORDS)
			return false;
	}
	return false;
}

/* Go back from the ends of all rings until enough records are passed, then show them forwards. */
static void show_events(void)
{
	static struct trace_record shown[EVENTS_SHOWN], candidates[MAX_CPUS];
	uint64_t positions[MAX_CPUS];
	bool has[MAX_CPUS];
	int count = 0;

	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		positions[cpu] = trace_rings[cpu].reserved;
		has[cpu] = find_before(cpu, &positions[cpu], &candidates[cpu]);
	}
	while (count < EVENTS_SHOWN) {
		uint32_t newest = cpu_count;
		for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
			if (has[cpu] && (newest == cpu_count ||
					 candidates[cpu].timestamp > candidates[newest].timestamp))
				newest = cpu;
		if (newest == cpu_count)
			break;
		shown[count++] = candidates[newest];
		has[newest] = find_before(newest, &positions[newest], &candidates[newest]);
	}
	log_line("last trace events:");
	while (count-- > 0)
		show_record(&shown[count]);
}

void report_init(void)
{
	panic_hooks.report = show_events;
	panic_hooks.notify = link_send_panic;
}
