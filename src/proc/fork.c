/* SPDX-License-Identifier: MIT */
/* clone(): a new task in a new process (fork, vfork) or in the caller's (threads). */
#include "arch/fpu.h"
#include "arch/msr.h"
#include "arch/trap_frame.h"
#include "core/time.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/process.h"
#include "proc/resources.h"
#include "proc/sched_private.h"
#include "proc/signal.h"
#include "proc/task_init.h"
#include "trace/kernel/trace.h"

#include <linux/sched.h>

const struct resource_operations *resource_operations;

enum {
	CLONE_SUPPORTED_LOW = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK |
			      CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |
			      CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_UNTRACED |
			      CLONE_CHILD_SETTID | CLONE_PARENT,
};

static int check_flags(uint64_t flags)
{
	if (flags & ~(uint64_t)(uint32_t)CLONE_SUPPORTED_LOW)
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	return 0;
}

static int copy_memory(struct task *child, struct task *parent, uint64_t flags)
{
	if (flags & CLONE_VM) {
		mm_get(parent->mm);
		child->mm = parent->mm;
		return 0;
	}
	child->mm = mm_clone(parent->mm);
	return child->mm ? 0 : -ENOMEM;
}

static int copy_files(struct task *child, struct task *parent, uint64_t flags)
{
	if (flags & CLONE_FILES) {
		resource_operations->files_get(parent->files);
		child->files = parent->files;
	} else {
		child->files = resource_operations->files_clone(parent->files);
	}
	if (!child->files)
		return -ENOMEM;
	if (flags & CLONE_FS) {
		resource_operations->fs_get(parent->fs);
		child->fs = parent->fs;
	} else {
		child->fs = resource_operations->fs_clone(parent->fs);
	}
	return child->fs ? 0 : -ENOMEM;
}

static int copy_registers(struct task *child, struct task *parent,
			  const struct clone_request *request)
{
	child->fpu_state = kmalloc(fpu_state_size());
	if (!child->fpu_state)
		return -ENOMEM;
	fpu_save_current(child->fpu_state);
	*child->user_frame = *parent->user_frame;
	child->user_frame->rax = 0;
	if (request->stack)
		child->user_frame->rsp = request->stack;
	child->fs_base = request->flags & CLONE_SETTLS ? request->tls : msr_read(MSR_FS_BASE);
	child->gs_base = msr_read(MSR_KERNEL_GS_BASE);
	task_prepare_stack(child);
	return 0;
}

static struct process *make_process(struct task *parent, const struct clone_request *request)
{
	struct process *from = parent->process, *process = process_create();
	if (!process)
		return NULL;
	if (request->flags & CLONE_SIGHAND) {
		refcount_get(&from->handlers->references);
		process->handlers = from->handlers;
	} else {
		process->handlers = signal_handlers_clone(from->handlers);
	}
	if (!process->handlers) {
		process_put(process);
		return NULL;
	}
	memcpy(process->limits, from->limits, sizeof(process->limits));
	process->exit_signal = request->exit_signal;
	process->has_no_new_privileges = from->has_no_new_privileges;
	return process;
}

/* Give back what a child that never ran has. */
static void drop_resources(struct task *child)
{
	if (child->fs)
		resource_operations->fs_put(child->fs);
	if (child->files)
		resource_operations->files_put(child->files);
	mm_put(child->mm);
}

static void inherit(struct task *child, const struct task *parent)
{
	child->credentials = parent->credentials;
	child->blocked = parent->blocked;
	child->nice = parent->nice;
	child->weight = parent->weight;
	child->allowed_cpus = parent->allowed_cpus;
	if (child->mm != parent->mm) {
		child->signal_stack = parent->signal_stack;
		child->signal_stack_size = parent->signal_stack_size;
		child->signal_stack_flags = parent->signal_stack_flags;
	}
}

/* What its siblings were told before it was one of them, a new thread must be told, too. */
static void tell_new_thread(struct task *child)
{
	const struct process *process = child->process;

	if (load_acquire(&process->is_exiting) || load_acquire(&process->is_stopped))
		store_release(&child->has_signal_work, true);
}

/* Into the family: after this the child can be found, waited for and signalled. */
static void join_family(struct process *process, struct process *parent, uint64_t flags)
{
	irqflags_t irq = spin_lock_irqsave(&tasks_lock);
	process->process_group = parent->process_group;
	process->session = parent->session;
	process->terminal = parent->terminal;
	struct process *real = flags & CLONE_PARENT && parent->parent ? parent->parent : parent;
	process->parent = real;
	process_get(process); // the parent's reference, dropped by wait
	list_add_last(&real->children, &process->sibling);
	spin_unlock_irqrestore(&tasks_lock, irq);
}

