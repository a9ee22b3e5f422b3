/* SPDX-License-Identifier: MIT */
/* What trap entry asks of processes: faults, signals, rescheduling. */
#include "proc/hooks.h"

#include "arch/trap.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "mm/mm.h"
#include "proc/out_of_memory.h"
#include "proc/sched.h"
#include "proc/signal.h"

enum { MEMORY_TRIES = 200 }; /* 2 s */

static int handle_page_fault(struct trap_frame *frame, vaddr_t address)
{
	struct task *task = current_task();

	if (!task || !task->mm)
		return -EFAULT;
	task->minor_faults++;
	int error = mm_fault(task->mm, address, (uint32_t)frame->error_code);
	for (int i = 0; error == -ENOMEM && i < MEMORY_TRIES && out_of_memory_kill(); i++)
		error = mm_fault(task->mm, address, (uint32_t)frame->error_code);
	return error;
}

static bool has_user_work(void)
{
	return PERCPU_READ(needs_resched) || load_relaxed(&current_task()->has_signal_work);
}

static void do_user_work(struct trap_frame *frame)
{
	if (PERCPU_READ(needs_resched))
		schedule();
	if (load_relaxed(&current_task()->has_signal_work))
		signal_deliver(frame);
}

void proc_hooks_init(void)
{
	trap_hooks.page_fault = handle_page_fault;
	trap_hooks.user_exception = signal_force;
	trap_hooks.has_user_work = has_user_work;
	trap_hooks.user_work = do_user_work;
}
