/* SPDX-License-Identifier: MIT */
#pragma once

/* Boot, after clock_calibrate: timers may be armed from here on. */
void time_init(void);