static void wait_for_vfork(struct vfork_wait *wait)
{
	WAIT_EVENT(&wait->queue, wait->is_done, "vfork");
	// The child may still be inside wait_queue_wake_all on this stack object.
	irqflags_t flags = spin_lock_irqsave(&wait->queue.lock);
	spin_unlock_irqrestore(&wait->queue.lock, flags);
}

void vfork_complete(struct task *task)
{
	struct vfork_wait *wait = task->vfork_wait;
	struct waiter *waiter;

	if (!wait)
		return;
	task->vfork_wait = NULL;
	irqflags_t flags = spin_lock_irqsave(&wait->queue.lock);
	wait->is_done = true;
	list_for_each (waiter, &wait->queue.waiters, link)
		task_wake(waiter->task);
	spin_unlock_irqrestore(&wait->queue.lock, flags);
}

long process_clone(const struct clone_request *request)
{
	struct task *parent = current_task();
	uint64_t flags = request->flags;
	struct vfork_wait vfork = { .is_done = false };
	bool is_thread = flags & CLONE_THREAD;

	int error = check_flags(flags);
	if (error)
		return error;
	task_free_dead();
	struct task *child = task_create(parent->name);
	if (!child)
		return -ENOMEM;
	error = copy_memory(child, parent, flags);
	if (!error)
		error = copy_files(child, parent, flags);
	if (!error)
		error = copy_registers(child, parent, request);
	if (error)
		goto out_drop;
	struct process *process = is_thread ? parent->process : make_process(parent, request);
	if (!process) {
		error = -ENOMEM;
		goto out_drop;
	}
	inherit(child, parent);
	child->child_set_tid = flags & CLONE_CHILD_SETTID ? request->child_tid : NULL;
	child->clear_tid = flags & CLONE_CHILD_CLEARTID ? request->child_tid : NULL;
	error = task_publish(child, process, !is_thread);
	if (error)
		goto out_put_process;

	// The point of no return: the child can be found.
	int32_t tid = child->tid;
	if (!is_thread) {
		join_family(process, parent->process, flags);
		process_put(process);
	} else {
		tell_new_thread(child);
	}
	if ((flags & CLONE_PARENT_SETTID) && put_user(tid, request->parent_tid) != 0) {
		// As on Linux, an unwritable pointer is no error.
	}
	if (flags & CLONE_VFORK) {
		wait_queue_init(&vfork.queue);
		child->vfork_wait = &vfork;
	}
	trace_process_fork(tid, flags);
	sched_start(child);
	if (flags & CLONE_VFORK)
		wait_for_vfork(&vfork);
	return tid;

out_put_process:
	if (!is_thread)
		process_put(process);
out_drop:
	drop_resources(child);
	task_destroy(child);
	return error;
}

void process_after_fork(struct task *task)
{
	if (!task->child_set_tid)
		return;
	irq_enable();
	if (put_user(task->tid, task->child_set_tid) != 0) {
		// As on Linux, an unwritable pointer is no error.
	}
	irq_disable();
}

int process_start_init(int (*function)(void *))
{
	struct task *task = task_create("init");
	if (!task)
		return -ENOMEM;
	struct process *process = process_create();
	if (!process) {
		task_destroy(task);
		return -ENOMEM;
	}
	process->handlers = signal_handlers_create();
	task->fpu_state = kmalloc(fpu_state_size());
	task->files = resource_operations->files_clone(NULL);
	task->fs = resource_operations->fs_clone(NULL);
	if (!process->handlers || !task->fpu_state || !task->files || !task->fs) {
		drop_resources(task);
		process_put(process);
		task_destroy(task);
		return -ENOMEM;
	}
	for (int i = 0; i < RLIM_NLIMITS; i++)
		process->limits[i] = (struct rlimit64){ RLIM64_INFINITY, RLIM64_INFINITY };
	process->limits[RLIMIT_STACK].rlim_cur = 8 << 20;
	process->limits[RLIMIT_NOFILE] = (struct rlimit64){ 1024, 4096 };
	process->limits[RLIMIT_CORE].rlim_cur = 0;
	process->limits[RLIMIT_NICE] = process->limits[RLIMIT_RTPRIO] = (struct rlimit64){ 0, 0 };
	fpu_state_init(task->fpu_state);
	task->kernel_function = function;
	task_prepare_stack(task);
	int error = task_publish(task, process, true);
	ASSERT(!error);
	process->process_group = process->session = 0;
	init_process = process; // keeps process_create's reference
	sched_start(task);
	return 0;
}
