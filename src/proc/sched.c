/* SPDX-License-Identifier: MIT */
/*
 * A fair scheduler. Each CPU has a tree of ready tasks ordered by virtual runtime: the time
 * they ran, divided by their weight. The one that ran least is next. A woken task goes to
 * an idle CPU if there is one; an idle CPU pulls from the longest queue.
 *
 * The run-queue lock is held across the switch: it is released by the task switched to, so
 * whoever holds the lock of a task's queue knows the task is wholly on or off its CPU.
 *
 * Invariant: a task with is_on_queue is in the tree of run_queues[task->cpu]; the running
 * task is in no tree.
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
#include "proc/sched_private.h"
#include "trace/kernel/trace.h"

enum {
	WEIGHT_NICE_0 = 1024,
	GRANULARITY_NS = 3000000,  /* how far ahead a task may run of one that is ready */
	WAKEUP_BONUS_NS = 3000000, /* a sleeper starts that much before the others */
};

/* Locks: [R] lock; readable by others without it where only a hint is needed */
struct run_queue {
	struct spinlock lock;
	struct rb_tree ready;		      /* [R] */
	uint32_t ready_count;		      /* [R] */
	uint64_t minimum_runtime;	      /* [R] never decreases */
	struct task *running;		      /* [R] */
	struct task *idle;		      /* I */
	struct task *switched_from;	      /* [R] during a switch */
	struct task *moved_away;	      /* [R] likewise: it may run on this CPU no longer */
	struct timer tick;		      /* its CPU */
	bool is_tick_armed;		      /* its CPU */
	uint64_t switch_count;		      /* [R] */
	nanoseconds_t idle_time;	      /* [R] spans that have ended */
	nanoseconds_t user_time, system_time; /* its CPU: by ticks */
} ALIGNED(CACHE_LINE_SIZE) run_queues[MAX_CPUS];

/* Linux's sched_prio_to_weight: each nice level is a factor of 1.25. */
static const uint32_t nice_weights[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,	 1991,	1586,  1277,
	1024,  820,   655,   526,   423,   335,	  272,	 215,	172,   137,
	110,   87,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

void context_switch(vaddr_t *save_stack_pointer, vaddr_t load_stack_pointer);

/* The queue that the task is on; it cannot leave it while that is locked. */
static irqflags_t lock_queue_of(struct task *task, struct run_queue **queue)
	ACQUIRES((*queue)->lock)
{
	for (;;) {
		*queue = &run_queues[load_relaxed(&task->cpu)];
		irqflags_t flags = spin_lock_irqsave(&(*queue)->lock);
		if (*queue == &run_queues[task->cpu])
			return flags;
		spin_unlock_irqrestore(&(*queue)->lock, flags);
	}
}

static bool runs_before(const struct task *a, const struct task *b)
{
	return (int64_t)(a->virtual_runtime - b->virtual_runtime) < 0;
}

static struct task *first_ready(const struct run_queue *queue)
{
	struct rb_node *node = rb_first(&queue->ready);
	return node ? rb_entry(node, struct task, run_node) : NULL;
}

static void enqueue(struct run_queue *queue, struct task *task) REQUIRES(queue->lock)
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

static void dequeue(struct run_queue *queue, struct task *task) REQUIRES(queue->lock)
{
	rb_remove(&queue->ready, &task->run_node);
	task->is_on_queue = false;
	queue->ready_count--;
}

/* Charge the running task for the time since it was charged last. */
static void charge(struct run_queue *queue) REQUIRES(queue->lock)
{
	struct task *task = queue->running;
	nanoseconds_t now = time_since_boot();

	if (!task->is_idle) {
		nanoseconds_t ran = now - task->run_start;
		task->virtual_runtime += ran * WEIGHT_NICE_0 / task->weight;
		task->run_time += ran;
		struct task *first = first_ready(queue);
		uint64_t least = first && runs_before(first, task) ? first->virtual_runtime
								   : task->virtual_runtime;
		if ((int64_t)(least - queue->minimum_runtime) > 0)
			queue->minimum_runtime = least;
	} else {
		queue->idle_time += now - task->run_start;
	}
	task->run_start = now;
}

static bool is_idle_cpu(uint32_t cpu)
{
	const struct run_queue *queue = &run_queues[cpu];
	return load_relaxed(&queue->running) == queue->idle &&
	       load_relaxed(&queue->ready_count) == 0 && load_relaxed(&cpus[cpu].is_online);
}

static uint32_t choose_cpu(const struct task *task)
{
	if ((task->allowed_cpus >> task->cpu & 1) && is_idle_cpu(task->cpu))
		return task->cpu;
	uint32_t best = task->cpu;
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		if (!(task->allowed_cpus >> cpu & 1) || !load_relaxed(&cpus[cpu].is_online))
			continue;
		if (is_idle_cpu(cpu))
			return cpu;
		if (!(task->allowed_cpus >> best & 1))
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
	enqueue(queue, task);
	struct task *running = queue->running;
	if (running == queue->idle ||
	    (int64_t)(running->virtual_runtime - task->virtual_runtime) > WAKEUP_BONUS_NS / 2)
		request_reschedule((uint32_t)(queue - run_queues));
}

static void place(struct task *task, uint32_t cpu)
{
	struct run_queue *queue = &run_queues[cpu];
	irqflags_t flags = spin_lock_irqsave(&queue->lock);
	add_ready(queue, task);
	spin_unlock_irqrestore(&queue->lock, flags);
}

/* Wake if the state is one of the mask's (a bit per task_state). */
static bool wake(struct task *task, uint32_t states)
{
	struct run_queue *queue;
	irqflags_t flags = lock_queue_of(task, &queue);

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
	task->virtual_runtime += run_queues[cpu].minimum_runtime - queue->minimum_runtime;
	store_relaxed(&task->cpu, cpu); // RUNNING already: nobody else places it
	spin_unlock_irqrestore(&queue->lock, flags);
	place(task, cpu);
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
	place(task, cpu);
	preempt_enable();
}

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
	if (moved) {
		uint32_t cpu = choose_cpu(moved);
		moved->virtual_runtime += run_queues[cpu].minimum_runtime - queue->minimum_runtime;
		store_relaxed(&moved->cpu, cpu); // RUNNING: nobody else places it
	}
	spin_unlock(&queue->lock);
	if (moved)
		place(moved, moved->cpu);
	if (is_dead)
		task_release_dead(from);
}

