/* SPDX-License-Identifier: MIT */
/* Ending threads and processes, and waiting for them. */
#include "core/log.h"
#include "core/time.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/futex.h"
#include "proc/process.h"
#include "proc/resources.h"
#include "proc/sched_private.h"
#include "proc/signal.h"
#include "proc/task_init.h"
#include "trace/kernel/trace.h"

#include <linux/resource.h>
#include <linux/wait.h>

const struct terminal_operations *terminal_operations;

enum { STATUS_STOPPED = 0x7f, STATUS_CONTINUED = 0xffff };

/* False: somebody else ends the process, or executes a program, already. */
static bool kill_threads(struct process *process, int status)
{
	struct task *task;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	spin_lock(&process->signal_lock);
	bool is_first = !process->is_exiting;
	if (is_first) {
		process->is_exiting = true;
		process->group_exit_status = status;
	}
	spin_unlock(&process->signal_lock);
	list_for_each (task, &process->threads, thread_link)
		if (task != current_task()) {
			store_release(&task->has_signal_work, true);
			task_wake_for_signal(task, true);
		}
	spin_unlock_irqrestore(&tasks_lock, flags);
	return is_first;
}

void process_kill_threads(struct process *process, int status)
{
	(void)kill_threads(process, status);
}

/* A thread other than the leader that calls exec takes over the leader's number. */
static void take_over_leadership(struct task *caller, struct task *leader) REQUIRES(tasks_lock)
{
	list_remove(&caller->pid_link);
	list_remove(&leader->pid_link);
	int32_t own = caller->tid;
	caller->tid = leader->tid;
	leader->tid = own;
	task_relink_locked(caller);
	task_relink_locked(leader);
	task_unpublish_locked(leader);
	caller->process->leader = NULL;
}

int process_kill_other_threads(struct task *caller)
{
	struct process *process = caller->process;

	if (!kill_threads(process, 0))
		return -EAGAIN;
	WAIT_EVENT(&process->thread_wait, load_acquire(&process->thread_count) == 1, "threads");
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	struct task *leader = process->leader;
	if (leader)
		take_over_leadership(caller, leader);
	process->is_exiting = false;
	spin_unlock_irqrestore(&tasks_lock, flags);
	if (leader) {
		while (load_acquire(&leader->is_on_cpu))
			cpu_relax();
		task_put(leader);
		PERCPU_WRITE(current_tid, caller->tid);
	}
	task_free_dead();
	return 0;
}

/* Orphans go to PID 1; those that are zombies already are announced to it. */
static bool give_children_away(struct process *process) REQUIRES(tasks_lock)
{
	struct process *child, *next;
	bool has_zombies = false;

	list_for_each_safe (child, next, &process->children, sibling) {
		list_remove(&child->sibling);
		child->parent = init_process;
		child->exit_signal = SIGCHLD;
		list_add_last(&init_process->children, &child->sibling);
		has_zombies |= child->is_zombie;
	}
	return has_zombies;
}

/* A child of the process that wants a signal when its parent ends: a reference, or NULL. */
static struct process *take_asking_child(struct process *process, int *signal)
{
	struct process *child, *found = NULL;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	list_for_each (child, &process->children, sibling)
		if (!found && child->parent_death_signal && !child->is_zombie) {
			*signal = child->parent_death_signal;
			child->parent_death_signal = 0;
			process_get(child);
			found = child;
		}
	spin_unlock_irqrestore(&tasks_lock, flags);
	return found;
}

static void kill_children_that_asked(struct process *process)
{
	struct process *child;
	int signal;

	while ((child = take_asking_child(process, &signal))) {
		(void)signal_send_process(child, signal, NULL);
		process_put(child);
	}
}

static bool parent_ignores_children(struct process *parent)
{
	irqflags_t flags = spin_lock_irqsave(&parent->signal_lock);
	const struct signal_action *action = &parent->handlers->actions[SIGCHLD - 1];
	bool ignores = action->handler == (vaddr_t)SIG_IGN || (action->flags & SA_NOCLDWAIT);
	spin_unlock_irqrestore(&parent->signal_lock, flags);
	return ignores;
}

static void fill_child_info(siginfo_t *info, const struct process *process, int uid)
{
	int status = process->exit_status;
	memset(info, 0, sizeof(*info));
	info->si_signo = SIGCHLD;
	info->si_pid = process->pid;
	info->si_uid = (uint32_t)uid;
	if ((status & 0x7f) == 0) {
		info->si_code = CLD_EXITED;
		info->si_status = status >> 8 & 0xff;
	} else {
		info->si_code = status & 0x80 ? CLD_DUMPED : CLD_KILLED;
		info->si_status = status & 0x7f;
	}
}

