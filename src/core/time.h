/* SPDX-License-Identifier: MIT */
/* Time: nanoseconds since boot from the TSC, the wall clock, and one-shot timers. */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

enum {
	NANOSECONDS_PER_SECOND = 1000000000,
	NANOSECONDS_PER_MILLISECOND = 1000000,
	TICK_NANOSECONDS = 4 * NANOSECONDS_PER_MILLISECOND,
};

/* Any context. */
nanoseconds_t time_since_boot(void);
nanoseconds_t time_wall_clock(void); /* since 1970 UTC */
void time_set_wall_clock(nanoseconds_t now);

/* A one-shot timer: its function runs in interrupt context at or after the deadline. */
struct timer {
	struct list link; /* [T] in its CPU's list, sorted */
	nanoseconds_t deadline;
	void (*function)(struct timer *timer);
	uint32_t cpu;
	bool is_armed; /* [T] */
};

void timer_init(struct timer *timer, void (*function)(struct timer *timer));
/* (Re)arm for a time since boot. Any context, but from one CPU at a time. */
void timer_arm(struct timer *timer, nanoseconds_t deadline);
/* When it returns, the function is not running and will not run. Thread context. */
void timer_cancel(struct timer *timer);
