/* SPDX-License-Identifier: MIT */
/*
 * Trace events: from each line of trace/events.h come struct trace_NAME (the payload),
 * TRACE_NUMBER(NAME), the descriptor of that number in trace_event_table, and trace_NAME(fields...)
 * (the writer: any context, never waits, never fails).
 */
#pragma once

#include "arch/patch.h"
#include "lib/for_each.h"
#include "lib/string.h"
#include "lib/types.h"
#include "trace/kernel/ring.h"

#define TRACE_NUMBER(event_)		  TRACE_NUMBER_##event_
#define TRACE_EVENT(event_, format_, ...) TRACE_NUMBER(event_),
enum trace_event_number {
#include "trace/events.h"
	TRACE_EVENT_COUNT
};
#undef TRACE_EVENT

extern struct trace_event trace_event_table[TRACE_EVENT_COUNT];

#ifdef HOST_TEST
#define trace_branch(event_) ((event_)->is_enabled)
#else
#define trace_branch(event_) patched_branch(event_)
#endif

#define TRACE_FIELD(pair_)	       TRACE_FIELD_ pair_
#define TRACE_FIELD_(type_, name_)     type_ name_;
#define TRACE_PARAMETER(pair_)	       TRACE_PARAMETER_ pair_
#define TRACE_PARAMETER_(type_, name_) type_ name_
#define TRACE_ASSIGN(pair_)	       TRACE_ASSIGN_ pair_
#define TRACE_ASSIGN_(type_, name_)    payload__->name_ = name_;

#define TRACE_EVENT(event_, format_, ...)                                               \
	struct trace_##event_ {                                                         \
		FOR_EACH(TRACE_FIELD, __VA_ARGS__)                                      \
	};                                                                              \
	static_assert(sizeof(struct trace_##event_) <= TRACE_PAYLOAD_SIZE,              \
		      "trace event " #event_ " does not fit a record");                 \
	static inline void trace_##event_(FOR_EACH_COMMA(TRACE_PARAMETER, __VA_ARGS__)) \
	{                                                                               \
		if (!trace_branch(&trace_event_table[TRACE_NUMBER(event_)]))            \
			return;                                                         \
		struct trace_slot slot__ = trace_reserve(TRACE_NUMBER(event_));         \
		struct trace_##event_ *payload__ = (void *)slot__.record->payload;      \
		FOR_EACH(TRACE_ASSIGN, __VA_ARGS__)                                     \
		trace_commit(slot__);                                                   \
	}
#include "trace/events.h"
#undef TRACE_EVENT
