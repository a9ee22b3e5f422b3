/* SPDX-License-Identifier: MIT */
/* Terminals: a line, a line discipline, and the session whose jobs it controls. See tty.c. */
#pragma once

#include "dev/tty/ldisc.h"
#include "proc/wait_queue.h"
#include "sync/mutex.h"

#include <asm/termios.h>

/* Locks: I, [L] lock (taken by the receive interrupt), [W] write_lock, [T] tasks_lock, A atomic */
struct tty {
	const char *name;	 /* I */
	uint64_t device;	 /* I dev_t */
	struct mutex write_lock; /* a write comes out in one piece */
	struct spinlock lock;
	struct ldisc ldisc;  /* [L] */
	struct winsize size; /* [L] */
	struct wait_queue readers;
	struct wait_queue writers; /* output stopped by Ctrl-S */
	int32_t session;	   /* [T] 0: none */
	int32_t foreground_group;  /* [T] */
	uint32_t hangup_count;	   /* A: files opened before the last one are dead */
};

extern struct tty console_tty; /* on COM1 */

/* In a task, after the VFS: /dev/ttyS0, /dev/console, /dev/tty. */
void tty_init(void);
