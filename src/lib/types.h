/* SPDX-License-Identifier: MIT */
/* Scalars that mean something; debuggers format values by these names. */
#pragma once

#include "lib/compiler.h"

typedef uint64_t vaddr_t; /* a virtual address */
typedef uint64_t paddr_t; /* a physical address */
typedef uint64_t pfn_t;	  /* a physical frame number */
typedef uint64_t nanoseconds_t;
typedef uint64_t irqflags_t; /* RFLAGS as saved when interrupts were disabled */
typedef int64_t file_offset_t;
typedef int64_t ssize_t;
