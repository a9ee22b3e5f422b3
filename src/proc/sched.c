/* SPDX-License-Identifier: MIT */
/*
 * A fair scheduler: switching tasks. Each CPU has a queue of ready tasks (run_queue.c); the
 * one that ran least, by its weight, is next. placement.c decides which CPU's queue.
 *
 * The run-queue lock is held across the switch: it is released by the task switched to, so
 * whoever holds the lock of a task's queue knows the task is wholly on or off its CPU.
 */
#include "proc/sched.h"

#include "arch/apic.h"
#include "arch/descriptors.h"
#include "arch/fpu.h"
#include "arch/msr.h"
#include "arch/trap.h"
#include "core/time.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "mm/mm.h"
#include "proc/run_queue_private.h"
#include "proc/sched_private.h"
#include "trace/kernel/trace.h"

enum { GRANULARITY_NS = 3000000 }; /* how far ahead a task may run of one that is ready */

void context_switch(vaddr_t *save_stack_pointer, vaddr_t load_stack_pointer);

static void arm_tick(struct run_queue *queue)
{
	if (!queue->is_tick_armed) {
		queue->is_tick_armed = true;
		timer_arm(&queue->tick, time_since_boot() + TICK_NANOSECONDS);
	}
}

/* What belongs to the task besides the stack: address space, FPU, segment bases. */
static void switch_context(struct task *from, struct task *to)
{
	if (from->fpu_state)
		fpu_save(from->fpu_state);
	if (to->mm != from->mm)
		mm_switch_to(to->mm);
	if (to->fpu_state) {
		fpu_load(to->fpu_state);
		msr_write(MSR_FS_BASE, to->fs_base);
		msr_write(MSR_KERNEL_GS_BASE, to->gs_base);
	}
	descriptors_set_kernel_stack(to->kernel_stack_base + KERNEL_STACK_SIZE);
	PERCPU_WRITE(current, to);
	PERCPU_WRITE(current_tid, to->tid);
}

/* First thing after a switch, on the new task's stack: let go of the one switched from. */
void sched_finish_switch(void) NO_LOCK_ANALYSIS
{
	struct run_queue *queue = &run_queues[cpu_current_id()];
	struct task *from = queue->switched_from;
	struct task *moved = queue->moved_away;
	bool is_dead = from->state == TASK_ZOMBIE;

	store_release(&from->is_on_cpu, false);
	queue->moved_away = NULL;
	spin_unlock(&queue->lock);
	if (moved)
		sched_place(moved);
	if (is_dead)
		task_release_dead(from);
}

enum switch_reason { SWITCH_BLOCK, SWITCH_PREEMPT };

/* Interrupts off, preemption disabled once. */
static void switch_task(enum switch_reason reason) NO_LOCK_ANALYSIS
{
	uint32_t cpu = cpu_current_id();
	struct run_queue *queue = &run_queues[cpu];
	struct task *from = current_task();

	if (queue->ready_count == 0 &&
	    (from->is_idle || (reason == SWITCH_BLOCK && from->state != TASK_RUNNING)))
		sched_pull(cpu);

	spin_lock(&queue->lock);
	PERCPU_WRITE(needs_resched, 0);
	run_queue_charge(queue);
	bool stays_ready =
		!from->is_idle && (from->state == TASK_RUNNING || reason == SWITCH_PREEMPT);
	// While it is not RUNNING a waker may place it: then it goes when it is, or asleep.
	if (stays_ready && from->state == TASK_RUNNING && !(from->allowed_cpus >> cpu & 1))
		queue->moved_away = from;
	else if (stays_ready)
		run_queue_add(queue, from);
	struct task *to = run_queue_first(queue);
	if (to)
		run_queue_remove(queue, to);
	else
		to = queue->idle;
	if (to == from) {
		spin_unlock(&queue->lock);
		return;
	}
	trace_sched_switch(from->tid, to->tid, from->state);
	if (reason == SWITCH_BLOCK)
		from->switches_voluntary++;
	else
		from->switches_forced++;
	queue->switch_count++;
	store_relaxed(&queue->running, to);
	queue->switched_from = from;
	store_relaxed(&to->is_on_cpu, true);
	to->run_start = from->run_start;
	if (!to->is_idle)
		arm_tick(queue);
	switch_context(from, to);
	context_switch(&from->kernel_stack_pointer, to->kernel_stack_pointer);
	sched_finish_switch();
}

