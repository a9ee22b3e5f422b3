/* SPDX-License-Identifier: MIT */
/*
 * Sending and keeping signals. Standard signals are a bit each; one with siginfo also has
 * an entry in the queue, as real-time signals always do. Delivery is in signal_deliver.c.
 *
 * In interrupt context nothing can be allocated, so a signal sent there has no siginfo of
 * its own: the receiver sees SI_KERNEL.
 */
#include "proc/signal.h"

#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "proc/sched.h"
#include "proc/signal_private.h"
#include "trace/kernel/trace.h"

void pending_signals_init(struct pending_signals *pending)
{
	pending->set = 0;
	list_init(&pending->queue);
}

void pending_signals_flush(struct pending_signals *pending)
{
	while (!list_is_empty(&pending->queue)) {
		struct signal_entry *entry = list_first(&pending->queue, struct signal_entry, link);
		list_remove(&entry->link);
		kfree(entry);
	}
	pending->set = 0;
}

struct signal_handlers *signal_handlers_create(void)
{
	struct signal_handlers *handlers = knew(struct signal_handlers);
	if (handlers)
		refcount_init(&handlers->references);
	return handlers;
}

struct signal_handlers *signal_handlers_clone(struct signal_handlers *source)
{
	struct signal_handlers *copy = signal_handlers_create();
	if (copy)
		memcpy(copy->actions, source->actions, sizeof(copy->actions));
	return copy;
}

void signal_handlers_put(struct signal_handlers *handlers)
{
	if (refcount_put(&handlers->references))
		kfree(handlers);
}

void signal_reset_for_exec(struct process *process)
{
	irqflags_t flags = spin_lock_irqsave(&process->signal_lock);
	for (int i = 0; i < SIGNAL_COUNT; i++) {
		struct signal_action *action = &process->handlers->actions[i];
		if (action->handler != (vaddr_t)SIG_IGN)
			action->handler = (vaddr_t)SIG_DFL;
		action->flags = 0;
		action->restorer = 0;
		action->mask = 0;
	}
	spin_unlock_irqrestore(&process->signal_lock, flags);
}

enum signal_default signal_default_action(int signal)
{
	switch (signal) {
	case SIGCHLD:
	case SIGURG:
	case SIGWINCH:
		return SIGNAL_IGNORE;
	case SIGCONT:
		return SIGNAL_CONTINUE;
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return SIGNAL_STOP;
	default:
		return SIGNAL_TERMINATE;
	}
}

/* Would it be thrown away at once? [S] held. */
static bool is_ignored(const struct process *process, int signal) REQUIRES(process->signal_lock)
{
	vaddr_t handler = process->handlers->actions[signal - 1].handler;

	if (handler == (vaddr_t)SIG_IGN)
		return true;
	if (handler != (vaddr_t)SIG_DFL)
		return false;
	enum signal_default action = signal_default_action(signal);
	// PID 1 gets only what it asked for, so that it cannot be killed.
	return action == SIGNAL_IGNORE || (process == init_process && action != SIGNAL_CONTINUE);
}

static void remove_signals(struct pending_signals *pending, signal_set_t which)
{
	struct signal_entry *entry, *next;

	pending->set &= ~which;
	list_for_each_safe (entry, next, &pending->queue, link)
		if (signal_bit(entry->info.si_signo) & which)
			entry->is_void = true; // freed when it is taken: this may be an interrupt
}

static void remove_everywhere(struct process *process, signal_set_t which)
	REQUIRES(tasks_lock, process->signal_lock)
{
	struct task *task;

	remove_signals(&process->pending, which);
	list_for_each (task, &process->threads, thread_link)
		remove_signals(&task->pending, which);
}

static bool ignores(const struct signal_action *action, int signal)
{
	return action->handler == (vaddr_t)SIG_IGN ||
	       (action->handler == (vaddr_t)SIG_DFL &&
		signal_default_action(signal) == SIGNAL_IGNORE);
}

void signal_exchange_action(int signal, const struct signal_action *new, struct signal_action *old)
{
	struct process *process = current_process();

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	spin_lock(&process->signal_lock);
	struct signal_action *kept = &process->handlers->actions[signal - 1];
	*old = *kept;
	if (new) {
		*kept = *new;
		kept->mask &= ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
		if (ignores(kept, signal)) // POSIX
			remove_everywhere(process, signal_bit(signal));
	}
	spin_unlock(&process->signal_lock);
	spin_unlock_irqrestore(&tasks_lock, flags);
}

