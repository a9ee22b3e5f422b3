/* SPDX-License-Identifier: MIT */
/*
 * Tasks: a thread of execution, with the process it belongs to (struct process: what its
 * threads share by being one thread group). A single-threaded program is one of each.
 */
#pragma once

#include "lib/list.h"
#include "lib/rbtree.h"
#include "mm/layout.h"
#include "proc/wait_queue.h"
#include "sync/mutex.h"
#include "sync/refcount.h"

#include <linux/resource.h>

struct dentry;
struct file;
struct file_table;
struct fs_context;
struct mm;
struct mount;
struct signal_handlers;
struct trap_frame;
struct tty;
struct vfork_wait;

/*
 * RUNNING covers ready and on a CPU. RUNNING -> INTERRUPTIBLE / UNINTERRUPTIBLE / STOPPED by
 * the task itself; back by task_wake. RUNNING -> ZOMBIE once, by the task itself.
 */
enum task_state {
	TASK_RUNNING,
	TASK_INTERRUPTIBLE,
	TASK_UNINTERRUPTIBLE,
	TASK_STOPPED,
	TASK_ZOMBIE,
	TASK_DEAD, /* reaped: only references keep it */
};

enum {
	TASK_NAME_SIZE = 16,
	PID_MAX = 32768,
	SIGNAL_COUNT = 64,
};

/* A set of signals, bit signal - 1; the kernel's own sigset_t. */
typedef uint64_t signal_set_t;

struct credentials {
	uint32_t uid, euid, suid, fsuid;
	uint32_t gid, egid, sgid, fsgid;
	uint32_t group_count;
	uint32_t groups[32];
};

/* A signal that waits for delivery. */
struct pending_signals {
	signal_set_t set;  /* which */
	struct list queue; /* struct signal_info: siginfo for those that carry one */
};

/* Locks: I immutable, [T] tasks_lock, [S] signal lock, [F] fs lock, A atomic, o own threads only */
struct process {
	struct refcount references;
	int32_t pid;		       /* I */
	struct process *parent;	       /* [T] */
	struct list children, sibling; /* [T] */
	struct list threads;	       /* [T] struct task */
	uint32_t thread_count;	       /* [T] live threads */
	int32_t process_group;	       /* [T] */
	int32_t session;	       /* [T] */
	struct tty *terminal;	       /* [T] controlling terminal */
	bool has_executed;	       /* o: execve since fork, for setpgid */
	bool is_exiting;	       /* [S] group exit under way */
	int32_t group_exit_status;     /* [S] with is_exiting */
	struct task *leader;	       /* [T] once it ended: kept for wait */
	int32_t exit_status;	       /* [T] as wait4 returns it; valid when is_zombie */
	bool is_zombie;		       /* [T] */
	bool is_stopped;	       /* [T] */
	int32_t stop_signal;	       /* [T] not yet reported by wait, or 0 */
	bool is_continued;	       /* [T] not yet reported by wait */
	uint8_t parent_death_signal;   /* [T] prctl: sent to it when its parent ends, or 0 */
	bool is_not_dumpable;	       /* o: prctl keeps it; there are no core dumps */
	bool has_no_new_privileges;    /* o: prctl: set-ID files give none */
	uint8_t exit_signal;	       /* I: sent to the parent, usually SIGCHLD */
	struct wait_queue child_wait;  /* parents wait for their children here */
	struct wait_queue thread_wait; /* exec waits for the other threads to end */

	struct spinlock signal_lock;	  /* guards [S] fields of this process and its tasks */
	struct pending_signals pending;	  /* [S] for any thread */
	struct signal_handlers *handlers; /* [S] shared with CLONE_SIGHAND */

	struct rlimit64 limits[RLIM_NLIMITS];			/* [S] */
	nanoseconds_t start_time;				/* I: since boot */
	nanoseconds_t exited_user_time, exited_system_time;	/* [T] of threads gone */
	nanoseconds_t children_user_time, children_system_time; /* [T] */
	uint64_t children_minor_faults, children_major_faults;	/* [T] */
	nanoseconds_t alarm_deadline, alarm_interval;		/* [S] ITIMER_REAL; 0: none */
	struct timer *alarm_timer;				/* [S] */
};

