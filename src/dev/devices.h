/* SPDX-License-Identifier: MIT */
/* Start-up of all drivers, in order. */
#pragma once

/* Boot, as soon as the command line is known: where the kernel log goes (console=). */
void log_sinks_init(void);
/* In a task, after the VFS: drivers and their nodes. */
void devices_init(void);
