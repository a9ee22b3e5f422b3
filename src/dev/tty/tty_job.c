/* SPDX-License-Identifier: MIT */
/*
 * Which session a terminal controls, and which of its jobs (process groups) is in the
 * foreground. Both are guarded by tasks_lock, as sessions and groups are.
 */
#include "dev/tty/tty_private.h"

#include "lib/atomic.h"
#include "proc/process.h"
#include "proc/resources.h"
#include "proc/signal.h"
#include "proc/task.h"

#include <asm/signal.h>

static bool is_ignored_or_blocked(int signal)
{
	struct task *task = current_task();
	struct process *process = task->process;

	irqflags_t flags = spin_lock_irqsave(&process->signal_lock);
	bool is = (task->blocked & signal_bit(signal)) ||
		  process->handlers->actions[signal - 1].handler == (vaddr_t)SIG_IGN;
	spin_unlock_irqrestore(&process->signal_lock, flags);
	return is;
}

static bool is_in_background(const struct tty *tty, const struct process *process)
{
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	bool is = process->terminal == tty && tty->foreground_group &&
		  tty->foreground_group != process->process_group;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return is;
}

int tty_check_job(struct tty *tty, int signal)
{
	struct process *process = current_process();

	if (!is_in_background(tty, process))
		return 0;
	if (is_ignored_or_blocked(signal))
		return signal == SIGTTOU ? 0 : -EIO;
	if (process_group_is_orphaned(process->process_group))
		return -EIO;
	signal_send_group(process->process_group, signal, NULL);
	return -ERESTARTSYS;
}

static void set_control_locked(struct tty *tty, struct process *process) REQUIRES(tasks_lock)
{
	process->terminal = tty;
	tty->session = process->session;
	tty->foreground_group = process->process_group;
}

static bool is_free_leader(const struct process *process)
{
	return process->session == process->pid && !process->terminal;
}

void tty_offer_control(struct tty *tty)
{
	struct process *process = current_process();

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	if (is_free_leader(process) && tty->session == 0)
		set_control_locked(tty, process);
	spin_unlock_irqrestore(&tasks_lock, flags);
}

/* The terminal controls nobody any more. */
static void release_control_locked(struct tty *tty) REQUIRES(tasks_lock)
{
	struct process *process;
	struct task *task;

	for_each_process_locked (process, task)
		if (process->terminal == tty)
			process->terminal = NULL;
	tty->session = tty->foreground_group = 0;
}

int tty_take_control(struct tty *tty, unsigned long steal)
{
	struct process *process = current_process();
	bool may_steal = steal == 1 && credentials_are_root(&current_task()->credentials);
	int error = 0;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	bool has_it = process->terminal == tty && process->session == process->pid;
	if (!has_it && (!is_free_leader(process) || (tty->session && !may_steal)))
		error = -EPERM;
	if (!has_it && !error) {
		release_control_locked(tty);
		set_control_locked(tty, process);
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	return error;
}

/* Frees the terminal of a session; its foreground group, or 0 when it had no terminal. */
static int32_t take_foreground_group(struct process *leader)
{
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	struct tty *tty = leader->terminal;
	int32_t group = tty ? tty->foreground_group : 0;
	if (tty)
		release_control_locked(tty);
	spin_unlock_irqrestore(&tasks_lock, flags);
	return group;
}

static void hang_up_group(int32_t group)
{
	if (!group)
		return;
	signal_send_group(group, SIGHUP, NULL);
	signal_send_group(group, SIGCONT, NULL);
}

int tty_give_up_control(struct tty *tty)
{
	struct process *process = current_process();

	if (process->terminal != tty)
		return -ENOTTY;
	if (process->session == process->pid)
		hang_up_group(take_foreground_group(process));
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	process->terminal = NULL;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return 0;
}

void tty_leave_session(struct process *leader)
{
	struct tty *tty = leader->terminal;

	if (!tty)
		return;
	hang_up_group(take_foreground_group(leader));
	fetch_add_relaxed(&tty->hangup_count, 1);
	tty_set_stopped(tty, false);
	wait_queue_wake_all(&tty->readers);
}

struct terminal_state tty_state(const struct tty *tty)
{
	return (struct terminal_state){ tty->device, tty->foreground_group };
}

int tty_set_foreground(struct tty *tty, int32_t group)
{
	struct process *process = current_process(), *other;
	struct task *task;

	int error = tty_check_job(tty, SIGTTOU);
	if (error)
		return error == -EIO ? -ENOTTY : error;
	if (group < 0)
		return -EINVAL;
	error = -ESRCH;
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	for_each_process_locked (other, task)
		if (other->process_group == group && (error == -ESRCH))
			error = other->session == process->session ? 0 : -EPERM;
	if (process->terminal != tty || tty->session != process->session)
		error = -ENOTTY;
	if (!error)
		tty->foreground_group = group;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return error;
}
