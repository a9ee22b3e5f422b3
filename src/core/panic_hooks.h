/* SPDX-License-Identifier: MIT */
/* How debug/ takes part in a panic: both run with interrupts off, take no lock, never fail. */
#pragma once

struct panic_hooks {
	void (*report)(void);		    /* more to say: tasks, the last trace events */
	void (*notify)(const char *reason); /* tell the host */
};
extern struct panic_hooks panic_hooks; /* I after start-up */