/* The last thread is going: the process becomes a zombie, or vanishes if nobody waits. */
static void end_process(struct process *process, struct task *task)
{
	siginfo_t info;

	if (process == init_process)
		panic("PID 1 ended with status %x", (unsigned)process->exit_status);
	if (process->alarm_timer) {
		timer_cancel(process->alarm_timer);
		kfree(process->alarm_timer);
		process->alarm_timer = NULL;
	}
	if (process->session == process->pid && terminal_operations)
		terminal_operations->leave_session(process);
	fill_child_info(&info, process, (int)task->credentials.uid);

	kill_children_that_asked(process);
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	bool init_has_zombies = give_children_away(process);
	struct process *parent = process->parent;
	process_get(parent);
	bool is_ignored = parent_ignores_children(parent);
	process->is_zombie = true;
	if (is_ignored)
		list_remove(&process->sibling);
	spin_unlock_irqrestore(&tasks_lock, flags);

	if (process->exit_signal)
		signal_send_process(parent, process->exit_signal, &info);
	wait_queue_wake_all(&parent->child_wait);
	if (init_has_zombies)
		wait_queue_wake_all(&init_process->child_wait);
	process_put(parent);
	if (is_ignored) {
		flags = spin_lock_irqsave(&tasks_lock);
		struct task *leader = process->leader;
		process->leader = NULL;
		task_unpublish_locked(leader);
		spin_unlock_irqrestore(&tasks_lock, flags);
		task_put(leader);
		process_put(process);
	}
}

static void clear_tid(struct task *task)
{
	if (!task->clear_tid || !task->mm || refcount_read(&task->mm->references) <= 1)
		return;
	if (put_user(0, task->clear_tid) == 0)
		futex_wake_address(task->clear_tid, 1);
}

static void release_resources(struct task *task)
{
	struct mm *mm = task->mm;
	struct file_table *files = task->files;
	struct fs_context *fs = task->fs;

	/* Others (/proc) take references on these under the lock. */
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	task->mm = NULL;
	mm_switch_to(NULL);
	spin_unlock_irqrestore(&tasks_lock, flags);
	vfork_complete(task);
	mm_put(mm);
	flags = spin_lock_irqsave(&tasks_lock);
	task->files = NULL;
	task->fs = NULL;
	spin_unlock_irqrestore(&tasks_lock, flags);
	if (files)
		resource_operations->files_put(files);
	if (fs)
		resource_operations->fs_put(fs);
}

void task_exit(int status)
{
	struct task *task = current_task();
	struct process *process = task->process;

	ASSERT(!in_interrupt() && PERCPU_READ(preempt_count) == 0);
	task_free_dead();
	trace_process_exit(status);
	if (!task->is_kernel_thread) {
		futex_release_robust(task);
		clear_tid(task);
		release_resources(task);
	}

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	bool is_last = --process->thread_count == 0 && !task->is_kernel_thread;
	bool is_leader = process->pid == task->tid;
	if (process->is_exiting)
		status = process->group_exit_status;
	if (is_leader || is_last)
		process->exit_status = status;
	process->exited_user_time += task->user_time;
	process->exited_system_time += task->system_time;
	if (is_leader)
		process->leader = task; // stays findable until the process is reaped
	else
		task_unpublish_locked(task);
	spin_unlock_irqrestore(&tasks_lock, flags);
	if (!is_leader)
		task_put(task); // the lists' reference; the scheduler's own is left
	wait_queue_wake_all(&process->thread_wait);

	if (is_last)
		end_process(process, task);
	sched_exit();
}

void process_exit(int status)
{
	process_kill_threads(current_process(), status);
	task_exit(status);
}

/* ---- wait ---- */

static bool is_asked_for(const struct process *child, const struct wait_request *request)
{
	// A child that tells its parent otherwise than by SIGCHLD is waited for on demand only.
	bool is_clone = child->exit_signal != SIGCHLD;
	if (!(request->options & __WALL) && is_clone != !!(request->options & __WCLONE))
		return false;
	switch (request->kind) {
	case WAIT_FOR_PROCESS:
		return child->pid == request->id;
	case WAIT_FOR_GROUP:
		return child->process_group ==
		       (request->id ? request->id : current_process()->process_group);
	default:
		return true;
	}
}

