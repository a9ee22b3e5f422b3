/* SPDX-License-Identifier: MIT */
/* System calls about what processes may use, and what they have used. */
#include "core/time.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/process/other_private.h"
#include "sys/syscall.h"

#include <linux/times.h>

enum { CLOCK_TICK_NS = NANOSECONDS_PER_SECOND / 100 };

static long change_limit(struct process *process, uint32_t resource, const struct rlimit64 *new,
			 struct rlimit64 *old)
{
	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	if (new &&new->rlim_cur > new->rlim_max)
		return -EINVAL;
	long error = 0;
	irqflags_t flags = spin_lock_irqsave(&process->signal_lock);
	if (old)
		*old = process->limits[resource];
	if (new &&new->rlim_max > process->limits[resource].rlim_max &&
	    !credentials_are_root(&current_task()->credentials))
		error = -EPERM;
	else if (new)
		process->limits[resource] = *new;
	spin_unlock_irqrestore(&process->signal_lock, flags);
	return error;
}

/* struct rlimit and struct rlimit64 are the same on x86-64. */
static_assert(sizeof(struct rlimit) == sizeof(struct rlimit64), "limits are 64-bit");

long sys_getrlimit(uint32_t resource, struct rlimit __user *limit)
{
	struct rlimit64 old;
	long error = change_limit(current_process(), resource, NULL, &old);
	return error ? error : copy_to_user(limit, &old, sizeof(old));
}

long sys_setrlimit(uint32_t resource, const struct rlimit __user *limit)
{
	struct rlimit64 new;
	if (copy_from_user(&new, limit, sizeof(new)))
		return -EFAULT;
	return change_limit(current_process(), resource, &new, NULL);
}

long sys_prlimit64(int pid, uint32_t resource, const struct rlimit64 __user *new_limit,
		   struct rlimit64 __user *old_limit)
{
	struct rlimit64 new, old;

	if (new_limit && copy_from_user(&new, new_limit, sizeof(new)))
		return -EFAULT;
	struct task *task = task_find_or_current(pid);
	if (!task)
		return -ESRCH;
	long error = may_control(task)
			     ? change_limit(task->process, resource, new_limit ? &new : NULL, &old)
			     : -EPERM;
	task_put(task);
	if (!error && old_limit)
		error = copy_to_user(old_limit, &old, sizeof(old));
	return error;
}

static void own_times(nanoseconds_t *user, nanoseconds_t *system)
{
	struct process *process = current_process();
	struct task *task;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	*user = process->exited_user_time;
	*system = process->exited_system_time;
	list_for_each (task, &process->threads, thread_link) {
		if (task == process->leader) // it ended: counted above
			continue;
		*user += task->user_time;
		*system += task->system_time;
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
}

long sys_getrusage(int who, struct rusage __user *user_usage)
{
	struct process *process = current_process();
	struct task *task = current_task();
	struct rusage usage = { 0 };
	nanoseconds_t user, system;

	switch (who) {
	case RUSAGE_SELF:
		own_times(&user, &system);
		break;
	case RUSAGE_CHILDREN:
		user = process->children_user_time;
		system = process->children_system_time;
		break;
	case RUSAGE_THREAD:
		user = task->user_time;
		system = task->system_time;
		break;
	default:
		return -EINVAL;
	}
	usage.ru_utime.tv_sec = (long)(user / NANOSECONDS_PER_SECOND);
	usage.ru_utime.tv_usec = (long)(user % NANOSECONDS_PER_SECOND / 1000);
	usage.ru_stime.tv_sec = (long)(system / NANOSECONDS_PER_SECOND);
	usage.ru_stime.tv_usec = (long)(system % NANOSECONDS_PER_SECOND / 1000);
	if (who != RUSAGE_CHILDREN) { // of children the times alone are kept
		usage.ru_maxrss = (long)(task->mm->peak_resident_pages * (PAGE_SIZE / 1024));
		usage.ru_nvcsw = (long)task->switches_voluntary;
		usage.ru_nivcsw = (long)task->switches_forced;
	}
	return copy_to_user(user_usage, &usage, sizeof(usage));
}

long sys_times(struct tms __user *buffer)
{
	struct process *process = current_process();
	nanoseconds_t user, system;

	own_times(&user, &system);
	struct tms times = {
		.tms_utime = (long)(user / CLOCK_TICK_NS),
		.tms_stime = (long)(system / CLOCK_TICK_NS),
		.tms_cutime = (long)(process->children_user_time / CLOCK_TICK_NS),
		.tms_cstime = (long)(process->children_system_time / CLOCK_TICK_NS),
	};
	if (buffer && copy_to_user(buffer, &times, sizeof(times)))
		return -EFAULT;
	return (long)(time_since_boot() / CLOCK_TICK_NS);
}
