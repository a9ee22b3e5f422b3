/* SPDX-License-Identifier: MIT */
/*
 * Which CPU a task runs on. A woken task goes to an idle CPU if there is one; an idle CPU
 * pulls from the longest queue; affinity forbids CPUs.
 */
#include "arch/apic.h"
#include "arch/trap.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "proc/run_queue_private.h"
#include "proc/sched.h"
#include "trace/kernel/trace.h"

enum { WAKEUP_BONUS_NS = 3000000 }; /* a sleeper starts that much before the others */

static bool is_allowed(const struct task *task, uint32_t cpu)
{
	return task->allowed_cpus >> cpu & 1;
}

static bool is_idle_cpu(uint32_t cpu)
{
	const struct run_queue *queue = &run_queues[cpu];
	return load_relaxed(&queue->running) == queue->idle &&
	       load_relaxed(&queue->ready_count) == 0 && load_relaxed(&cpus[cpu].is_online);
}

static uint32_t choose_cpu(const struct task *task)
{
	if (is_allowed(task, task->cpu) && is_idle_cpu(task->cpu))
		return task->cpu;
	uint32_t best = task->cpu;
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		if (!is_allowed(task, cpu) || !load_relaxed(&cpus[cpu].is_online))
			continue;
		if (is_idle_cpu(cpu))
			return cpu;
		if (!is_allowed(task, best))
			best = cpu;
	}
	return best;
}

static void request_reschedule(uint32_t cpu)
{
	store_relaxed(&cpus[cpu].needs_resched, 1);
	if (cpu != cpu_current_id())
		apic_send(cpu, VECTOR_RESCHEDULE);
}

/* Put a ready task on a queue. */
static void add_ready(struct run_queue *queue, struct task *task) REQUIRES(queue->lock)
{
	uint64_t earliest = queue->minimum_runtime - WAKEUP_BONUS_NS;
	if ((int64_t)(task->virtual_runtime - earliest) < 0)
		task->virtual_runtime = earliest;
	run_queue_add(queue, task);
	struct task *running = queue->running;
	if (running == queue->idle ||
	    (int64_t)(running->virtual_runtime - task->virtual_runtime) > WAKEUP_BONUS_NS / 2)
		request_reschedule((uint32_t)(queue - run_queues));
}

void sched_send_to(struct task *task, uint32_t cpu)
{
	task->virtual_runtime +=
		run_queues[cpu].minimum_runtime - run_queues[task->cpu].minimum_runtime;
	store_relaxed(&task->cpu, cpu); // RUNNING already: nobody else places it
}

void sched_place(struct task *task)
{
	for (;;) {
		struct run_queue *queue = &run_queues[task->cpu];
		irqflags_t flags = spin_lock_irqsave(&queue->lock);
		// Its affinity may have changed since the CPU was chosen, but not under the lock.
		uint32_t cpu = is_allowed(task, task->cpu) ? task->cpu : choose_cpu(task);
		if (cpu == task->cpu) {
			add_ready(queue, task);
			spin_unlock_irqrestore(&queue->lock, flags);
			return;
		}
		sched_send_to(task, cpu);
		spin_unlock_irqrestore(&queue->lock, flags);
	}
}

/* Wake if the state is one of the mask's (a bit per task_state). */
static bool wake(struct task *task, uint32_t states)
{
	struct run_queue *queue;
	irqflags_t flags = run_queue_lock_of(task, &queue);

	if (!(states >> task->state & 1)) {
		spin_unlock_irqrestore(&queue->lock, flags);
		return false;
	}
	store_relaxed(&task->state, TASK_RUNNING);
	if (task->is_on_queue || queue->running == task) {
		spin_unlock_irqrestore(&queue->lock, flags);
		return true;
	}
	uint32_t cpu = choose_cpu(task);
	trace_sched_wakeup(task->tid, cpu);
	if (cpu == task->cpu) {
		add_ready(queue, task);
		spin_unlock_irqrestore(&queue->lock, flags);
		return true;
	}
	sched_send_to(task, cpu);
	spin_unlock_irqrestore(&queue->lock, flags);
	sched_place(task);
	return true;
}

bool task_wake(struct task *task)
{
	return wake(task, 1 << TASK_INTERRUPTIBLE | 1 << TASK_UNINTERRUPTIBLE);
}

bool task_wake_for_signal(struct task *task, bool also_stopped)
{
	return wake(task, 1 << TASK_INTERRUPTIBLE | (also_stopped ? 1 << TASK_STOPPED : 0));
}

void sched_start(struct task *task)
{
	preempt_disable();
	task->cpu = cpu_current_id();
	uint32_t cpu = choose_cpu(task);
	task->virtual_runtime = run_queues[cpu].minimum_runtime;
	task->cpu = cpu;
	task->state = TASK_RUNNING;
	sched_place(task);
	preempt_enable();
}

void sched_pull(uint32_t to)
{
	uint32_t busiest = to, most = 0;
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		uint32_t ready = load_relaxed(&run_queues[cpu].ready_count);
		if (cpu != to && ready > most)
			most = ready, busiest = cpu;
	}
	if (busiest == to)
		return;
	struct run_queue *from = &run_queues[busiest];
	struct task *task = NULL;
	spin_lock(&from->lock);
	for (struct rb_node *node = rb_last(&from->ready); node && !task;
	     node = rb_previous(node)) {
		struct task *candidate = rb_entry(node, struct task, run_node);
		if (is_allowed(candidate, to))
			task = candidate;
	}
	if (task) {
		run_queue_remove(from, task);
		sched_send_to(task, to);
		trace_sched_migrate(task->tid, busiest, to);
	}
	spin_unlock(&from->lock);
	if (task)
		sched_place(task);
}

void sched_kick_idle_cpu(void)
{
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		if (cpu != cpu_current_id() && is_idle_cpu(cpu)) {
			request_reschedule(cpu);
			return;
		}
}

int sched_set_affinity(struct task *task, uint64_t allowed)
{
	struct run_queue *queue;
	uint64_t online = (1ul << cpu_count) - 1;

	if (!(allowed & online))
		return -EINVAL;
	irqflags_t flags = run_queue_lock_of(task, &queue);
	task->allowed_cpus = allowed & online;
	bool is_misplaced = !is_allowed(task, task->cpu);
	if (is_misplaced && task->is_on_queue) {
		run_queue_remove(queue, task);
		spin_unlock_irqrestore(&queue->lock, flags);
		sched_place(task);
		return 0;
	}
	if (is_misplaced && queue->running == task)
		request_reschedule(task->cpu);
	spin_unlock_irqrestore(&queue->lock, flags);
	if (is_misplaced && task == current_task())
		schedule();
	return 0;
}