/* SIGCONT and the stop signals cancel each other. */
static void cancel_opposites(struct process *process, int signal)
	REQUIRES(tasks_lock, process->signal_lock)
{
	const signal_set_t stops = signal_bit(SIGSTOP) | signal_bit(SIGTSTP) | signal_bit(SIGTTIN) |
				   signal_bit(SIGTTOU);
	signal_set_t which = signal == SIGCONT		  ? stops
			     : signal_bit(signal) & stops ? signal_bit(SIGCONT)
							  : 0;
	if (which)
		remove_everywhere(process, which);
}

/* True if the parent is to be told that the process goes on. */
static bool continue_process(struct process *process) REQUIRES(tasks_lock, process->signal_lock)
{
	struct task *task;

	list_for_each (task, &process->threads, thread_link)
		task_wake_for_signal(task, true);
	if (!process->is_stopped)
		return false;
	process->is_stopped = false;
	process->stop_signal = 0;
	process->is_continued = true;
	return true;
}

static void tell_task(struct task *task, int signal)
{
	store_release(&task->has_signal_work, true);
	if (!task_wake_for_signal(task, signal == SIGKILL) && task != current_task() &&
	    load_acquire(&task->is_on_cpu))
		signal_interrupt_cpu(task);
}

static bool is_wanted(const struct task *task, int signal)
{
	return !(task->blocked & signal_bit(signal)) || (task->waited_for & signal_bit(signal));
}

/* Someone to act on a process signal: the current task, else any that does not block it. */
static struct task *choose_task(struct process *process, int signal)
{
	struct task *task;

	if (current_task() && current_process() == process && is_wanted(current_task(), signal))
		return current_task();
	list_for_each (task, &process->threads, thread_link)
		if (task->state != TASK_ZOMBIE && is_wanted(task, signal))
			return task;
	return NULL;
}

/* Takes *entry if it is used. */
static int add_pending(struct pending_signals *pending, int signal, const siginfo_t *info,
		       struct signal_entry **entry)
{
	bool is_standard = signal < SIGRTMIN;

	if (is_standard && (pending->set & signal_bit(signal)))
		return 0;
	if (*entry) {
		(*entry)->info = *info;
		(*entry)->info.si_signo = signal;
		list_add_last(&pending->queue, &(*entry)->link);
		*entry = NULL;
	} else if (!is_standard && info) {
		return -EAGAIN;
	}
	pending->set |= signal_bit(signal);
	return 0;
}

/* target: a thread for signals to one thread, NULL for the process. */
static int send_locked(struct process *process, struct task *target, int signal,
		       const siginfo_t *info, struct signal_entry **entry, bool *continued)
	REQUIRES(tasks_lock)
{
	spin_lock(&process->signal_lock);
	cancel_opposites(process, signal);
	if (signal == SIGCONT)
		*continued = continue_process(process);
	struct pending_signals *pending = target ? &target->pending : &process->pending;
	struct task *task = target ? target : choose_task(process, signal);
	bool is_blocked = target ? !is_wanted(target, signal) : !task;
	int error = 0;
	bool is_awaited = task && (task->waited_for & signal_bit(signal));
	bool is_dropped =
		process->is_zombie || (is_ignored(process, signal) && !is_blocked && !is_awaited &&
				       !(target && target->forced_signal == signal));
	if (!is_dropped)
		error = add_pending(pending, signal, info, entry);
	spin_unlock(&process->signal_lock);
	if (task && !error)
		tell_task(task, signal);
	trace_signal_send(signal, task ? task->tid : process->pid);
	return error;
}

static void tell_parent_continued(struct process *process)
{
	siginfo_t info = { .si_signo = SIGCHLD };

	info.si_code = CLD_CONTINUED;
	info.si_pid = process->pid;
	info.si_status = SIGCONT;
	signal_notify_parent(process, &info);
}

static int send(struct process *process, struct task *target, int signal, const siginfo_t *info)
{
	bool continued = false;
	// Memory cannot be had in an interrupt, nor with interrupts off.
	bool may_allocate = !in_interrupt() && is_preemptible();
	struct signal_entry *entry = info && may_allocate ? knew(struct signal_entry) : NULL;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	int error = send_locked(process, target, signal, info, &entry, &continued);
	spin_unlock_irqrestore(&tasks_lock, flags);
	kfree(entry); // not used; never under a lock that interrupts take
	if (continued && may_allocate)
		tell_parent_continued(process);
	return error;
}

int signal_send_process(struct process *process, int signal, const siginfo_t *info)
{
	return send(process, NULL, signal, info);
}

int signal_send_task(struct task *task, int signal, const siginfo_t *info)
{
	return send(task->process, task, signal, info);
}

