/* SPDX-License-Identifier: MIT */
/* Tasks and processes as objects: making, finding, counting references, freeing. */
#include "proc/task.h"

#include "arch/fpu.h"
#include "arch/trap_frame.h"
#include "arch/trap.h"
#include "core/time.h"
#include "lib/assert.h"
#include "lib/bitmap.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/kernel_stack.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "proc/sched_private.h"
#include "proc/signal.h"
#include "proc/task_init.h"

enum { PID_HASH_BUCKETS = 256, FIRST_RECYCLED_PID = 300 };

struct spinlock tasks_lock = SPINLOCK_INIT(LOCK_RANK_TASKS);
struct list all_tasks = LIST_INIT(all_tasks); /* [T] */
struct process *init_process;		      /* I once PID 1 runs */

static struct slab_cache task_cache, process_cache;
static struct list pid_hash[PID_HASH_BUCKETS];	   /* [T] */
static uint64_t pid_bitmap[BITMAP_WORDS(PID_MAX)]; /* [T] */
static size_t pid_search_start = 1;		   /* [T] */
static struct process kernel_process;		   /* of kernel threads and idle tasks */

static struct {
	struct spinlock lock;
	struct list tasks; /* by thread_link */
} dead = { SPINLOCK_INIT(LOCK_RANK_RUN_QUEUE), LIST_INIT(dead.tasks) };

static void process_init(struct process *process)
{
	refcount_init(&process->references);
	list_init(&process->children);
	list_init(&process->sibling);
	list_init(&process->threads);
	wait_queue_init(&process->child_wait);
	wait_queue_init(&process->thread_wait);
	spin_lock_init(&process->signal_lock, LOCK_RANK_SIGHAND);
	pending_signals_init(&process->pending);
	process->start_time = time_since_boot();
	process->exit_signal = SIGCHLD;
}

void task_init(void)
{
	slab_cache_init(&task_cache, "task", sizeof(struct task), CACHE_LINE_SIZE);
	slab_cache_init(&process_cache, "process", sizeof(struct process), CACHE_LINE_SIZE);
	for (int i = 0; i < PID_HASH_BUCKETS; i++)
		list_init(&pid_hash[i]);
	bitmap_set(pid_bitmap, 0);
	process_init(&kernel_process);
}

struct process *process_create(void)
{
	struct process *process = slab_allocate(&process_cache, struct process);
	if (process)
		process_init(process);
	return process;
}

void process_get(struct process *process)
{
	refcount_get(&process->references);
}

void process_put(struct process *process)
{
	if (!refcount_put(&process->references))
		return;
	pending_signals_flush(&process->pending);
	if (process->handlers)
		signal_handlers_put(process->handlers);
	slab_free(&process_cache, process);
}

struct task *task_create(const char *name)
{
	struct task *task = slab_allocate(&task_cache, struct task);
	if (!task)
		return NULL;
	task->kernel_stack_base = kernel_stack_allocate();
	if (!task->kernel_stack_base) {
		slab_free(&task_cache, task);
		return NULL;
	}
	refcount_init(&task->references);
	string_copy(task->name, name, sizeof(task->name));
	list_init(&task->thread_link);
	list_init(&task->all_link);
	list_init(&task->pid_link);
	pending_signals_init(&task->pending);
	task->weight = sched_weight(0);
	task->allowed_cpus = (1ul << cpu_count) - 1;
	task->current_syscall = -1;
	task->signal_stack_flags = SS_DISABLE;
	task->user_frame =
		(void *)(task->kernel_stack_base + KERNEL_STACK_SIZE - sizeof(struct trap_frame));
	return task;
}

void task_destroy(struct task *task)
{
	kernel_stack_free(task->kernel_stack_base);
	kfree(task->fpu_state);
	slab_free(&task_cache, task);
}

/* The idle task of the CPU that calls: it stands for the stack in use. */
struct task *task_create_idle(vaddr_t stack_base)
{
	struct task *task = slab_allocate(&task_cache, struct task);
	if (!task)
		return NULL;
	refcount_init(&task->references);
	string_copy(task->name, "idle", sizeof(task->name));
	list_init(&task->thread_link);
	list_init(&task->all_link);
	list_init(&task->pid_link);
	pending_signals_init(&task->pending);
	task->kernel_stack_base = stack_base;
	task->is_idle = task->is_kernel_thread = true;
	task->weight = sched_weight(0);
	task->allowed_cpus = 1ul << cpu_current_id();
	task->current_syscall = -1;
	task->process = &kernel_process;
	return task;
}

static struct list *bucket_of(int32_t tid)
{
	return &pid_hash[(uint32_t)tid % PID_HASH_BUCKETS];
}

/* A free number, ascending and wrapping as on Linux. */
static int32_t take_pid(void) REQUIRES(tasks_lock)
{
	size_t pid = bitmap_find_clear(pid_bitmap, PID_MAX, pid_search_start);
	if (pid == PID_MAX)
		pid = bitmap_find_clear(pid_bitmap, PID_MAX, FIRST_RECYCLED_PID);
	if (pid == PID_MAX)
		return -EAGAIN;
	bitmap_set(pid_bitmap, pid);
	pid_search_start = pid + 1;
	return (int32_t)pid;
}

