/* SPDX-License-Identifier: MIT */
/* Switching events on and off. */
#pragma once

/*
 * Apply a list "name,-name,all,-all" (a name stands for all events that begin with it).
 * Words that name no event are skipped. Any context.
 */
void trace_control_apply(const char *list);
