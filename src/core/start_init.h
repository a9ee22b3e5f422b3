/* SPDX-License-Identifier: MIT */
/* From the kernel's last task to the first program. */
#pragma once

#include "lib/compiler.h"

/* Copy PID 1's arguments out of the module memory, which is given back afterwards. */
void start_init_keep_arguments(void);
/* Become PID 1: 0 when a program is ready to run. Panics when none can be executed. */
NODISCARD int start_init_execute(void);
