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
static struct trace_record lost_record;
struct trace_ring trace_ring_nowhere = { .records = &lost_record };

/* All start switched off; kmain then applies its default and the command line's trace=. */
#define TRACE_EVENT(event_, format_, ...)                      \
	[TRACE_NUMBER(event_)] = {                             \
		.name = #event_,                               \
		.format = format_,                             \
		.payload_size = sizeof(struct trace_##event_), \
	},
SECTION("trace_events")
struct trace_event trace_event_table[TRACE_EVENT_COUNT] = {
#include "trace/events.h"
};
#undef TRACE_EVENT

void trace_ring_attach(uint32_t cpu, struct trace_record *records)
{
	struct trace_ring *ring = &trace_rings[cpu];

	ring->mask = TRACE_RING_RECORDS - 1;
	store_release(&ring->records, records);
	cpus[cpu].trace_cpu = (uint16_t)cpu;
	store_release(&cpus[cpu].trace_ring, ring);
}

bool trace_peek(const struct trace_ring *ring, uint64_t position, struct trace_record *out)
{
	if (!ring->records)
		return false;
	const struct trace_record *record = &ring->records[position & ring->mask];
	uint64_t expected = position + 1;

	if (load_acquire(&record->sequence) != expected)
		return false;

	memcpy(out, record, sizeof(*out));

	// The copy counts only if the record was still live after it.
	fence_acquire();
	return load_relaxed(&record->sequence) == expected;
}
