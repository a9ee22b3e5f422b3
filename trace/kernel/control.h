/* SPDX-License-Identifier: MIT */
/* Switching events on and off. */
#pragma once

#include "lib/types.h"

/*
 * Boot: how an event's branches in the code are switched; it is called with the event's address.
 */
void trace_control_init(void (*set_branch)(const void *event, bool is_on));
/*
 * Apply a list "name,-name,all,-all" (a name stands for all events that begin with it).
 * Words that name no event are skipped. Where code may be patched: see arch/patch.h.
 */
void trace_control_apply(const char *list);