int task_publish(struct task *task, struct process *process, bool is_leader)
{
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	int32_t tid = take_pid();
	if (tid > 0) {
		task->tid = tid;
		if (is_leader)
			process->pid = tid;
		process_get(process);
		task->process = process;
		task_get(task); // the lists' reference
		list_add_last(&all_tasks, &task->all_link);
		list_add_last(&process->threads, &task->thread_link);
		list_add_first(bucket_of(tid), &task->pid_link);
		process->thread_count++;
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	return tid > 0 ? 0 : tid;
}

/* Take a task out of the lists. A leader keeps its number until its process is reaped. */
void task_unpublish_locked(struct task *task)
{
	DEBUG_ASSERT(spin_lock_is_held(&tasks_lock));
	list_remove(&task->all_link);
	list_remove(&task->thread_link);
	list_remove(&task->pid_link);
	bitmap_clear(pid_bitmap, (size_t)task->tid);
}

void task_relink_locked(struct task *task)
{
	DEBUG_ASSERT(spin_lock_is_held(&tasks_lock));
	list_add_first(bucket_of(task->tid), &task->pid_link);
}

struct task *task_find_locked(int32_t tid)
{
	struct task *task;

	DEBUG_ASSERT(spin_lock_is_held(&tasks_lock));
	list_for_each (task, bucket_of(tid), pid_link)
		if (task->tid == tid)
			return task;
	return NULL;
}

struct task *task_find(int32_t tid)
{
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	struct task *task = task_find_locked(tid);
	if (task)
		task_get(task);
	spin_unlock_irqrestore(&tasks_lock, flags);
	return task;
}

struct process *process_find_locked(int32_t pid)
{
	struct task *task = task_find_locked(pid);
	if (!task || task->process->pid != pid)
		return NULL;
	process_get(task->process);
	return task->process;
}

struct process *process_find(int32_t pid)
{
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	struct process *process = process_find_locked(pid);
	spin_unlock_irqrestore(&tasks_lock, flags);
	return process;
}

void task_get(struct task *task)
{
	refcount_get(&task->references);
}

static void task_free(struct task *task)
{
	struct process *process = task->process;

	pending_signals_flush(&task->pending);
	task_destroy(task);
	process_put(process);
}

void task_put(struct task *task)
{
	DEBUG_ASSERT(may_sleep());
	if (refcount_put(&task->references))
		task_free(task);
}

/*
 * The scheduler's own reference goes when the task has left its CPU, where nothing may be
 * freed (interrupts are off): it is queued, and freed by the next wait, fork or exit.
 */
void task_release_dead(struct task *task)
{
	irqflags_t flags = spin_lock_irqsave(&dead.lock);
	list_add_last(&dead.tasks, &task->dead_link);
	spin_unlock_irqrestore(&dead.lock, flags);
}

void task_free_dead(void)
{
	for (;;) {
		struct task *task = NULL;
		irqflags_t flags = spin_lock_irqsave(&dead.lock);
		if (!list_is_empty(&dead.tasks)) {
			task = list_first(&dead.tasks, struct task, dead_link);
			list_remove(&task->dead_link);
		}
		spin_unlock_irqrestore(&dead.lock, flags);
		if (!task)
			return;
		task_put(task);
	}
}

struct task *kernel_thread_create(int (*function)(void *), void *argument, const char *name)
{
	struct task *task = task_create(name);
	if (!task)
		return error_pointer(-ENOMEM);
	task->is_kernel_thread = true;
	task->kernel_function = function;
	task->kernel_argument = argument;
	task_prepare_stack(task);
	int error = task_publish(task, &kernel_process, false);
	if (error) {
		task_destroy(task);
		return error_pointer(error);
	}
	sched_start(task);
	return task;
}

/* Make the stack look as if the task had called context_switch from task_entry. */
void task_prepare_stack(struct task *task)
{
	uint64_t *stack = (uint64_t *)task->user_frame;

	if (task->kernel_function) // no frame yet: the stack's last owner left one
		memset(task->user_frame, 0, sizeof(*task->user_frame));
	*--stack = (uint64_t)task_entry;
	for (int i = 0; i < 6; i++) // RBP RBX R12 R13 R14 R15
		*--stack = 0;
	task->kernel_stack_pointer = (vaddr_t)stack;
}

void task_first_run(void)
{
	sched_finish_switch();
	preempt_enable_no_resched(); // as schedule() does after its switch
	struct task *task = current_task();
	if (!task->kernel_function) {
		process_after_fork(task);
		return;
	}
	irq_enable();
	int status = task->kernel_function(task->kernel_argument);
	if (!task->mm)
		task_exit(status);
	irq_disable(); // it became a user program: entry.S goes there
}
