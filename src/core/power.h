/* SPDX-License-Identifier: MIT */
/* Turning the machine off and restarting it. Any context; never return. */
#pragma once

#include "lib/compiler.h"

NORETURN void power_off(void);
NORETURN void power_restart(void);
