/* SPDX-License-Identifier: MIT */
/* System calls about signals. */
#include "arch/trap_frame.h"
#include "core/time.h"
#include "lib/atomic.h"
#include "mm/user_copy.h"
#include "proc/sched.h"
#include "proc/signal.h"
#include "sys/syscall.h"
#include "sys/user_time.h"

static bool is_valid_signal(int signal)
{
	return signal >= 1 && signal <= SIGNAL_COUNT;
}

long sys_rt_sigaction(int signal, const struct sigaction __user *action,
		      struct sigaction __user *old_action, size_t set_size)
{
	struct signal_action new, old; // laid out as the system call's struct sigaction

	if (set_size != sizeof(signal_set_t) || !is_valid_signal(signal))
		return -EINVAL;
	if (action && copy_from_user(&new, action, sizeof(new)))
		return -EFAULT;
	if (action && (signal == SIGKILL || signal == SIGSTOP))
		return -EINVAL;
	signal_exchange_action(signal, action ? &new : NULL, &old);
	return old_action ? copy_to_user(old_action, &old, sizeof(old)) : 0;
}

long sys_rt_sigprocmask(int how, const uint64_t __user *set, uint64_t __user *old_set,
			size_t set_size)
{
	signal_set_t old = current_task()->blocked, new;

	if (set_size != sizeof(signal_set_t))
		return -EINVAL;
	if (set) {
		if (get_user(new, set))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK:
			signal_set_blocked(old | new);
			break;
		case SIG_UNBLOCK:
			signal_set_blocked(old & ~new);
			break;
		case SIG_SETMASK:
			signal_set_blocked(new);
			break;
		default:
			return -EINVAL;
		}
	}
	return old_set ? put_user(old, old_set) : 0;
}

long sys_rt_sigpending(uint64_t __user *set, size_t set_size)
{
	struct task *task = current_task();
	signal_set_t pending = (task->pending.set | task->process->pending.set) & task->blocked;

	if (set_size > sizeof(pending))
		return -EINVAL;
	return copy_to_user(set, &pending, set_size);
}

/* Sleep until a signal is delivered; the mask comes back after its handler. */
static long suspend(void)
{
	while (!signal_is_pending()) {
		wait_prepare(true, "signal", NULL);
		if (!signal_is_pending())
			schedule();
		wait_finish();
	}
	return -ERESTARTNOHAND;
}

long sys_rt_sigsuspend(const uint64_t __user *mask, size_t set_size)
{
	struct task *task = current_task();
	signal_set_t new;

	if (set_size != sizeof(signal_set_t))
		return -EINVAL;
	if (get_user(new, mask))
		return -EFAULT;
	task->saved_blocked = task->blocked;
	task->has_saved_blocked = true;
	signal_set_blocked(new);
	return suspend();
}

long sys_pause(void)
{
	return suspend();
}

long sys_rt_sigtimedwait(const uint64_t __user *set, struct siginfo __user *info,
			 const struct __kernel_timespec __user *timeout, size_t set_size)
{
	struct task *task = current_task();
	signal_set_t wanted;
	nanoseconds_t deadline = WAIT_FOREVER;
	siginfo_t got;

	if (set_size != sizeof(signal_set_t))
		return -EINVAL;
	if (get_user(wanted, set))
		return -EFAULT;
	if (timeout) {
		long error = timespec_to_deadline(timeout, &deadline);
		if (error)
			return error;
	}
	wanted &= ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
	store_release(&task->waited_for, wanted);
	int signal;
	long error = 0;
	while (!(signal = signal_take(wanted, &got)) && !error) {
		wait_prepare(true, "sigtimedwait", NULL);
		if ((task->pending.set | task->process->pending.set) & wanted) {
			wait_finish();
			continue;
		}
		error = wait_sleep(true, deadline);
		wait_finish();
	}
	store_release(&task->waited_for, 0);
	if (!signal)
		return error == -ETIMEDOUT ? -EAGAIN : -EINTR;
	if (info && copy_to_user(info, &got, sizeof(got)))
		return -EFAULT;
	return signal;
}

static bool may_signal(const struct process *target, int signal)
{
	const struct credentials *own = &current_task()->credentials;

	if (credentials_are_root(own) || target == current_process())
		return true;
	if (signal == SIGCONT && target->session == current_process()->session)
		return true;
	struct task *task = task_find(target->pid);
	if (!task)
		return false;
	const struct credentials *other = &task->credentials;
	bool may = own->euid == other->suid || own->euid == other->uid || own->uid == other->suid ||
		   own->uid == other->uid;
	task_put(task);
	return may;
}

static siginfo_t make_info(int signal, int code)
{
	siginfo_t info = { .si_signo = signal };
	info.si_code = code;
	info.si_pid = current_process()->pid;
	info.si_uid = current_task()->credentials.uid;
	return info;
}

static long kill_process(int pid, int signal)
{
	siginfo_t info = make_info(signal, SI_USER);
	struct process *process = process_find(pid);
	long error = 0;

	if (!process)
		return -ESRCH;
	if (!may_signal(process, signal))
		error = -EPERM;
	else if (signal)
		error = signal_send_process(process, signal, &info);
	process_put(process);
	return error;
}

