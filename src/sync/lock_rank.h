/* SPDX-License-Identifier: MIT */
/*
 * The lock order. A lock may be taken only while every lock held has a lower rank; the
 * _nested calls allow an equal one where the text says which order holds then.
 *
 * The three classes stand in that order, too. So by rank alone no spin lock is held when a
 * mutex is taken, and no lock that an interrupt handler takes is held when one is taken
 * that may be held with interrupts on: otherwise the holder of the latter, interrupted by a
 * handler that waits for the former, would never go on.
 *
 * The checking build panics at the first violation. docs/locking.md is derived from this.
 */
#pragma once

/* X(name, "what it guards"), from outermost to innermost. Mutexes: */
#define LOCK_RANKS_SLEEPING(X)                                                      \
	X(ALARM, "the setting of processes' alarms")                                \
	X(MOUNT, "the making of devfs's tree")                                                  \
	X(RENAME, "one rename of a directory at a time")                            \
	X(FILE, "a file's position")                                                \
	X(INODE, "an inode's contents and a directory's entries (parent before child)") \
	X(EPOLL, "an epoll file's interests (outer before inner)")                  \
	X(PIPE, "a pipe's ring; a /proc file's text")                                                    \
	X(TTY, "a terminal's output, one writer at a time")                         \
	X(LINK, "one frame at a time on the debug link")                            \
	X(MM, "an address space's VMAs and page tables")                            \
	X(PAGE_CACHE, "an inode's cached pages")                                    \
	X(VMALLOC, "the vmalloc area's kernel stacks")

/* Spin locks of threads: interrupts may be on while they are held, so no handler takes them. */
#define LOCK_RANKS_THREAD(X)                                            \
	X(MUTEX_WAIT, "a mutex's waiters")                              \
	X(DENTRY, "dentries: names, parents, children; mounts; devices")         \
	X(FILES, "a task's descriptor table")                           \
	X(FILE_LOCKS, "all locks on files and who waits for them")      \
	X(FS_CONTEXT, "a task's root, working directory, umask")        \
	X(LOAD, "the last step of the load averages")                   \
	X(SLAB, "a slab cache's lists")                       \
	X(FRAMES, "the buddy allocator's free lists")                   \
	X(TLB, "one shoot-down at a time")                              \
	X(PATCH, "one change of the code at a time")

/* Spin locks for any context: held with interrupts off, always. */
#define LOCK_RANKS_INTERRUPT(X)                                                     \
	X(TASKS, "the task list, PID table, parents, groups and sessions")          \
	X(SIGHAND, "signal handlers and pending signals of a thread group")         \
	X(SERIAL, "a terminal's line discipline; the link's input")                           \
	X(WAIT_QUEUE, "the waiters of one wait queue (futex: lower address first)") \
	X(RUN_QUEUE, "a CPU's runnable tasks")                                      \
	X(TIMER, "a CPU's timers")                                                  \
	X(LOG, "the kernel log")                                                    \
	X(CONSOLE, "a 16550's rings; the random generator")

/* clang-format off */
enum lock_rank {
#define X(name_, text_) LOCK_RANK_##name_,
	LOCK_RANKS_SLEEPING(X)
	LOCK_RANKS_THREAD(X)
	LOCK_RANKS_INTERRUPT(X)
#undef X
	LOCK_RANK_COUNT
};

/* Where the classes begin. */
enum {
#define X(name_, text_) + 1
	LOCK_RANK_FIRST_THREAD = 0 LOCK_RANKS_SLEEPING(X),
	LOCK_RANK_FIRST_INTERRUPT = LOCK_RANK_FIRST_THREAD LOCK_RANKS_THREAD(X),
#undef X
};
/* clang-format on */
