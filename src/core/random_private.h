/* SPDX-License-Identifier: MIT */
#pragma once

/* Boot, after the command line is known. */
void random_init(void);
