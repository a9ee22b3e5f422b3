/* SPDX-License-Identifier: MIT */
/* Between signal.c, signal_deliver.c, signal_frame.c and sys/signal.c. */
#pragma once

#include "proc/signal.h"

enum signal_default {
	SIGNAL_TERMINATE,
	SIGNAL_CORE, /* as terminate; the status says so, no file is written */
	SIGNAL_STOP,
	SIGNAL_CONTINUE,
	SIGNAL_IGNORE,
};
enum signal_default signal_default_action(int signal);

/* A queued signal's siginfo. */
struct signal_entry {
	struct list link;
	bool is_void; /* cancelled; freed when next looked at in thread context */
	siginfo_t info;
};

/* Take a pending signal of the set from the current task or process; 0: none. Thread context. */
int signal_take(signal_set_t allowed, siginfo_t *info);
/* Set the current task's mask (SIGKILL and SIGSTOP stay out). Thread context. */
void signal_set_blocked(signal_set_t blocked);
void signal_notify_parent(struct process *process, const siginfo_t *info);
/* A task that runs in user mode on another CPU must look at its signals soon. */
void signal_interrupt_cpu(struct task *task);

/*
 * Build a handler's frame on the user stack and point the registers at the handler.
 * -EFAULT when the stack cannot take it. restore: the mask that sigreturn brings back.
 */
NODISCARD int signal_frame_push(struct trap_frame *frame, int signal,
				const struct signal_action *action, const siginfo_t *info,
				signal_set_t restore);
/* Undo it; the value for RAX, or -EFAULT. */
NODISCARD long signal_frame_pop(struct trap_frame *frame);
