/* SPDX-License-Identifier: MIT */
#pragma once

/* Boot: hand the trap code what it needs of processes and memory. */
void proc_hooks_init(void);