static void fill_usage(struct rusage *usage, const struct process *child)
{
	nanoseconds_t user = child->exited_user_time + child->children_user_time;
	nanoseconds_t system = child->exited_system_time + child->children_system_time;

	memset(usage, 0, sizeof(*usage));
	usage->ru_utime.tv_sec = (long)(user / NANOSECONDS_PER_SECOND);
	usage->ru_utime.tv_usec = (long)(user % NANOSECONDS_PER_SECOND / 1000);
	usage->ru_stime.tv_sec = (long)(system / NANOSECONDS_PER_SECOND);
	usage->ru_stime.tv_usec = (long)(system % NANOSECONDS_PER_SECOND / 1000);
}

/* Take a zombie out of the family; true if this caller is the one. */
static void detach_zombie(struct process *child) REQUIRES(tasks_lock)
{
	struct process *parent = child->parent;

	list_remove(&child->sibling);
	parent->children_user_time += child->exited_user_time + child->children_user_time;
	parent->children_system_time += child->exited_system_time + child->children_system_time;
	task_unpublish_locked(child->leader);
}

/* What a child has to tell, if anything. [T] held; *reaped gets a zombie that was detached. */
static bool take_event(struct process *child, const struct wait_request *request,
		       struct wait_result *result, struct process **reaped) REQUIRES(tasks_lock)
{
	bool keeps = request->options & WNOWAIT;

	if (child->is_zombie && (request->options & WEXITED)) {
		result->status = child->exit_status;
		if (!keeps) {
			detach_zombie(child);
			*reaped = child;
		}
	} else if (child->stop_signal && (request->options & WSTOPPED)) {
		result->status = child->stop_signal << 8 | STATUS_STOPPED;
		if (!keeps)
			child->stop_signal = 0;
	} else if (child->is_continued && (request->options & WCONTINUED)) {
		result->status = STATUS_CONTINUED;
		if (!keeps)
			child->is_continued = false;
	} else {
		return false;
	}
	result->pid = child->pid;
	if (result->usage)
		fill_usage(result->usage, child);
	return true;
}

/* pid, 0 when nothing has happened yet, -ECHILD. */
static long look_at_children(const struct wait_request *request, struct wait_result *result)
{
	struct process *parent = current_process(), *child, *reaped = NULL;
	long answer = -ECHILD;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	list_for_each (child, &parent->children, sibling) {
		if (!is_asked_for(child, request))
			continue;
		answer = 0;
		if (take_event(child, request, result, &reaped)) {
			answer = result->pid;
			break;
		}
	}
	struct task *leader = reaped ? reaped->leader : NULL;
	if (reaped) {
		result->uid = leader->credentials.uid;
		reaped->leader = NULL;
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	if (reaped) {
		// A zombie's last thread may still be leaving its CPU: its memory is in use.
		while (load_acquire(&leader->is_on_cpu))
			cpu_relax();
		task_put(leader);
		process_put(reaped);
		task_free_dead();
	}
	return answer;
}

long process_wait(const struct wait_request *request, struct wait_result *result)
{
	struct process *process = current_process();
	long answer = 0;

	int error = WAIT_EVENT_INTERRUPTIBLE(&process->child_wait,
					     (answer = look_at_children(request, result)) != 0 ||
						     (request->options & WNOHANG),
					     "child");
	return answer ? answer : error;
}

/* ---- groups and sessions ---- */

int process_set_group(int32_t pid, int32_t group)
{
	struct process *caller = current_process(), *process, *other;
	struct task *task;
	int error = 0;

	if (group < 0)
		return -EINVAL;
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	process = caller;
	if (pid && pid != caller->pid) {
		struct task *leader = task_find_locked(pid);
		process = leader && leader->process->pid == pid ? leader->process : NULL;
	}
	if (group == 0)
		group = process ? process->pid : 0;
	if (!process || (process != caller && process->parent != caller))
		error = -ESRCH;
	else if (process != caller && process->has_executed)
		error = -EACCES;
	else if (process->session == process->pid || process->session != caller->session)
		error = -EPERM;
	else if (group != process->pid) {
		error = -EPERM;
		for_each_process_locked (other, task)
			if (other->process_group == group && other->session == caller->session)
				error = 0;
	}
	if (!error)
		process->process_group = group;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return error;
}

int process_set_session(void)
{
	struct process *caller = current_process(), *other;
	struct task *task;
	int error = 0;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	for_each_process_locked (other, task)
		if (other->process_group == caller->pid)
			error = -EPERM;
	if (!error) {
		caller->session = caller->process_group = caller->pid;
		caller->terminal = NULL;
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	return error ? error : caller->pid;
}
