/* SPDX-License-Identifier: MIT */
/*
 * What /proc's files are described by. A directory is a table of entries, and perhaps entries
 * that are numbers (processes, threads, descriptors); procfs.c makes inodes of them.
 */
#pragma once

#include "fs/procfs/procfs.h"
#include "proc/task.h"

struct proc_directory;
struct proc_node;

/* What one name is. Exactly one of the members after mode is set, as the mode's type says. */
struct proc_entry {
	const char *name;
	uint32_t mode; /* type and permissions */
	/* Regular: write the whole text. 0 or -errno. Thread context; only a FILE lock is held. */
	int (*show)(const struct proc_node *node, struct text_sink *text);
	/* Symbolic link: its target as text, at most size bytes, and its length; or -errno. */
	ssize_t (*read_link)(const struct proc_node *node, char *buffer, size_t size);
	/* With read_link: the object itself, referenced, for links that are more than text. */
	int (*follow_link)(const struct proc_node *node, struct path *result);
	const struct proc_directory *directory;
	/* Regular, optional: take a text that was written, NUL-terminated, without its newline. */
	int (*store)(const struct proc_node *node, const char *text);
};

struct proc_directory {
	const struct proc_entry *entries;
	size_t entry_count;
	/* The entries that are numbers; all NULL when there are none. */
	const struct proc_entry *number_entry; /* what each is */
	/* Make child, a copy of the directory's node, the one with that number; false: none. */
	bool (*find_number)(const struct proc_node *directory, uint32_t number,
			    struct proc_node *child);
	/* The smallest number >= from that exists, or -1. */
	int64_t (*next_number)(const struct proc_node *directory, uint32_t from);
};

/*
 * What an inode is about. It keeps no reference on the task: the numbers and the start time
 * tell whether the one that has them now is the one that was meant. All fields: I.
 */
struct proc_node {
	const struct proc_entry *entry;
	const struct procfs_file *file; /* of procfs_register_file, else NULL */
	int32_t pid, tid;		/* 0 outside of the processes' directories */
	nanoseconds_t start_time;	/* of the process */
	uint32_t number;		/* of a descriptor */
	bool is_thread;			/* below task/: one thread alone, not its process */
	uint32_t permissions;		/* of a descriptor link: what the file was opened for */
};

/* The task that a node is about, referenced; NULL when it has gone. */
struct task *proc_node_task(const struct proc_node *node);

/*
 * Another task's objects, referenced; NULL when it has none (any more). A task lets go of
 * them under tasks_lock.
 */
struct mm *task_get_mm(struct task *task);
struct file_table *task_get_files(struct task *task);
struct fs_context *task_get_fs(struct task *task);
/* The open file that a node below fd or fdinfo is about, referenced, or NULL. */
struct file *proc_node_file(const struct proc_node *node);

/* A path as text into buffer; its length. */
ssize_t proc_format_path(const struct path *path, char *buffer, size_t size);

extern const struct proc_directory proc_process_directory;		  /* process.c: /proc/PID */
extern const struct proc_directory proc_sys_directory;			  /* sysctl.c: /proc/sys */
extern const struct proc_directory proc_root_directory;			  /* system.c: /proc */
extern const struct proc_directory proc_descriptor_directory;		  /* descriptors.c: fd */
extern const struct proc_directory proc_descriptor_information_directory; /* fdinfo */

/* The numbers in /proc: processes, and kernel threads. process.c */
bool proc_find_process(const struct proc_node *directory, uint32_t number, struct proc_node *child);
int64_t proc_next_process(const struct proc_node *directory, uint32_t from);

/* Texts of process.c's files that take more room: process_status.c. */
int proc_show_stat(const struct proc_node *node, struct text_sink *text);
int proc_show_status(const struct proc_node *node, struct text_sink *text);
int proc_show_statm(const struct proc_node *node, struct text_sink *text);
int proc_show_maps(const struct proc_node *node, struct text_sink *text);
int proc_show_limits(const struct proc_node *node, struct text_sink *text);
/* tables.c: what the VFS knows. The mounts are those that the node's task sees. */
int proc_show_devices(const struct proc_node *node, struct text_sink *text);
int proc_show_file_systems(const struct proc_node *node, struct text_sink *text);
int proc_show_mounts(const struct proc_node *node, struct text_sink *text);
int proc_show_mountinfo(const struct proc_node *node, struct text_sink *text);
