/* SPDX-License-Identifier: MIT */
#include "trace/kernel/control.h"

#include "lib/atomic.h"
#include "lib/string.h"
#include "trace/kernel/ring.h"

static void set_matching(const char *name, size_t length, uint32_t is_enabled)
{
	bool is_all = length == 3 && strncmp(name, "all", 3) == 0;

	for (struct trace_event *event = trace_events_start; event < trace_events_end; event++)
		if (is_all || strncmp(event->name, name, length) == 0)
			store_relaxed(&event->is_enabled, is_enabled);
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
