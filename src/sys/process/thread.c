/* SPDX-License-Identifier: MIT */
/* System calls for what a thread has of its own, and for futexes. */
#include "arch/msr.h"
#include "core/time.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "proc/futex.h"
#include "proc/task.h"
#include "sys/process/other_private.h"
#include "sys/syscall.h"
#include "sys/user_time.h"

#include <asm/prctl.h>
#include <linux/futex.h>
#include <linux/prctl.h>

enum { ROBUST_LIST_HEAD_SIZE = 24 };

long sys_set_tid_address(int __user *address)
{
	current_task()->clear_tid = address;
	return current_task()->tid;
}

long sys_get_robust_list(int pid, uint64_t __user *head, uint64_t __user *size)
{
	struct task *task = task_find_or_current(pid);

	if (!task)
		return -ESRCH;
	bool may = may_control(task);
	uint64_t list = (uint64_t)(__force void *)task->robust_list;
	task_put(task);
	if (!may)
		return -EPERM;
	return put_user((uint64_t)ROBUST_LIST_HEAD_SIZE, size) || put_user(list, head) ? -EFAULT
										       : 0;
}

long sys_set_robust_list(void __user *head, size_t size)
{
	if (size != ROBUST_LIST_HEAD_SIZE)
		return -EINVAL;
	current_task()->robust_list = head;
	return 0;
}

static long set_segment_base(enum msr msr, uint64_t *kept, uint64_t address)
{
	if (address >= USER_LIMIT)
		return -EPERM;
	preempt_disable();
	*kept = address;
	msr_write(msr, address);
	preempt_enable();
	return 0;
}

long sys_arch_prctl(int code, uint64_t address)
{
	struct task *task = current_task();

	switch (code) {
	case ARCH_SET_FS:
		return set_segment_base(MSR_FS_BASE, &task->fs_base, address);
	case ARCH_SET_GS:
		return set_segment_base(MSR_KERNEL_GS_BASE, &task->gs_base, address);
	case ARCH_GET_FS:
		return put_user(task->fs_base, (uint64_t __user *)address);
	case ARCH_GET_GS:
		return put_user(task->gs_base, (uint64_t __user *)address);
	default:
		return -EINVAL;
	}
}

long sys_prctl(int option, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	struct task *task = current_task();
	char name[TASK_NAME_SIZE] = { 0 };

	switch (option) {
	case PR_SET_NAME:
		if (copy_string_from_user(name, (const char __user *)a2, sizeof(name)) == -EFAULT)
			return -EFAULT;
		name[sizeof(name) - 1] = '\0';
		memcpy(task->name, name, sizeof(name));
		return 0;
	case PR_GET_NAME:
		return copy_to_user((void __user *)a2, task->name, sizeof(task->name));
	case PR_SET_PDEATHSIG:
		if (a2 > SIGNAL_COUNT)
			return -EINVAL;
		current_process()->parent_death_signal = (uint8_t)a2;
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user((int)current_process()->parent_death_signal, (int __user *)a2);
	case PR_GET_DUMPABLE:
		return !current_process()->is_not_dumpable;
	case PR_SET_DUMPABLE:
		if (a2 > 1)
			return -EINVAL;
		current_process()->is_not_dumpable = a2 == 0;
		return 0;
	case PR_SET_NO_NEW_PRIVS:
		if (a2 != 1 || a3 || a4 || a5)
			return -EINVAL;
		current_process()->has_no_new_privileges = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return a2 || a3 || a4 || a5 ? -EINVAL : current_process()->has_no_new_privileges;
	case PR_GET_KEEPCAPS:
		return 0;
	default:
		return -EINVAL;
	}
}

long sys_futex(uint32_t __user *address, int operation, uint32_t value, uint64_t timeout,
	       uint32_t __user *address2, uint32_t value3)
{
	nanoseconds_t deadline = WAIT_FOREVER;
	int command = operation & FUTEX_CMD_MASK;
	const struct __kernel_timespec __user *time = (const void __user *)timeout;

	if (time && (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET)) {
		long error = command == FUTEX_WAIT ? timespec_to_deadline(time, &deadline)
						   : timespec_read(time, &deadline);
		if (error)
			return error;
		if (command == FUTEX_WAIT_BITSET && (operation & FUTEX_CLOCK_REALTIME)) {
			nanoseconds_t boot = time_wall_clock() - time_since_boot();
			deadline -= MIN(deadline, boot); // before that: over long since
		}
		deadline = MAX(deadline, (nanoseconds_t)1);
	}
	// Among processes the word is known by its page, so that has to be there.
	uint32_t unused;
	if (!(operation & FUTEX_PRIVATE_FLAG) && (__force vaddr_t)address % sizeof(uint32_t) == 0 &&
	    load_user_u32(&unused, address))
		return -EFAULT;
	switch (command) {
	case FUTEX_WAIT:
		return futex_wait(address, value, FUTEX_BITSET_MATCH_ANY, deadline);
	case FUTEX_WAIT_BITSET:
		return futex_wait(address, value, value3, deadline);
	case FUTEX_WAKE:
		return futex_wake(address, value, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(address, value, value3);
	case FUTEX_REQUEUE:
		return futex_requeue(address, value, address2, (uint32_t)timeout, false, 0);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(address, value, address2, (uint32_t)timeout, true, value3);
	default:
		return -ENOSYS;
	}
}
