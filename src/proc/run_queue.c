/* SPDX-License-Identifier: MIT */
/*
 * A CPU's ready tasks, a tree ordered by virtual runtime: the time they ran, divided by their
 * weight.
 *
 * Invariant: a task with is_on_queue is in the tree of run_queues[task->cpu]; the running
 * task is in no tree.
 */
#include "proc/run_queue_private.h"

#include "lib/atomic.h"
#include "proc/sched_private.h"

enum { WEIGHT_NICE_0 = 1024 };

struct run_queue run_queues[MAX_CPUS];

/* Linux's sched_prio_to_weight: each nice level is a factor of 1.25. */
static const uint32_t nice_weights[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,	 1991,	1586,  1277,
	1024,  820,   655,   526,   423,   335,	  272,	 215,	172,   137,
	110,   87,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

irqflags_t run_queue_lock_of(struct task *task, struct run_queue **queue)
{
	for (;;) {
		*queue = &run_queues[load_relaxed(&task->cpu)];
		irqflags_t flags = spin_lock_irqsave(&(*queue)->lock);
		if (*queue == &run_queues[task->cpu])
			return flags;
		spin_unlock_irqrestore(&(*queue)->lock, flags);
	}
}

struct task *run_queue_first(const struct run_queue *queue)
{
	struct rb_node *node = rb_first(&queue->ready);
	return node ? rb_entry(node, struct task, run_node) : NULL;
}

void run_queue_add(struct run_queue *queue, struct task *task)
{
	struct rb_node **link = &queue->ready.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = runs_before(task, rb_entry(parent, struct task, run_node)) ? &parent->left
										  : &parent->right;
	}
	rb_insert(&queue->ready, &task->run_node, parent, link);
	task->is_on_queue = true;
	queue->ready_count++;
}

void run_queue_remove(struct run_queue *queue, struct task *task)
{
	rb_remove(&queue->ready, &task->run_node);
	task->is_on_queue = false;
	queue->ready_count--;
}

void run_queue_charge(struct run_queue *queue)
{
	struct task *task = queue->running;
	nanoseconds_t now = time_since_boot();

	if (!task->is_idle) {
		nanoseconds_t ran = now - task->run_start;
		task->virtual_runtime += ran * WEIGHT_NICE_0 / task->weight;
		task->run_time += ran;
		struct task *first = run_queue_first(queue);
		uint64_t least = first && runs_before(first, task) ? first->virtual_runtime
								   : task->virtual_runtime;
		if ((int64_t)(least - queue->minimum_runtime) > 0)
			queue->minimum_runtime = least;
	} else {
		queue->idle_time += now - task->run_start;
	}
	task->run_start = now;
}

uint32_t sched_weight(int nice)
{
	return nice_weights[nice + 20];
}

void sched_set_nice(struct task *task, int nice)
{
	struct run_queue *queue;
	irqflags_t flags = run_queue_lock_of(task, &queue);

	if (queue->running == task)
		run_queue_charge(queue);
	task->nice = (int8_t)nice;
	task->weight = sched_weight(nice);
	spin_unlock_irqrestore(&queue->lock, flags);
}

struct task *sched_idle_task(uint32_t cpu)
{
	return run_queues[cpu].idle;
}

uint32_t sched_runnable_count(uint32_t cpu)
{
	const struct run_queue *queue = &run_queues[cpu];
	return load_relaxed(&queue->ready_count) +
	       (load_relaxed(&queue->running) != queue->idle ? 1 : 0);
}

struct sched_cpu_times sched_get_cpu_times(uint32_t cpu)
{
	struct run_queue *queue = &run_queues[cpu];
	irqflags_t flags = spin_lock_irqsave(&queue->lock);
	struct sched_cpu_times times = {
		.user = queue->user_time,
		.system = queue->system_time,
		.idle = queue->idle_time,
		.switch_count = queue->switch_count,
	};
	if (queue->running == queue->idle)
		times.idle += time_since_boot() - queue->idle->run_start;
	spin_unlock_irqrestore(&queue->lock, flags);
	return times;
}
