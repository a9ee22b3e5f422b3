/* SPDX-License-Identifier: MIT */
/*
 * The trace ring: the kernel's flight recorder.
 *
 * Each CPU owns a ring of records. Writing never waits, never allocates and never fails; a
 * full ring loses its oldest record. It is therefore safe in any context, NMI included.
 *
 * A record vouches for itself: its sequence names the position it was written for, and is
 * zero while the record is being filled. So a reader - a debugger on a stopped machine, or
 * trace_peek() on a running one - can tell a whole record from one that is torn, overwritten
 * or not yet there, without any lock.
 *
 * Known limit: a writer stalled between reserve and commit for a whole lap of the ring
 * shares its record with the writer one lap later.
 */
#include "trace/kernel/trace.h"

static_assert((TRACE_RING_RECORDS & (TRACE_RING_RECORDS - 1)) == 0, "a power of two");

struct trace_ring trace_rings[MAX_CPUS];

/* All start switched on; kmain then applies its default and the command line's trace=. */
#define TRACE_EVENT(event_, format_, ...)                      \
	SECTION("trace_events")                                \
	USED struct trace_event trace_event_##event_ = {       \
		.name = #event_,                               \
		.format = format_,                             \
		.is_enabled = 1,                               \
		.payload_size = sizeof(struct trace_##event_), \
	};
#include "trace/events.h"
#undef TRACE_EVENT

static uint64_t index_of(uint64_t position)
{
	return position & (TRACE_RING_RECORDS - 1);
}

void trace_ring_attach(uint32_t cpu, struct trace_record *records)
{
	store_release(&trace_rings[cpu].records, records);
}

static struct trace_record lost_record; /* takes what comes before a ring is attached */

struct trace_slot trace_reserve(const struct trace_event *event)
{
	uint32_t cpu = cpu_current_id();
	struct trace_ring *ring = &trace_rings[cpu];
	struct trace_record *records = ring->records;

	if (unlikely(!records))
		return (struct trace_slot){ .record = &lost_record, .sequence = 0 };

	// Atomic because a preempted caller may resume on another CPU.
	uint64_t position = fetch_add_relaxed(&ring->reserved, 1);
	struct trace_record *record = &records[index_of(position)];

	// Withdraw the old record before the first byte of the new one lands.
	store_relaxed(&record->sequence, 0);
	fence_release();

	record->event = (uint16_t)(event - trace_events_start);
	record->timestamp = cpu_timestamp();
	record->tid = PERCPU_READ(current_tid);
	record->cpu = (uint16_t)cpu;
	return (struct trace_slot){ .record = record, .sequence = position + 1 };
}

bool trace_peek(const struct trace_ring *ring, uint64_t position, struct trace_record *out)
{
	if (!ring->records)
		return false;
	const struct trace_record *record = &ring->records[index_of(position)];
	uint64_t expected = position + 1;

	if (load_acquire(&record->sequence) != expected)
		return false;

	memcpy(out, record, sizeof(*out));

	// The copy counts only if the record was still live after it.
	fence_acquire();
	return load_relaxed(&record->sequence) == expected;
}