/* Take a task from the longest other queue; [R] of none held. */
static void pull_task(uint32_t to)
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
		if (candidate->allowed_cpus >> to & 1)
			task = candidate;
	}
	if (task) {
		dequeue(from, task);
		task->virtual_runtime += run_queues[to].minimum_runtime - from->minimum_runtime;
		store_relaxed(&task->cpu, to);
		trace_sched_migrate(task->tid, busiest, to);
	}
	spin_unlock(&from->lock);
	if (task) {
		spin_lock(&run_queues[to].lock);
		enqueue(&run_queues[to], task);
		spin_unlock(&run_queues[to].lock);
	}
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
		pull_task(cpu);

	spin_lock(&queue->lock);
	PERCPU_WRITE(needs_resched, 0);
	charge(queue);
	bool stays_ready =
		!from->is_idle && (from->state == TASK_RUNNING || reason == SWITCH_PREEMPT);
	// While it is not RUNNING a waker may place it: then it goes when it is, or asleep.
	if (stays_ready && from->state == TASK_RUNNING && !(from->allowed_cpus >> cpu & 1))
		queue->moved_away = from;
	else if (stays_ready)
		enqueue(queue, from);
	struct task *to = first_ready(queue);
	if (to)
		dequeue(queue, to);
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

static void kick_idle_cpu(void)
{
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		if (cpu != cpu_current_id() && is_idle_cpu(cpu)) {
			request_reschedule(cpu);
			return;
		}
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
	charge(queue);
	struct task *first = first_ready(queue);
	if (first && (int64_t)(task->virtual_runtime - first->virtual_runtime) > GRANULARITY_NS)
		PERCPU_WRITE(needs_resched, 1);
	spin_unlock(&queue->lock);
	if (first)
		kick_idle_cpu();
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

uint32_t sched_weight(int nice)
{
	return nice_weights[nice + 20];
}

void sched_set_nice(struct task *task, int nice)
{
	struct run_queue *queue;
	irqflags_t flags = lock_queue_of(task, &queue);

	if (queue->running == task)
		charge(queue);
	task->nice = (int8_t)nice;
	task->weight = sched_weight(nice);
	spin_unlock_irqrestore(&queue->lock, flags);
}

int sched_set_affinity(struct task *task, uint64_t allowed)
{
	struct run_queue *queue;
	uint64_t online = (1ul << cpu_count) - 1;

	if (!(allowed & online))
		return -EINVAL;
	irqflags_t flags = lock_queue_of(task, &queue);
	task->allowed_cpus = allowed & online;
	bool is_misplaced = !(task->allowed_cpus >> task->cpu & 1);
	if (is_misplaced && task->is_on_queue) {
		uint32_t cpu = choose_cpu(task);
		dequeue(queue, task);
		store_relaxed(&task->cpu, cpu);
		spin_unlock_irqrestore(&queue->lock, flags);
		place(task, cpu);
		return 0;
	}
	if (is_misplaced && queue->running == task)
		request_reschedule(task->cpu);
	spin_unlock_irqrestore(&queue->lock, flags);
	if (is_misplaced && task == current_task())
		schedule();
	return 0;
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
