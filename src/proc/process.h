/* SPDX-License-Identifier: MIT */
/* Making, changing and ending processes. All calls: thread context. */
#pragma once

#include "proc/task.h"

struct clone_request {
	uint64_t flags; /* CLONE_*, without the signal */
	uint8_t exit_signal;
	vaddr_t stack; /* 0: the parent's */
	vaddr_t tls;
	int32_t __user *parent_tid, *child_tid;
};

/* The child's tid, or -errno. */
NODISCARD long process_clone(const struct clone_request *request);
/* A kernel thread, running function(argument); -errno as pointer. */
NODISCARD struct task *kernel_thread_create(int (*function)(void *), void *argument,
					    const char *name);

/*
 * Replace the current program. path and the vectors are kernel memory, the caller's. On
 * success the user frame is that of the new program and 0 returns; on an error after the point
 * of no return the process dies when it gets to user mode.
 */
struct exec_arguments {
	char *data; /* argument strings, then environment strings, each with its NUL */
	size_t size;
	uint32_t argument_count, environment_count;
};
NODISCARD int process_execute(const char *path, struct exec_arguments *arguments);

/* End the calling thread / its whole process. status as wait4 returns it. */
NORETURN void task_exit(int status);
NORETURN void process_exit(int status);
/* Ask all other threads of the process to die (exec, exit_group, fatal signal). */
void process_kill_threads(struct process *process, int status);

/*
 * As it, for exec: returns when the caller is the only thread, and the leader. -EAGAIN: another
 * thread was first to end the process or to execute a program, and the caller is to end.
 */
NODISCARD int process_kill_other_threads(struct task *caller);

struct rusage;
enum wait_for { WAIT_FOR_ANY, WAIT_FOR_PROCESS, WAIT_FOR_GROUP };
struct wait_request {
	enum wait_for kind;
	int32_t id;	  /* the process, or the group: 0 is the caller's own */
	uint32_t options; /* WNOHANG WUNTRACED/WSTOPPED WEXITED WCONTINUED WNOWAIT __WALL */
};
struct wait_result {
	int32_t pid;
	int32_t status;
	uint32_t uid;
	struct rusage *usage; /* filled when not NULL */
};
/* pid of the child that changed, 0 (WNOHANG), or -errno. */
NODISCARD long process_wait(const struct wait_request *request, struct wait_result *result);

NODISCARD int process_set_group(int32_t pid, int32_t group);
NODISCARD int process_set_session(void);
/* Is there nobody in its session, outside of it, who could continue it (POSIX: orphaned)? */
bool process_group_is_orphaned(int32_t group);
