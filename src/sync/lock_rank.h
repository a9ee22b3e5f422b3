/* SPDX-License-Identifier: MIT */
/*
 * The lock order. A lock may be taken only while every lock held has a lower rank;
 * LOCK_RANK_NESTED allows equal ranks where the comment says which order holds.
 * The checking build panics at the first violation. docs/locking.md is derived from this.
 */
#pragma once

/* X(name, "what it guards") from outermost to innermost. */
#define LOCK_RANKS(X)                                                               \
	X(MOUNT, "the mount tree")                                                  \
	X(RENAME, "one rename of a directory at a time")                            \
	X(FILE, "a file's position")                                                \
	X(INODE, "an inode's contents and a directory's entries (parent before child)") \
	X(EPOLL, "an epoll file's interests (outer before inner)")                  \
	X(PIPE, "a pipe's ring")                                                    \
	X(TTY, "a terminal's line discipline and settings")                         \
	X(LINK, "one frame at a time on the debug link")                            \
	X(MM, "an address space's VMAs and page tables")                            \
	X(PAGE_CACHE, "an inode's cached pages")                                    \
	X(DENTRY, "the dentry cache: names, parents, children")                     \
	X(FILES, "a task's descriptor table")                                       \
	X(FILE_LOCKS, "all locks on files and who waits for them")                  \
	X(FS_CONTEXT, "a task's root, working directory, umask")                    \
	X(VMALLOC, "the vmalloc area's free ranges")                                \
	X(MUTEX_WAIT, "a mutex's waiters")                                          \
	X(TASKS, "the task list, PID table, parents, groups and sessions")          \
	X(SIGHAND, "signal handlers and pending signals of a thread group")         \
	X(SERIAL, "a 16550's transmit and receive rings")                           \
	X(WAIT_QUEUE, "the waiters of one wait queue")                              \
	X(SLAB, "a slab cache's lists and depot")                                   \
	X(FRAMES, "the buddy allocator's free lists")                               \
	X(RUN_QUEUE, "a CPU's runnable tasks (lower CPU id first)")                 \
	X(TIMER, "a CPU's timers")                                                  \
	X(TLB, "one shoot-down at a time")                                          \
	X(LOG, "the kernel log")                                                    \
	X(CONSOLE, "raw output to a log sink")

enum lock_rank {
#define X(name_, text_) LOCK_RANK_##name_,
	LOCK_RANKS(X)
#undef X
	LOCK_RANK_COUNT
};
