/* SPDX-License-Identifier: MIT */
/* Program arguments on their way from one program to the next. See exec_arguments.c. */
#pragma once

#include "proc/process.h"

/* Copy the vectors; -EFAULT, -E2BIG, -ENOMEM. The result is freed by exec_arguments_free. */
NODISCARD int exec_arguments_copy(struct exec_arguments *arguments,
				  const char __user *const __user *argument_vector,
				  const char __user *const __user *environment_vector);
NODISCARD int exec_arguments_from_kernel(struct exec_arguments *arguments,
					 const char *const *argument_vector,
					 const char *const *environment_vector);
/* Put a string before the first argument, which it replaces when replaces_first. */
NODISCARD int exec_arguments_prepend(struct exec_arguments *arguments, const char *string);
void exec_arguments_drop_first(struct exec_arguments *arguments);
void exec_arguments_free(struct exec_arguments *arguments);

/* What the VFS does for exec; handed down at start-up. Error pointers. */
struct file;
struct exec_file_operations {
	/* A regular file that the caller may execute. */
	struct file *(*open)(const char *path);
	ssize_t (*read)(struct file *file, void *buffer, size_t size, file_offset_t position);
	uint64_t (*size)(struct file *file);
	/* Identity changes by the set-user-ID and set-group-ID bits. */
	void (*apply_set_id)(struct file *file, struct credentials *credentials);
	void (*close_on_exec)(struct file_table *table);
	/* Give the current task a descriptor table of its own. */
	int (*unshare)(void);
};
extern const struct exec_file_operations *exec_file_operations;
