/* SPDX-License-Identifier: MIT */
/* The scheduler: fair, preemptive, a queue a CPU. See sched.c. */
#pragma once

#include "proc/task.h"

/* Make a sleeping task runnable; false if it was so already. Any context. */
bool task_wake(struct task *task);
/* As task_wake, only if it sleeps interruptibly (a signal came) or is stopped (SIGCONT, SIGKILL).
 */
bool task_wake_for_signal(struct task *task, bool also_stopped);
/* Give the CPU away; returns when this task is picked again. Preemption on, no spin lock. */
void schedule(void);
/* Put a new task on a queue for the first time. */
void sched_start(struct task *task);
void sched_yield(void);
/* The timer tick and the reschedule interrupt; interrupt context. */
void sched_tick(void);
/* Boot only. */
void sched_init_cpu(struct task *idle);
NORETURN void sched_idle_loop(void);
/* Never returns: the current task is ZOMBIE or DEAD. */
NORETURN void sched_exit(void);
void sched_set_nice(struct task *task, int nice);
/* The caller itself has moved when it returns. Thread context. */
NODISCARD int sched_set_affinity(struct task *task, uint64_t cpus);
/* What a CPU runs when there is nothing to run. */
struct task *sched_idle_task(uint32_t cpu);
/* Run-queue length of a CPU, the running task included. */
uint32_t sched_runnable_count(uint32_t cpu);

/* How an online CPU spent its time since boot, for /proc/stat; user and system by ticks. */
struct sched_cpu_times {
	nanoseconds_t user, system, idle;
	uint64_t switch_count;
};
struct sched_cpu_times sched_get_cpu_times(uint32_t cpu);
