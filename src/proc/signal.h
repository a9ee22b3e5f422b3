/* SPDX-License-Identifier: MIT */
/* Signals: sending, pending, delivery. See signal.c. */
#pragma once

#include "proc/task.h"

#include <linux/signal.h>

struct sigaction; /* Linux's, <asm/signal.h> */

/* What the kernel keeps of a handler: the layout of the system call's struct sigaction. */
struct signal_action {
	vaddr_t handler; /* SIG_DFL, SIG_IGN or an address */
	uint64_t flags;	 /* SA_* */
	vaddr_t restorer;
	signal_set_t mask;
};

/* [S] of the processes that share it; references: A */
struct signal_handlers {
	struct refcount references;
	struct signal_action actions[SIGNAL_COUNT];
};

enum signal_default {
	SIGNAL_TERMINATE, /* no core file is written, so no status tells of one */
	SIGNAL_STOP,
	SIGNAL_CONTINUE,
	SIGNAL_IGNORE,
};
enum signal_default signal_default_action(int signal);

/*
 * Send to a process or to one thread. info may be NULL (SI_KERNEL). Any context, interrupts
 * too; -EAGAIN when a real-time signal finds no memory. Permission is the caller's matter.
 */
int signal_send_process(struct process *process, int signal, const siginfo_t *info);
int signal_send_task(struct task *task, int signal, const siginfo_t *info);
/* To all of a process group; -ESRCH when it is empty. */
int signal_send_group(int32_t process_group, int signal, const siginfo_t *info);
/* A fault of the current task: delivered even if blocked or ignored (then it kills). */
void signal_force(int signal, int code, vaddr_t address);

/* Is there a signal to act on? Cheap; the current task. */
bool signal_is_pending(void);
/* Take a pending signal of the set from the current task or process; 0: none. Thread context. */
int signal_take(signal_set_t allowed, siginfo_t *info);
/* Set the current task's mask (SIGKILL and SIGSTOP stay out). Thread context. */
void signal_set_blocked(signal_set_t blocked);
/* Before every return to user mode with has_signal_work set. Interrupts on. May not return. */
void signal_deliver(struct trap_frame *frame);
/* sigreturn: take a handler's frame off the user stack; the value for RAX, or -EFAULT. */
NODISCARD long signal_frame_pop(struct trap_frame *frame);

/*
 * Exchange the current process's action for a signal; new may be NULL. Signals that wait and
 * are ignored now are thrown away. Thread context.
 */
void signal_exchange_action(int signal, const struct signal_action *new, struct signal_action *old);

/* Handler tables: at clone and exec. */
NODISCARD struct signal_handlers *signal_handlers_create(void);
NODISCARD struct signal_handlers *signal_handlers_clone(struct signal_handlers *source);
void signal_handlers_put(struct signal_handlers *handlers);
void signal_reset_for_exec(struct process *process);
/* Drop everything queued (exit). */
void pending_signals_init(struct pending_signals *pending);
void pending_signals_flush(struct pending_signals *pending);

static inline signal_set_t signal_bit(int signal)
{
	return 1ul << (signal - 1);
}
