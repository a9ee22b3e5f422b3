/* SPDX-License-Identifier: MIT */
/*
 * Calls on another task, and Linux's rules of who may. The other's credentials are read
 * without a lock, as in kill: whoever changes them meanwhile might as well have done so before.
 */
#include "sys/process/other_private.h"

struct task *task_find_or_current(int tid)
{
	if (tid)
		return tid > 0 ? task_find(tid) : NULL;
	task_get(current_task());
	return current_task();
}

bool may_schedule(const struct task *other)
{
	const struct credentials *own = &current_task()->credentials, *ids = &other->credentials;

	return credentials_are_root(own) || own->euid == ids->euid || own->euid == ids->uid;
}

bool may_control(const struct task *other)
{
	const struct credentials *own = &current_task()->credentials, *ids = &other->credentials;

	return credentials_are_root(own) || other->process == current_process() ||
	       (own->uid == ids->uid && own->uid == ids->euid && own->uid == ids->suid &&
		own->gid == ids->gid && own->gid == ids->egid && own->gid == ids->sgid);
}
