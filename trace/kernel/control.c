/* SPDX-License-Identifier: MIT */
#include "trace/kernel/control.h"

#include "lib/atomic.h"
#include "lib/string.h"
#include "trace/kernel/ring.h"

static void (*set_event_branch)(const void *event, bool is_on); /* I once set */

void trace_control_init(void (*set_branch)(const void *event, bool is_on))
{
	set_event_branch = set_branch;
}

static void set_event(struct trace_event *event, bool is_on)
{
	if (event->is_enabled == is_on)
		return;
	store_relaxed(&event->is_enabled, is_on);
	set_event_branch(event, is_on);
}

static void set_matching(const char *name, size_t length, bool is_enabled)
{
	bool is_all = length == 3 && strncmp(name, "all", 3) == 0;

	for (struct trace_event *event = trace_events_start; event < trace_events_end; event++)
		if (is_all || strncmp(event->name, name, length) == 0)
			set_event(event, is_enabled);
}

void trace_control_apply(const char *list)
{
	while (*list) {
		bool turns_off = *list == '-';
		list += turns_off;
		size_t length = 0;
		while (list[length] && list[length] != ',')
			length++;
		if (length)
			set_matching(list, length, !turns_off);
		list += length + (list[length] == ',');
	}
}
