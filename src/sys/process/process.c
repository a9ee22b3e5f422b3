/* SPDX-License-Identifier: MIT */
/* System calls about the lives of processes: clone, exec, exit, wait; groups and sessions. */
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/exec.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sys/syscall.h"

#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/wait.h>

enum { CLONE_SIGNAL_MASK = 0xff };

long sys_getpid(void)
{
	return current_process()->pid;
}

long sys_gettid(void)
{
	return current_task()->tid;
}

long sys_getppid(void)
{
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	struct process *parent = current_process()->parent;
	long pid = parent ? parent->pid : 0;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return pid;
}

long sys_fork(void)
{
	struct clone_request request = { .exit_signal = SIGCHLD };
	return process_clone(&request);
}

long sys_vfork(void)
{
	struct clone_request request = { .flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD };
	return process_clone(&request);
}

long sys_clone(uint64_t flags, uint64_t stack, int __user *parent_tid, int __user *child_tid,
	       uint64_t tls)
{
	struct clone_request request = {
		.flags = flags & ~(uint64_t)CLONE_SIGNAL_MASK,
		.exit_signal = flags & CLONE_SIGNAL_MASK,
		.stack = stack,
		.tls = tls,
		.parent_tid = parent_tid,
		.child_tid = child_tid,
	};
	return process_clone(&request);
}

/* -E2BIG where a byte is not 0. */
static long check_zero(const char __user *at, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char byte;
		if (get_user(byte, at + i))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return 0;
}

long sys_clone3(const struct clone_args __user *user, size_t size)
{
	struct clone_args arguments = { 0 };

	if (size < CLONE_ARGS_SIZE_VER0 || size > PAGE_SIZE)
		return size > PAGE_SIZE ? -E2BIG : -EINVAL;
	if (copy_from_user(&arguments, user, MIN(size, sizeof(arguments))))
		return -EFAULT;
	if (size > sizeof(arguments)) { // from a later Linux: fields not known must not be used
		long error = check_zero((const char __user *)user + sizeof(arguments),
					size - sizeof(arguments));
		if (error)
			return error;
	}
	if (arguments.exit_signal & ~(uint64_t)CLONE_SIGNAL_MASK || arguments.set_tid_size ||
	    (arguments.flags & CLONE_SIGNAL_MASK) || (!arguments.stack) != (!arguments.stack_size))
		return -EINVAL;
	struct clone_request request = {
		.flags = arguments.flags,
		.exit_signal = (uint8_t)arguments.exit_signal,
		.stack = arguments.stack + arguments.stack_size,
		.tls = arguments.tls,
		.parent_tid = (int __user *)(uintptr_t)arguments.parent_tid,
		.child_tid = (int __user *)(uintptr_t)arguments.child_tid,
	};
	return process_clone(&request);
}

long sys_execve(const char __user *user_path, const char __user *const __user *argument_vector,
		const char __user *const __user *environment_vector)
{
	struct exec_arguments arguments;
	char *path = kmalloc(PATH_MAX);

	if (!path)
		return -ENOMEM;
	long error = copy_string_from_user(path, user_path, PATH_MAX);
	if (error >= 0)
		error = error == 0 ? -ENOENT
				   : exec_arguments_copy(&arguments, argument_vector,
							 environment_vector);
	if (error == 0) {
		error = process_execute(path, &arguments);
		exec_arguments_free(&arguments);
	}
	kfree(path);
	return error;
}

long sys_exit(int status)
{
	task_exit((status & 0xff) << 8);
}

long sys_exit_group(int status)
{
	process_exit((status & 0xff) << 8);
}

long sys_wait4(int pid, int __user *status, int options, struct rusage __user *user_usage)
{
	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | (int)__WCLONE | __WALL))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	struct rusage usage;
	struct wait_result result = { .usage = user_usage ? &usage : NULL };
	struct wait_request request = {
		.kind = pid > 0	    ? WAIT_FOR_PROCESS
			: pid == -1 ? WAIT_FOR_ANY
				    : WAIT_FOR_GROUP,
		.id = pid > 0 ? pid : -pid,
		.options = (uint32_t)options | WEXITED,
	};

	long answer = process_wait(&request, &result);
	if (answer <= 0)
		return answer;
	if (status && put_user(result.status, status))
		return -EFAULT;
	if (user_usage && copy_to_user(user_usage, &usage, sizeof(usage)))
		return -EFAULT;
	return answer;
}

static siginfo_t child_info(const struct wait_result *result)
{
	siginfo_t info = { .si_signo = SIGCHLD };
	int status = result->status;

	info.si_pid = result->pid;
	info.si_uid = result->uid;
	if (status == 0xffff) {
		info.si_code = CLD_CONTINUED;
		info.si_status = SIGCONT;
	} else if ((status & 0xff) == 0x7f) {
		info.si_code = CLD_STOPPED;
		info.si_status = status >> 8;
	} else if ((status & 0x7f) == 0) {
		info.si_code = CLD_EXITED;
		info.si_status = status >> 8;
	} else {
		info.si_code = status & 0x80 ? CLD_DUMPED : CLD_KILLED;
		info.si_status = status & 0x7f;
	}
	return info;
}

long sys_waitid(int which, int id, struct siginfo __user *user_info, int options,
		struct rusage __user *user_usage)
{
	struct rusage usage;
	struct wait_result result = { .usage = user_usage ? &usage : NULL };
	struct wait_request request = { .id = id, .options = (uint32_t)options };
	siginfo_t info = { 0 };

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD |
			(int)__WCLONE | __WALL) ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	if (which == P_PID && id > 0)
		request.kind = WAIT_FOR_PROCESS;
	else if (which == P_PGID && id >= 0)
		request.kind = WAIT_FOR_GROUP;
	else if (which != P_ALL)
		return -EINVAL;
	long answer = process_wait(&request, &result);
	if (answer < 0)
		return answer;
	if (answer > 0)
		info = child_info(&result);
	if (user_info && copy_to_user(user_info, &info, sizeof(info)))
		return -EFAULT;
	if (answer > 0 && user_usage && copy_to_user(user_usage, &usage, sizeof(usage)))
		return -EFAULT;
	return 0;
}

/* Read one field of another process under the tasks lock. */
static long field_of(int pid, size_t offset)
{
	if (pid < 0)
		return -ESRCH;
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	struct process *process = pid ? process_find_locked(pid) : current_process();
	long value = process ? *(const int32_t *)((const char *)process + offset) : -ESRCH;
	spin_unlock_irqrestore(&tasks_lock, flags);
	if (process && pid)
		process_put(process);
	return value;
}

long sys_getpgid(int pid)
{
	return field_of(pid, offsetof(struct process, process_group));
}

long sys_getpgrp(void)
{
	return sys_getpgid(0);
}

long sys_getsid(int pid)
{
	return field_of(pid, offsetof(struct process, session));
}

long sys_setpgid(int pid, int group)
{
	return process_set_group(pid, group);
}

long sys_setsid(void)
{
	return process_set_session();
}
