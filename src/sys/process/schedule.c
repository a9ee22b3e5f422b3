/* SPDX-License-Identifier: MIT */
/* System calls about scheduling: CPUs, policies and nice values. */
#include "mm/user_copy.h"
#include "proc/sched.h"
#include "sys/process/other_private.h"
#include "sys/syscall.h"

#include <linux/resource.h>
#include <linux/sched.h>

long sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

long sys_sched_getaffinity(int pid, size_t size, uint64_t __user *mask)
{
	struct task *task = task_find_or_current(pid);

	if (!task)
		return -ESRCH;
	uint64_t allowed = task->allowed_cpus;
	task_put(task);
	if (size < sizeof(allowed) || size % sizeof(allowed))
		return -EINVAL;
	return put_user(allowed, mask) ? -EFAULT : (long)sizeof(allowed);
}

long sys_sched_setaffinity(int pid, size_t size, const uint64_t __user *mask)
{
	uint64_t allowed = 0;

	if (copy_from_user(&allowed, mask, MIN(size, sizeof(allowed))))
		return -EFAULT;
	struct task *task = task_find_or_current(pid);
	if (!task)
		return -ESRCH;
	long error = may_schedule(task) ? sched_set_affinity(task, allowed) : -EPERM;
	task_put(task);
	return error;
}

/* Of the policies that Linux has; here all tasks are of SCHED_NORMAL. */
static long priority_of(int policy, long real_time)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return real_time;
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return 0;
	default:
		return -EINVAL;
	}
}

long sys_sched_get_priority_max(int policy)
{
	return priority_of(policy, 99);
}

long sys_sched_get_priority_min(int policy)
{
	return priority_of(policy, 1);
}

long sys_getcpu(uint32_t __user *cpu, uint32_t __user *node)
{
	if (cpu && put_user(cpu_current_id(), cpu))
		return -EFAULT;
	return node && put_user(0, node) ? -EFAULT : 0;
}

long sys_getpriority(int which, int who)
{
	if (which != PRIO_PROCESS)
		return which == PRIO_PGRP || which == PRIO_USER ? 20 - current_task()->nice
								: -EINVAL;
	struct task *task = task_find_or_current(who);
	if (!task)
		return -ESRCH;
	long nice = task->nice;
	task_put(task);
	return 20 - nice;
}

long sys_setpriority(int which, int who, int nice)
{
	if (which != PRIO_PROCESS)
		return -EINVAL;
	struct task *task = task_find_or_current(who);
	if (!task)
		return -ESRCH;
	nice = MAX(-20, MIN(19, nice));
	long error = 0;
	if (!may_schedule(task))
		error = -EPERM;
	else if (nice < task->nice && !credentials_are_root(&current_task()->credentials))
		error = -EACCES;
	else
		sched_set_nice(task, nice);
	task_put(task);
	return error;
}
