/* SPDX-License-Identifier: MIT */
/* Start-up of tasks, and what fork.c, exit.c and task.c share. */
#pragma once

#include "proc/task.h"

void task_init(void); /* boot: caches */
NODISCARD struct task *task_create_idle(vaddr_t stack_base);
/* A fresh stack on which the task begins in entry.S's task_entry. */
void task_prepare_stack(struct task *task);
/* In the child, first: what only it can write to its own memory. Interrupts off. */
void process_after_fork(struct task *task);
void task_unpublish_locked(struct task *task) REQUIRES(tasks_lock);
/* Into the hash again after its tid changed. */
void task_relink_locked(struct task *task) REQUIRES(tasks_lock);
struct task *task_find_locked(int32_t tid) REQUIRES(tasks_lock);
/* Start PID 1 in a new process running a kernel function that will execute a program. */
NODISCARD int process_start_init(int (*function)(void *));
