/* SPDX-License-Identifier: MIT */
/* The flight recorder's record format, writer and reader. See ring.c. */
#pragma once

#include "core/percpu.h"
#include "lib/atomic.h"

enum {
	TRACE_RING_RECORDS = 4096, /* a CPU; a power of two */
	TRACE_PAYLOAD_SIZE = 56,
};

/* A kind of event. In the ELF section trace_events; its index there is its number. */
struct trace_event {
	const char *name;
	const char *format;
	uint32_t is_enabled; /* A */
	uint32_t payload_size;
	uint64_t reserved;
};
extern struct trace_event trace_events_start[], trace_events_end[];

struct trace_record {
	uint64_t sequence;  /* position + 1 once committed, else 0 */
	uint64_t timestamp; /* TSC */
	union {
		uint64_t origin; /* all three, written as one word: the event is the lowest part */
		struct {
			uint16_t event; /* index in the section trace_events */
			uint16_t cpu;
			int32_t tid;
		};
	};
	uint8_t payload[TRACE_PAYLOAD_SIZE]; /* struct trace_<event's name> */
} ALIGNED(16);

struct trace_ring {
	uint64_t reserved;	      /* A: positions handed out since boot */
	struct trace_record *records; /* I: TRACE_RING_RECORDS of them */
	uint64_t mask;		      /* I: what of a position is the index among them */
} ALIGNED(64);

/* A record that is claimed but not yet visible to readers. */
struct trace_slot {
	struct trace_record *record;
	uint64_t sequence;
};

extern struct trace_ring trace_rings[MAX_CPUS];
extern struct trace_ring trace_ring_nowhere; /* takes what comes before a CPU's is attached */

/* Boot: give a CPU its records (TRACE_RING_RECORDS, zeroed). Before that its events are lost. */
void trace_ring_attach(uint32_t cpu, struct trace_record *records);

/*
 * Claim the next record of this CPU's ring. In line, because system calls do it twice; number
 * is the event's, a constant. Any context.
 */
static ALWAYS_INLINE struct trace_slot trace_reserve(uint16_t number)
{
	struct trace_ring *ring = PERCPU_READ(trace_ring);

	// Atomic because a preempted caller may resume on another CPU.
	uint64_t position = fetch_add_relaxed(&ring->reserved, 1);
	struct trace_record *record = &ring->records[position & ring->mask];

	// Withdraw the old record before the first byte of the new one lands.
	store_relaxed(&record->sequence, 0);
	fence_release();

	cpu_timestamp_store(&record->timestamp);
	record->origin = PERCPU_READ(trace_origin) | number;
	return (struct trace_slot){ .record = record, .sequence = position + 1 };
}

/* Make a filled record visible to readers. */
static inline void trace_commit(struct trace_slot slot)
{
	store_release(&slot.record->sequence, slot.sequence);
}

/*
 * Copy out the record at a position, which may be rewritten meanwhile. False if it is not
 * there whole: not committed yet, or overwritten. Any context.
 */
NODISCARD bool trace_peek(const struct trace_ring *ring, uint64_t position,
			  struct trace_record *out);
