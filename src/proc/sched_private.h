/* SPDX-License-Identifier: MIT */
/* Between the scheduler and the tasks it runs. */
#pragma once

#include "proc/sched.h"

/* In entry.S's task_entry path: unlock the run queue, and so on. */
void sched_finish_switch(void);
uint32_t sched_weight(int nice);
/* The task has left its CPU for good: queue it for task_free_dead. Interrupts off. */
void task_release_dead(struct task *task);
/* Free tasks that ended. Thread context. */
void task_free_dead(void);
/* A task with a stack, credentials and no program; -ENOMEM as NULL. */
NODISCARD struct task *task_create(const char *name);
/* Undo task_create before the task ran. */
void task_destroy(struct task *task);
/* Give it a tid and make it findable. -EAGAIN when none is left. */
NODISCARD int task_publish(struct task *task, struct process *process, bool is_leader);
NODISCARD struct process *process_create(void);
/* What entry.S's task_entry calls. */
void task_first_run(void);

struct vfork_wait {
	struct wait_queue queue;
	bool is_done; /* [queue.lock] */
};
/* The child no longer uses the parent's memory: exec or exit. */
void vfork_complete(struct task *task);
