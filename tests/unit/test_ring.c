/* SPDX-License-Identifier: MIT */
#include "harness.h"
#include "trace/kernel/trace.h"

#include <pthread.h>
#include <string.h>

enum { WRITERS = 4, WRITES = 200000 };

static struct trace_record records[TRACE_RING_RECORDS];

static void start(void)
{
	memset(records, 0, sizeof(records));
	trace_rings[0].reserved = 0;
	trace_ring_attach(0, records);
	for (struct trace_event *event = trace_events_start;
	     event < trace_events_start + TRACE_EVENT_COUNT; event++)
		event->is_enabled = 1;
}

TEST(test_a_committed_record_reads_back_whole)
{
	struct trace_record out;
	start();
	trace_sched_switch(3, 7, 2);
	CHECK(trace_peek(&trace_rings[0], 0, &out));
	struct trace_sched_switch *payload = (void *)out.payload;
	CHECK(payload->previous_tid == 3 && payload->next_tid == 7);
	CHECK(strcmp(trace_events_start[out.event].name, "sched_switch") == 0);
	CHECK(!trace_peek(&trace_rings[0], 1, &out));
}

TEST(test_a_reserved_record_is_not_readable)
{
	struct trace_record out;
	start();
	struct trace_slot slot = trace_reserve(TRACE_NUMBER(syscall_exit));
	CHECK(!trace_peek(&trace_rings[0], 0, &out));
	trace_commit(slot);
	CHECK(trace_peek(&trace_rings[0], 0, &out));
}

TEST(test_reserving_withdraws_the_oldest_record)
{
	struct trace_record out;
	start();
	for (int i = 0; i < TRACE_RING_RECORDS; i++)
		trace_syscall_exit((uint64_t)i, 0);
	CHECK(trace_peek(&trace_rings[0], 0, &out));
	struct trace_slot slot = trace_reserve(TRACE_NUMBER(syscall_exit));
	CHECK(!trace_peek(&trace_rings[0], 0, &out));
	CHECK(!trace_peek(&trace_rings[0], TRACE_RING_RECORDS, &out));
	trace_commit(slot);
	CHECK(trace_peek(&trace_rings[0], TRACE_RING_RECORDS, &out));
}

static void *write_many(void *argument)
{
	host_test_cpu = &cpus[0];
	for (uint64_t i = 0; i < WRITES; i++)
		trace_syscall_enter(i, ~i, i * 3, (uint64_t)argument, i ^ 5, 0, 0);
	return NULL;
}

static bool stop_reading;
static uint64_t good, torn;

/* Live on the dangerous edge: records being, or about to be, overwritten. */
static void *read_many(void *argument)
{
	struct trace_record out;
	while (!__atomic_load_n(&stop_reading, __ATOMIC_ACQUIRE)) {
		uint64_t head = __atomic_load_n(&trace_rings[0].reserved, __ATOMIC_RELAXED);
		if (head <= TRACE_RING_RECORDS + 2)
			continue;
		for (uint64_t at = head - TRACE_RING_RECORDS - 2;
		     at < head - TRACE_RING_RECORDS + 3; at++) {
			if (!trace_peek(&trace_rings[0], at, &out))
				continue;
			struct trace_syscall_enter *payload = (void *)out.payload;
			good++;
			torn += payload->a0 != ~payload->number ||
				payload->a1 != payload->number * 3 ||
				payload->a3 != (payload->number ^ 5);
		}
	}
	return argument;
}

TEST(test_no_torn_record_is_accepted_while_others_write)
{
	pthread_t writers[WRITERS], reader;
	start();
	pthread_create(&reader, NULL, read_many, NULL);
	for (uintptr_t i = 0; i < WRITERS; i++)
		pthread_create(&writers[i], NULL, write_many, (void *)i);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	__atomic_store_n(&stop_reading, true, __ATOMIC_RELEASE);
	pthread_join(reader, NULL);
	CHECK(torn == 0);
	CHECK(trace_rings[0].reserved == (uint64_t)WRITERS * WRITES);
}