void schedule(void)
{
	DEBUG_ASSERT(may_sleep());
	irqflags_t flags = irq_save();
	preempt_disable();
	switch_task(SWITCH_BLOCK);
	preempt_enable_no_resched();
	irq_restore(flags);
}

/* From an interrupt's end (interrupts off) or preempt_enable (maybe on). */
static void preempt_current(void)
{
	irqflags_t flags = irq_save();
	if (PERCPU_READ(preempt_count) == 0 && !in_interrupt() && (flags & RFLAGS_IF)) {
		preempt_disable();
		switch_task(SWITCH_PREEMPT);
		preempt_enable_no_resched();
	}
	irq_restore(flags);
}

static void preempt_from_interrupt(void)
{
	preempt_disable();
	switch_task(SWITCH_PREEMPT);
	preempt_enable_no_resched();
}

void sched_yield(void)
{
	struct task *task = current_task();
	irqflags_t flags = irq_save();
	struct run_queue *queue = &run_queues[cpu_current_id()];

	preempt_disable();
	spin_lock(&queue->lock);
	struct rb_node *last = rb_last(&queue->ready);
	if (last) {
		struct task *other = rb_entry(last, struct task, run_node);
		if (runs_before(task, other))
			task->virtual_runtime = other->virtual_runtime;
	}
	spin_unlock(&queue->lock);
	switch_task(SWITCH_BLOCK);
	preempt_enable_no_resched();
	irq_restore(flags);
}

static void tick(struct timer *timer)
{
	struct run_queue *queue = container_of(timer, struct run_queue, tick);
	struct task *task = current_task();

	queue->is_tick_armed = false;
	if (task->is_idle)
		return;
	if (trap_frame_is_user(cpu_current()->interrupted_frame)) {
		task->user_time += TICK_NANOSECONDS;
		queue->user_time += TICK_NANOSECONDS;
	} else {
		task->system_time += TICK_NANOSECONDS;
		queue->system_time += TICK_NANOSECONDS;
	}

	spin_lock(&queue->lock);
	run_queue_charge(queue);
	struct task *first = run_queue_first(queue);
	if (first && (int64_t)(task->virtual_runtime - first->virtual_runtime) > GRANULARITY_NS)
		PERCPU_WRITE(needs_resched, 1);
	spin_unlock(&queue->lock);
	if (first)
		sched_kick_idle_cpu();
	arm_tick(queue);
}

static void handle_reschedule(unsigned vector)
{
	(void)vector; // needs_resched is set; the interrupt's end looks at it
}

static void block_prepare(const char *reason, const void *object)
{
	wait_prepare(false, reason, object);
}

static void block_undo(struct task *task)
{
	if (task == current_task())
		wait_finish();
	else
		task_wake(task);
}

static struct mutex **block_held(void)
{
	return &current_task()->held_mutexes;
}

static const struct blocking_operations mutex_blocking = {
	.prepare = block_prepare,
	.block = schedule,
	.wake = block_undo,
	.held = block_held,
};

void sched_init_cpu(struct task *idle)
{
	struct run_queue *queue = &run_queues[cpu_current_id()];

	spin_lock_init(&queue->lock, LOCK_RANK_RUN_QUEUE);
	timer_init(&queue->tick, tick);
	queue->idle = queue->running = idle;
	idle->is_on_cpu = true;
	idle->cpu = cpu_current_id();
	idle->run_start = time_since_boot();
	PERCPU_WRITE(current, idle);
	PERCPU_WRITE(current_tid, 0);
	descriptors_set_kernel_stack(idle->kernel_stack_base + KERNEL_STACK_SIZE);
	if (cpu_current_id() == 0) {
		blocking_operations = &mutex_blocking;
		preempt_reschedule = preempt_current;
		trap_hooks.preempt = preempt_from_interrupt;
		trap_set_interrupt(VECTOR_RESCHEDULE, handle_reschedule);
	}
}

void sched_idle_loop(void)
{
	irq_enable();
	for (;;) {
		irq_disable();
		if (PERCPU_READ(needs_resched) || run_queues[cpu_current_id()].ready_count) {
			irq_enable();
			schedule();
		} else {
			cpu_enable_irqs_and_halt();
		}
	}
}

void sched_exit(void)
{
	irq_disable();
	preempt_disable();
	store_relaxed(&current_task()->state, TASK_ZOMBIE);
	switch_task(SWITCH_BLOCK);
	__builtin_unreachable();
}
