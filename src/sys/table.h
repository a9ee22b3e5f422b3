/* SPDX-License-Identifier: MIT */
/*
 * The system-call table: each call once, with its arguments' names and types. Numbers are
 * Linux's (__NR_name from the UAPI headers). From here come the prototypes (sys/syscall.h),
 * the dispatch table and the argument names for tracing (sys/dispatch.c), and docs/abi.md.
 * One part a family; FAMILY.table.h stands beside the FAMILY.c that implements it.
 * No include guard: the includer defines SYSCALL(name, (type, argument), ...).
 */
#include "sys/file/attribute.table.h"
#include "sys/file/descriptor.table.h"
#include "sys/file/directory.table.h"
#include "sys/file/epoll.table.h"
#include "sys/file/lock.table.h"
#include "sys/file/mount.table.h"
#include "sys/file/name.table.h"
#include "sys/file/pipe.table.h"
#include "sys/file/place.table.h"
#include "sys/file/poll.table.h"
#include "sys/file/stat.table.h"
#include "sys/file/transfer.table.h"
#include "sys/memory.table.h"
#include "sys/process/credentials.table.h"
#include "sys/process/process.table.h"
#include "sys/process/resource.table.h"
#include "sys/process/schedule.table.h"
#include "sys/process/thread.table.h"
#include "sys/signal.table.h"
#include "sys/system.table.h"
#include "sys/time.table.h"
