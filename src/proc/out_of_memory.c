/* SPDX-License-Identifier: MIT */
/*
 * When a page fault finds no memory, whoever faulted is rarely the one to blame. So the process
 * with the most resident pages is killed, never PID 1, and the fault is tried again. The victim
 * may need a lock that the waiting task holds: so the faults' number of tries has an end.
 */
#include "proc/out_of_memory.h"

#include "core/log.h"
#include "core/time.h"
#include "lib/atomic.h"
#include "mm/mm.h"
#include "proc/signal.h"

enum { WAIT_NS = 10000000 };

/* The process with the most resident pages, referenced; NULL: none. */
static struct process *find_largest(uint64_t *most)
{
	struct process *found = NULL;
	struct task *task;

	*most = 0;
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	list_for_each (task, &all_tasks, all_link) {
		uint64_t pages = task->mm ? load_relaxed(&task->mm->resident_pages) : 0;
		if (pages > *most && task->process != init_process) {
			*most = pages;
			found = task->process;
		}
	}
	if (found)
		process_get(found);
	spin_unlock_irqrestore(&tasks_lock, flags);
	return found;
}

static bool is_being_killed(struct process *process)
{
	irqflags_t flags = spin_lock_irqsave(&process->signal_lock);
	bool is_killed = process->is_exiting || (process->pending.set & signal_bit(SIGKILL));
	spin_unlock_irqrestore(&process->signal_lock, flags);
	return is_killed;
}

bool out_of_memory_kill(void)
{
	static struct wait_queue nobody_wakes = WAIT_QUEUE_INIT(nobody_wakes);
	uint64_t pages;
	struct process *victim = find_largest(&pages);
	if (!victim)
		return false;
	bool is_current = victim == current_process();
	if (!is_being_killed(victim)) {
		log_line("out of memory: PID %d is killed, it has %lu KiB", victim->pid,
			 pages * (PAGE_SIZE / 1024));
		signal_send_process(victim, SIGKILL, NULL);
	}
	process_put(victim);
	if (is_current)
		return false;
	nanoseconds_t until = time_since_boot() + WAIT_NS;
	(void)WAIT_EVENT_ANY(&nobody_wakes, false, "memory", false, until);
	return true;
}