/* Visit by ascending PID, so that no lock is held while sending. */
static long kill_many(int signal, bool (*matches)(const struct process *, int), int argument)
{
	long result = -ESRCH;

	for (int32_t pid = 1; pid < PID_MAX; pid++) {
		struct process *process = process_find(pid);
		if (!process)
			continue;
		bool is_meant = matches(process, argument);
		process_put(process);
		if (!is_meant)
			continue;
		long error = kill_process(pid, signal);
		if (error == 0 || result == -ESRCH)
			result = error;
	}
	return result;
}

static bool is_in_group(const struct process *process, int group)
{
	return process->process_group == group;
}

static bool is_another(const struct process *process, int unused)
{
	(void)unused;
	return process->pid != 1 && process != current_process();
}

long sys_kill(int pid, int signal)
{
	if (signal < 0 || signal > SIGNAL_COUNT)
		return -EINVAL;
	if (pid > 0)
		return kill_process(pid, signal);
	if (pid == 0)
		return kill_many(signal, is_in_group, current_process()->process_group);
	if (pid == -1)
		return kill_many(signal, is_another, 0);
	return pid == INT32_MIN ? -ESRCH : kill_many(signal, is_in_group, -pid);
}

static long kill_thread(int tgid, int tid, int signal, const siginfo_t *info)
{
	if (tid <= 0 || signal < 0 || signal > SIGNAL_COUNT)
		return -EINVAL;
	struct task *task = task_find(tid);
	long error = 0;
	if (!task)
		return -ESRCH;
	if (tgid && task->process->pid != tgid)
		error = -ESRCH;
	else if (!may_signal(task->process, signal))
		error = -EPERM;
	else if (signal)
		error = signal_send_task(task, signal, info);
	task_put(task);
	return error;
}

long sys_tkill(int tid, int signal)
{
	siginfo_t info = make_info(signal, SI_TKILL);
	return kill_thread(0, tid, signal, &info);
}

long sys_tgkill(int tgid, int tid, int signal)
{
	siginfo_t info = make_info(signal, SI_TKILL);
	return tgid <= 0 ? -EINVAL : kill_thread(tgid, tid, signal, &info);
}

/* A program may not forge the kernel's codes, except to itself. */
static long read_info(siginfo_t *info, const struct siginfo __user *from, int signal, int pid)
{
	if (copy_from_user(info, from, sizeof(*info)))
		return -EFAULT;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) && current_process()->pid != pid)
		return -EPERM;
	info->si_signo = signal;
	return 0;
}

long sys_rt_sigqueueinfo(int pid, int signal, const struct siginfo __user *from)
{
	siginfo_t info;
	long error = read_info(&info, from, signal, pid);
	if (error)
		return error;
	if (signal < 0 || signal > SIGNAL_COUNT)
		return -EINVAL;
	struct process *process = pid > 0 ? process_find(pid) : NULL;
	if (!process)
		return -ESRCH;
	if (!may_signal(process, signal))
		error = -EPERM;
	else if (signal)
		error = signal_send_process(process, signal, &info);
	process_put(process);
	return error;
}

long sys_rt_tgsigqueueinfo(int tgid, int tid, int signal, const struct siginfo __user *from)
{
	siginfo_t info;
	long error = read_info(&info, from, signal, tgid);
	if (error)
		return error;
	return tgid <= 0 ? -EINVAL : kill_thread(tgid, tid, signal, &info);
}

long sys_rt_sigreturn(void)
{
	struct task *task = current_task();
	long result = signal_frame_pop(task->user_frame);
	if (result == -EFAULT && task->user_frame->error_code != (uint64_t)-1)
		signal_force(SIGSEGV, SI_KERNEL, 0);
	return result;
}

/* Setting again what is set is always allowed. */
static bool is_same_stack(const stack_t *new, const stack_t *old)
{
	return new->ss_sp == old->ss_sp &&new->ss_size == old->ss_size && !new->ss_flags;
}

long sys_sigaltstack(const struct sigaltstack __user *stack, struct sigaltstack __user *old_stack)
{
	struct task *task = current_task();
	bool is_in_use = task->signal_stack_size &&
			 task->user_frame->rsp - task->signal_stack <= task->signal_stack_size;
	stack_t old = { .ss_sp = (void *)task->signal_stack,
			.ss_size = task->signal_stack_size,
			.ss_flags = !task->signal_stack_size ? SS_DISABLE
				    : is_in_use		     ? SS_ONSTACK
							     : 0 };
	stack_t new;

	if (stack) {
		if (copy_from_user(&new, stack, sizeof(new)))
			return -EFAULT;
		if (is_in_use)
			return -EPERM;
		if (new.ss_flags & ~(SS_DISABLE | SS_ONSTACK))
			return -EINVAL;
		if (new.ss_flags & SS_DISABLE)
			new.ss_sp = NULL, new.ss_size = 0;
		else if (new.ss_size < MINSIGSTKSZ && !is_same_stack(&new, &old))
			return -ENOMEM;
		task->signal_stack = (vaddr_t) new.ss_sp;
		task->signal_stack_size = new.ss_size;
		task->signal_stack_flags = new.ss_flags &SS_DISABLE;
	}
	return old_stack ? copy_to_user(old_stack, &old, sizeof(old)) : 0;
}
