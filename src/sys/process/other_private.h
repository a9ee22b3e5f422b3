/* SPDX-License-Identifier: MIT */
/* Calls on another task: finding it, and who may. Thread context. */
#pragma once

#include "proc/task.h"

/* A reference, or NULL: the task of a tid, or for 0 the current one. */
NODISCARD struct task *task_find_or_current(int tid);
/* May the current task change how another is scheduled: does it run as the other's user? */
bool may_schedule(const struct task *other);
/* May the current task read and change what the other holds: are all its IDs those? */
bool may_control(const struct task *other);
