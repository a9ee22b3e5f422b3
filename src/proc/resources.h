/* SPDX-License-Identifier: MIT */
/*
 * What upper floors hand down so that tasks can hold their objects: the VFS's descriptor
 * tables and fs contexts, the terminal of a session that ends. Set at start-up.
 */
#pragma once

#include "lib/types.h"

struct file_table;
struct fs_context;
struct process;
struct tty;

struct resource_operations {
	struct file_table *(*files_clone)(struct file_table *source); /* NULL: a new, empty one */
	void (*files_get)(struct file_table *table);
	void (*files_put)(struct file_table *table);
	struct fs_context *(*fs_clone)(struct fs_context *source); /* NULL: the root */
	void (*fs_get)(struct fs_context *context);
	void (*fs_put)(struct fs_context *context);
};
extern const struct resource_operations *resource_operations;

/* What a terminal is to others: its device number and the job in its foreground. */
struct terminal_state {
	uint64_t device;
	int32_t foreground_group; /* 0: none */
};

/* NULL until the terminals are there. */
struct terminal_operations {
	void (*leave_session)(struct process *leader);		    /* hang up; the leader ends */
	struct terminal_state (*state)(const struct tty *terminal); /* tasks_lock held */
};
extern const struct terminal_operations *terminal_operations;