/* Locks: as above; [R] run-queue lock of the task's CPU; o = the task itself */
struct task {
	/* arch/switch.S and arch/entry.S know the offsets of the first fields by name. */
	vaddr_t kernel_stack_pointer; /* [R] saved while not running */
	vaddr_t kernel_stack_base;    /* I */
	void *fpu_state;	      /* o: XSAVE area, or NULL for kernel threads */
	uint64_t fs_base, gs_base;    /* o: saved while not running */

	struct refcount references;
	int32_t tid;		   /* I */
	char name[TASK_NAME_SIZE]; /* o */
	struct process *process;   /* I: a reference */
	struct list thread_link;   /* [T] in process->threads */
	struct list all_link;	   /* [T] in all_tasks */
	struct list pid_link;	   /* [T] hash chain */
	struct list dead_link;	   /* in task.c: waiting to be freed */

	uint32_t state;			      /* [R] enum task_state */
	uint32_t cpu;			      /* [R] whose queue it is on, or ran on last */
	bool is_on_queue;		      /* [R] */
	bool is_on_cpu;			      /* A: its stack is in use */
	bool is_idle;			      /* I */
	bool is_kernel_thread;		      /* I */
	int8_t nice;			      /* [R] -20 .. 19 */
	uint32_t weight;		      /* [R] from nice */
	uint64_t allowed_cpus;		      /* [R] bit per CPU */
	uint64_t virtual_runtime;	      /* [R] ns weighted by nice */
	struct rb_node run_node;	      /* [R] by virtual_runtime */
	nanoseconds_t run_start;	      /* [R] when it was put on the CPU */
	nanoseconds_t run_time;		      /* [R] exact */
	nanoseconds_t user_time, system_time; /* its CPU's tick: sampled split of run_time */
	uint64_t switches_voluntary, switches_forced; /* [R] */
	uint64_t minor_faults, major_faults;	      /* o */

	const char *wait_reason; /* o: why it sleeps: shown by vt ps and /proc/PID/wchan */
	const void *wait_object; /* o: on what */
	nanoseconds_t wait_since;
	struct mutex *held_mutexes; /* o: kept by sync/mutex.c in the checking build */

	/* These three: o, and changed under tasks_lock, where others may take references. */
	struct mm *mm;			/* NULL for kernel threads */
	struct file_table *files;	/* a reference */
	struct fs_context *fs;		/* a reference */
	struct credentials credentials; /* o */

	struct pending_signals pending; /* [S] */
	signal_set_t blocked;		/* o, read under [S] */
	signal_set_t waited_for;	/* o: by sigtimedwait, though blocked */
	signal_set_t saved_blocked;	/* o: to restore after sigsuspend and its like */
	bool has_saved_blocked;		/* o */
	int32_t forced_signal;		/* o: a fault of its own, not to be ignored even by PID 1 */
	bool has_signal_work;		/* A: look at signals before returning to user mode */
	vaddr_t signal_stack;		/* o: sigaltstack */
	uint64_t signal_stack_size;	/* o */
	uint32_t signal_stack_flags;	/* o */

	int32_t __user *clear_tid;	/* o: CLONE_CHILD_CLEARTID */
	int32_t __user *child_set_tid;	/* o: CLONE_CHILD_SETTID, for its first moment */
	void __user *robust_list;	/* o */
	struct vfork_wait *vfork_wait;	/* o: the parent waits here, or NULL */
	struct trap_frame *user_frame;	/* o: registers of user mode, at the stack's top */
	int64_t current_syscall;	/* o: number, or -1 */
	int (*kernel_function)(void *); /* I: a kernel thread's body */
	void *kernel_argument;		/* I */
};

extern struct spinlock tasks_lock; /* see lock_rank.h: TASKS. Taken with interrupts off. */
extern struct list all_tasks;	   /* every task that is not DEAD */
extern struct process *init_process;

/* A referenced task, or NULL. Any context but interrupts. */
struct task *task_find(int32_t tid);
/* A referenced process, or NULL. */
struct process *process_find(int32_t pid);
struct process *process_find_locked(int32_t pid) REQUIRES(tasks_lock);
void task_get(struct task *task);
void task_put(struct task *task);
void process_get(struct process *process);
void process_put(struct process *process);

static inline struct process *current_process(void)
{
	return current_task()->process;
}

static inline bool credentials_are_root(const struct credentials *credentials)
{
	return credentials->euid == 0;
}

/* Visit every process (zombies too) with tasks_lock held. */
#define for_each_process_locked(process_, task_)    \
	list_for_each (task_, &all_tasks, all_link) \
		if (((process_) = (task_)->process)->pid == (task_)->tid)
