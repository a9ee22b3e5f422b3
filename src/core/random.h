/* SPDX-License-Identifier: MIT */
/* Random bytes for programs and for address choices; from seed= when given, so that runs repeat. */
#pragma once

#include "lib/types.h"

/* Any context. */
void random_fill(void *buffer, size_t size);
uint64_t random_u64(void);
