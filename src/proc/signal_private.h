/* SPDX-License-Identifier: MIT */
/* Between signal.c, signal_deliver.c and signal_frame.c. */
#pragma once

#include "proc/signal.h"

/* A queued signal's siginfo. */
struct signal_entry {
	struct list link;
	bool is_void; /* cancelled; freed when next looked at in thread context */
	siginfo_t info;
};

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
