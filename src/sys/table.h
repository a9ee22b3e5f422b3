/* SPDX-License-Identifier: MIT */
/*
 * The system-call table: each call once, with its arguments' names and types. Numbers are
 * Linux's (__NR_name from the UAPI headers). From here come the prototypes (sys/syscall.h),
 * the dispatch table and the argument names for tracing (sys/dispatch.c), and docs/abi.md.
 * One part a family; FAMILY.table.h stands beside the FAMILY.c that implements it.
 * No include guard: the includer defines SYSCALL(name, (type, argument), ...).
 */
#include "sys/file.table.h"
#include "sys/memory.table.h"
#include "sys/misc.table.h"
#include "sys/path.table.h"
#include "sys/poll.table.h"
#include "sys/process.table.h"
#include "sys/signal.table.h"
#include "sys/time.table.h"
