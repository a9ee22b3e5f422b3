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

struct resource_operations {
	struct file_table *(*files_clone)(struct file_table *source); /* NULL: a new, empty one */
	void (*files_get)(struct file_table *table);
	void (*files_put)(struct file_table *table);
	struct fs_context *(*fs_clone)(struct fs_context *source); /* NULL: the root */
	void (*fs_get)(struct fs_context *context);
	void (*fs_put)(struct fs_context *context);
};
extern const struct resource_operations *resource_operations;

/* A session leader ends: hang up its terminal. NULL until the terminals are there. */
extern void (*session_leader_exit_hook)(struct process *process);
