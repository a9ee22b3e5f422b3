/* SPDX-License-Identifier: MIT */
#pragma once

#include "mm/slab.h"

/* The cache that an object came from; NULL when it is no slab object. Any context. */
struct slab_cache *slab_cache_of(const void *object);
