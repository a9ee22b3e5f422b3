/* SPDX-License-Identifier: MIT */
/* System calls about processes, threads and their credentials. */
#include "arch/msr.h"
#include "core/time.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/exec.h"
#include "proc/futex.h"
#include "proc/process.h"
#include "proc/sched.h"
#include "proc/signal.h"
#include "sys/syscall.h"
#include "sys/time_private.h"

#include <asm/prctl.h>
#include <asm/signal.h>
#include <linux/futex.h>
#include <linux/limits.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/times.h>
#include <linux/wait.h>

enum {
	CLONE_SIGNAL_MASK = 0xff,
	ID_KEEP = -1,
	CLOCK_TICK_NS = NANOSECONDS_PER_SECOND / 100,
	ROBUST_LIST_HEAD_SIZE = 24,
};

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

long sys_clone3(const struct clone_args __user *user, size_t size)
{
	struct clone_args arguments = { 0 };

	if (size < CLONE_ARGS_SIZE_VER0 || size > PAGE_SIZE)
		return size > PAGE_SIZE ? -E2BIG : -EINVAL;
	if (copy_from_user(&arguments, user, MIN(size, sizeof(arguments))))
		return -EFAULT;
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
	struct rusage usage;
	struct wait_result result = { .usage = user_usage ? &usage : NULL };
	struct wait_request request = { .pid = pid, .options = (uint32_t)options | WEXITED };

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | (int)__WCLONE | __WALL))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
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
	struct wait_request request = { .pid = -1, .options = (uint32_t)options };
	siginfo_t info = { 0 };

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD |
			(int)__WCLONE | __WALL) ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	if (which == P_PID && id > 0)
		request.pid = id;
	else if (which == P_PGID && id >= 0)
		request.pid = id ? -id : 0;
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

/* ---- credentials ---- */

long sys_getuid(void)
{
	return current_task()->credentials.uid;
}

long sys_geteuid(void)
{
	return current_task()->credentials.euid;
}

long sys_getgid(void)
{
	return current_task()->credentials.gid;
}

long sys_getegid(void)
{
	return current_task()->credentials.egid;
}

static long put_three(uint32_t a, uint32_t b, uint32_t c, uint32_t __user *to_a,
		      uint32_t __user *to_b, uint32_t __user *to_c)
{
	return put_user(a, to_a) || put_user(b, to_b) || put_user(c, to_c) ? -EFAULT : 0;
}

long sys_getresuid(uint32_t __user *real, uint32_t __user *effective, uint32_t __user *saved)
{
	const struct credentials *own = &current_task()->credentials;
	return put_three(own->uid, own->euid, own->suid, real, effective, saved);
}

long sys_getresgid(uint32_t __user *real, uint32_t __user *effective, uint32_t __user *saved)
{
	const struct credentials *own = &current_task()->credentials;
	return put_three(own->gid, own->egid, own->sgid, real, effective, saved);
}

static bool may_become(uint32_t id, uint32_t real, uint32_t effective, uint32_t saved)
{
	return id == (uint32_t)ID_KEEP || credentials_are_root(&current_task()->credentials) ||
	       id == real || id == effective || id == saved;
}

long sys_setresuid(uint32_t real, uint32_t effective, uint32_t saved)
{
	struct credentials *own = &current_task()->credentials;

	if (!may_become(real, own->uid, own->euid, own->suid) ||
	    !may_become(effective, own->uid, own->euid, own->suid) ||
	    !may_become(saved, own->uid, own->euid, own->suid))
		return -EPERM;
	if (real != (uint32_t)ID_KEEP)
		own->uid = real;
	if (effective != (uint32_t)ID_KEEP)
		own->euid = own->fsuid = effective;
	if (saved != (uint32_t)ID_KEEP)
		own->suid = saved;
	return 0;
}

long sys_setresgid(uint32_t real, uint32_t effective, uint32_t saved)
{
	struct credentials *own = &current_task()->credentials;

	if (!may_become(real, own->gid, own->egid, own->sgid) ||
	    !may_become(effective, own->gid, own->egid, own->sgid) ||
	    !may_become(saved, own->gid, own->egid, own->sgid))
		return -EPERM;
	if (real != (uint32_t)ID_KEEP)
		own->gid = real;
	if (effective != (uint32_t)ID_KEEP)
		own->egid = own->fsgid = effective;
	if (saved != (uint32_t)ID_KEEP)
		own->sgid = saved;
	return 0;
}