int signal_send_group(int32_t group, int signal, const siginfo_t *info)
{
	struct process *process;
	struct task *task;
	int error = -ESRCH;

	(void)info; // an entry for each member cannot be had under the lock
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	for_each_process_locked (process, task) {
		bool continued = false;
		struct signal_entry *no_entry = NULL;
		if (process->process_group != group)
			continue;
		error = send_locked(process, NULL, signal, NULL, &no_entry, &continued);
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	return error;
}

/* The parent hears of a stop or continue, unless it asked not to. Thread context. */
void signal_notify_parent(struct process *process, const siginfo_t *info)
{
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	struct process *parent = process->parent;
	bool is_silent = true;
	if (parent) {
		process_get(parent);
		is_silent = parent->handlers->actions[SIGCHLD - 1].flags & SA_NOCLDSTOP;
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	if (!parent)
		return;
	if (!is_silent)
		signal_send_process(parent, SIGCHLD, info);
	wait_queue_wake_all(&parent->child_wait);
	process_put(parent);
}

void signal_force(int signal, int code, vaddr_t address)
{
	struct task *task = current_task();
	struct process *process = task->process;
	siginfo_t info = { .si_signo = signal };

	info.si_code = code;
	info.si_addr = (void *)address; // only ever a number here
	irqflags_t flags = spin_lock_irqsave(&process->signal_lock);
	struct signal_action *action = &process->handlers->actions[signal - 1];
	if ((task->blocked & signal_bit(signal)) || action->handler == (vaddr_t)SIG_IGN ||
	    process == init_process) {
		if (action->handler == (vaddr_t)SIG_IGN || (task->blocked & signal_bit(signal)))
			action->handler = (vaddr_t)SIG_DFL;
		task->blocked &= ~signal_bit(signal);
	}
	task->forced_signal = signal; // even PID 1 dies of its own faults
	spin_unlock_irqrestore(&process->signal_lock, flags);
	signal_send_task(task, signal, &info);
}

bool signal_is_pending(void)
{
	struct task *task = current_task();
	if (!load_acquire(&task->has_signal_work))
		return false;
	return task->process->is_exiting ||
	       ((task->pending.set | task->process->pending.set) & ~task->blocked) ||
	       task->process->is_stopped;
}

/* The lowest of the set, synchronous faults first; takes it out. [S] held. 0: none. */
static int take_from(struct pending_signals *pending, signal_set_t allowed, siginfo_t *info,
		     struct list *spent)
{
	struct signal_entry *entry, *next, *found = NULL;
	signal_set_t ready = pending->set & allowed;

	if (!ready)
		return 0;
	const signal_set_t faults = signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGILL) |
				    signal_bit(SIGTRAP) | signal_bit(SIGFPE) | signal_bit(SIGSYS);
	int signal = __builtin_ctzl(ready & faults ? ready & faults : ready) + 1;
	bool has_more = false;
	list_for_each_safe (entry, next, &pending->queue, link) {
		if (entry->is_void) {
			list_remove(&entry->link);
			list_add_last(spent, &entry->link);
		} else if (entry->info.si_signo == signal) {
			if (!found)
				found = entry;
			else
				has_more = true;
		}
	}
	memset(info, 0, sizeof(*info));
	info->si_signo = signal;
	info->si_code = SI_KERNEL;
	if (found) {
		*info = found->info;
		list_remove(&found->link);
		list_add_last(spent, &found->link);
	}
	if (!has_more)
		pending->set &= ~signal_bit(signal);
	return signal;
}

int signal_take(signal_set_t allowed, siginfo_t *info)
{
	struct task *task = current_task();
	struct process *process = task->process;
	struct pending_signals spent;

	pending_signals_init(&spent);
	irqflags_t flags = spin_lock_irqsave(&process->signal_lock);
	int signal = take_from(&task->pending, allowed, info, &spent.queue);
	if (!signal)
		signal = take_from(&process->pending, allowed, info, &spent.queue);
	spin_unlock_irqrestore(&process->signal_lock, flags);
	pending_signals_flush(&spent);
	return signal;
}

void signal_set_blocked(signal_set_t blocked)
{
	struct task *task = current_task();
	struct process *process = task->process;

	blocked &= ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
	irqflags_t flags = spin_lock_irqsave(&process->signal_lock);
	task->blocked = blocked;
	if ((task->pending.set | process->pending.set) & ~blocked)
		store_release(&task->has_signal_work, true);
	spin_unlock_irqrestore(&process->signal_lock, flags);
}
