/* SPDX-License-Identifier: MIT */
/* Acting on signals at the border to user mode. */
#include "arch/apic.h"
#include "arch/trap.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "lib/string.h"
#include "proc/process.h"
#include "proc/sched.h"
#include "proc/signal_private.h"
#include "trace/kernel/trace.h"

enum { SYSCALL_INSTRUCTION_SIZE = 2 };

void signal_interrupt_cpu(struct task *task)
{
	apic_send(load_relaxed(&task->cpu), VECTOR_RESCHEDULE);
}

/*
 * A call that ended with -ERESTART*: run it again, or make it EINTR. handler: the action
 * that will run first, or NULL.
 */
static void settle_restart(struct trap_frame *frame, const struct signal_action *handler)
{
	long result = (long)frame->rax;

	if (frame->vector != TRAP_SYSCALL || (result != -ERESTARTSYS && result != -ERESTARTNOHAND))
		return;
	bool restarts = !handler || (result == -ERESTARTSYS && (handler->flags & SA_RESTART));
	if (restarts) {
		frame->rax = frame->error_code; // the call's number
		frame->rip -= SYSCALL_INSTRUCTION_SIZE;
		frame->rcx = frame->rip;
	} else {
		frame->rax = (uint64_t)-EINTR;
	}
}

static void stop_process(int signal)
{
	struct task *task = current_task(), *other;
	struct process *process = task->process;
	siginfo_t info = { .si_signo = SIGCHLD };

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	bool is_first = !process->is_stopped;
	if (is_first) {
		process->is_stopped = true;
		process->stop_signal = signal;
		process->is_continued = false;
		list_for_each (other, &process->threads, thread_link)
			if (other != task) {
				store_release(&other->has_signal_work, true);
				task_wake_for_signal(other, false);
			}
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	if (is_first) {
		info.si_code = CLD_STOPPED;
		info.si_pid = process->pid;
		info.si_status = signal;
		signal_notify_parent(process, &info);
	}
}

/* Sleep while the process is stopped; SIGCONT and SIGKILL wake. */
static void sleep_while_stopped(void)
{
	struct task *task = current_task();
	struct process *process = task->process;

	while (load_acquire(&process->is_stopped) && !load_acquire(&process->is_exiting) &&
	       !((task->pending.set | process->pending.set) & signal_bit(SIGKILL))) {
		task->wait_reason = "stopped";
		store_relaxed(&task->state, TASK_STOPPED);
		fence_full();
		if (load_acquire(&process->is_stopped) && !load_acquire(&process->is_exiting) &&
		    !((task->pending.set | process->pending.set) & signal_bit(SIGKILL)))
			schedule();
		wait_finish();
	}
}

/* Job control must not stop a group whose parents cannot continue it (POSIX: orphaned). */
bool process_group_is_orphaned(int32_t group)
{
	struct process *process;
	struct task *task;
	bool is_orphaned = true;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	for_each_process_locked (process, task) {
		struct process *parent = process->parent;
		if (process->process_group == group && parent && !process->is_zombie &&
		    parent->process_group != group && parent->session == process->session)
			is_orphaned = false;
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	return is_orphaned;
}

static void act_by_default(int signal)
{
	struct task *task = current_task();
	struct process *process = task->process;

	if (process == init_process && task->forced_signal != signal && signal != SIGCONT)
		return;
	switch (signal_default_action(signal)) {
	case SIGNAL_TERMINATE:
		process_exit(signal);
	case SIGNAL_STOP:
		if (signal == SIGSTOP || !process_group_is_orphaned(process->process_group))
			stop_process(signal);
		break;
	case SIGNAL_CONTINUE:
	case SIGNAL_IGNORE:
		break;
	}
}

/* What a handler's frame must restore: the mask before sigsuspend and its like changed it. */
static signal_set_t mask_to_restore(struct task *task)
{
	if (!task->has_saved_blocked)
		return task->blocked;
	task->has_saved_blocked = false;
	return task->saved_blocked;
}

static void run_handler(struct trap_frame *frame, int signal, const struct signal_action *action,
			const siginfo_t *info)
{
	struct task *task = current_task();

	settle_restart(frame, action);
	trace_signal_deliver(signal, action->handler);
	signal_set_t restore = mask_to_restore(task);
	if (signal_frame_push(frame, signal, action, info, restore) != 0)
		process_exit(SIGSEGV); // no stack to run the handler on
	signal_set_t blocked = task->blocked | action->mask;
	if (!(action->flags & SA_NODEFER))
		blocked |= signal_bit(signal);
	signal_set_blocked(blocked);
}

/* The action for a signal, reset if it asks for that. */
static struct signal_action take_action(int signal)
{
	struct process *process = current_process();
	irqflags_t flags = spin_lock_irqsave(&process->signal_lock);
	struct signal_action *action = &process->handlers->actions[signal - 1];
	struct signal_action copy = *action;
	if ((action->flags & SA_RESETHAND) && action->handler != (vaddr_t)SIG_IGN)
		action->handler = (vaddr_t)SIG_DFL;
	spin_unlock_irqrestore(&process->signal_lock, flags);
	return copy;
}

void signal_deliver(struct trap_frame *frame)
{
	struct task *task = current_task();
	bool has_handler = false;
	siginfo_t info;

	for (;;) {
		store_release(&task->has_signal_work, false);
		fence_full(); // a signal sent from here on sets it again
		if (load_acquire(&task->process->is_exiting))
			task_exit(task->process->group_exit_status);
		sleep_while_stopped();
		if (load_acquire(&task->process->is_exiting))
			continue;
		int signal = signal_take(~task->blocked, &info);
		if (!signal)
			break;
		struct signal_action action = take_action(signal);
		if (action.handler == (vaddr_t)SIG_IGN)
			continue;
		if (action.handler == (vaddr_t)SIG_DFL) {
			act_by_default(signal);
			task->forced_signal = 0;
			continue;
		}
		task->forced_signal = 0;
		run_handler(frame, signal, &action, &info);
		has_handler = true;
		// The next handler's frame goes on top; deliver all that are unblocked now.
	}
	if (!has_handler) {
		settle_restart(frame, NULL);
		if (task->has_saved_blocked) {
			task->has_saved_blocked = false;
			signal_set_blocked(task->saved_blocked);
		}
	}
}