long sys_setuid(uint32_t uid)
{
	if (uid == (uint32_t)ID_KEEP)
		return -EINVAL;
	if (credentials_are_root(&current_task()->credentials))
		return sys_setresuid(uid, uid, uid);
	return sys_setresuid((uint32_t)ID_KEEP, uid, (uint32_t)ID_KEEP);
}

/* POSIX: the saved ID follows when the real one is set, or the effective to another value. */
long sys_setreuid(uint32_t real, uint32_t effective)
{
	const struct credentials *own = &current_task()->credentials;
	const uint32_t keep = (uint32_t)ID_KEEP;
	bool saves = real != keep || (effective != keep && effective != own->uid);

	if (!credentials_are_root(own) && real != keep && real != own->uid && real != own->euid)
		return -EPERM;
	return sys_setresuid(real, effective,
			     !saves		 ? keep
			     : effective == keep ? own->euid
						 : effective);
}

long sys_setregid(uint32_t real, uint32_t effective)
{
	const struct credentials *own = &current_task()->credentials;
	const uint32_t keep = (uint32_t)ID_KEEP;
	bool saves = real != keep || (effective != keep && effective != own->gid);

	if (!credentials_are_root(own) && real != keep && real != own->gid && real != own->egid)
		return -EPERM;
	return sys_setresgid(real, effective,
			     !saves		 ? keep
			     : effective == keep ? own->egid
						 : effective);
}

long sys_setgid(uint32_t gid)
{
	if (gid == (uint32_t)ID_KEEP)
		return -EINVAL;
	if (credentials_are_root(&current_task()->credentials))
		return sys_setresgid(gid, gid, gid);
	return sys_setresgid((uint32_t)ID_KEEP, gid, (uint32_t)ID_KEEP);
}

long sys_getgroups(int size, uint32_t __user *list)
{
	const struct credentials *own = &current_task()->credentials;

	if (size < 0 || (size && (uint32_t)size < own->group_count))
		return -EINVAL;
	if (size && own->group_count &&
	    copy_to_user(list, own->groups, own->group_count * sizeof(uint32_t)))
		return -EFAULT;
	return own->group_count;
}

long sys_setgroups(size_t size, const uint32_t __user *list)
{
	struct credentials *own = &current_task()->credentials;
	uint32_t groups[ARRAY_SIZE(own->groups)];

	if (!credentials_are_root(own))
		return -EPERM;
	if (size > ARRAY_SIZE(groups))
		return -EINVAL;
	if (copy_from_user(groups, list, size * sizeof(uint32_t)))
		return -EFAULT;
	memcpy(own->groups, groups, size * sizeof(uint32_t));
	own->group_count = (uint32_t)size;
	return 0;
}

/* ---- threads ---- */

long sys_set_tid_address(int __user *address)
{
	current_task()->clear_tid = address;
	return current_task()->tid;
}

long sys_get_robust_list(int pid, uint64_t __user *head, uint64_t __user *size)
{
	struct task *task = pid ? task_find(pid) : NULL;

	if (pid && !task)
		return -ESRCH;
	uint64_t list = (uint64_t)(__force void *)(task ? task : current_task())->robust_list;
	if (task)
		task_put(task);
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
		if (command == FUTEX_WAIT_BITSET && (operation & FUTEX_CLOCK_REALTIME))
			deadline -= time_wall_clock() - time_since_boot();
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

/* ---- scheduling ---- */

long sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

static struct task *find_or_current(int tid)
{
	if (tid) {
		return tid > 0 ? task_find(tid) : NULL;
	}
	task_get(current_task());
	return current_task();
}

long sys_sched_getaffinity(int pid, size_t size, uint64_t __user *mask)
{
	struct task *task = find_or_current(pid);

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
	struct task *task = find_or_current(pid);
	if (!task)
		return -ESRCH;
	long error = sched_set_affinity(task, allowed);
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
	struct task *task = find_or_current(who);
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
	struct task *task = find_or_current(who);
	if (!task)
		return -ESRCH;
	nice = MAX(-20, MIN(19, nice));
	long error = 0;
	if (nice < task->nice && !credentials_are_root(&current_task()->credentials))
		error = -EACCES;
	else
		sched_set_nice(task, nice);
	task_put(task);
	return error;
}

/* ---- limits and use ---- */

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
	struct process *process = pid ? process_find(pid) : current_process();
	if (!process)
		return -ESRCH;
	long error = change_limit(process, resource, new_limit ? &new : NULL, &old);
	if (pid)
		process_put(process);
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
	usage.ru_maxrss = (long)(task->mm->peak_resident_pages * (PAGE_SIZE / 1024));
	usage.ru_nvcsw = (long)task->switches_voluntary;
	usage.ru_nivcsw = (long)task->switches_forced;
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
