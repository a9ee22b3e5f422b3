/* SPDX-License-Identifier: MIT */
/* System calls about user and group IDs: those of the calling task. */
#include "lib/string.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/syscall.h"

enum { ID_KEEP = -1 };

long sys_getuid(void)
{
	return current_task()->credentials.uid;
}

long sys_geteuid(void)
{
	return current_task()->credentials.euid;
}

long sys_getgid(void)
{
	return current_task()->credentials.gid;
}

long sys_getegid(void)
{
	return current_task()->credentials.egid;
}

static long put_three(uint32_t a, uint32_t b, uint32_t c, uint32_t __user *to_a,
		      uint32_t __user *to_b, uint32_t __user *to_c)
{
	return put_user(a, to_a) || put_user(b, to_b) || put_user(c, to_c) ? -EFAULT : 0;
}

long sys_getresuid(uint32_t __user *real, uint32_t __user *effective, uint32_t __user *saved)
{
	const struct credentials *own = &current_task()->credentials;
	return put_three(own->uid, own->euid, own->suid, real, effective, saved);
}

long sys_getresgid(uint32_t __user *real, uint32_t __user *effective, uint32_t __user *saved)
{
	const struct credentials *own = &current_task()->credentials;
	return put_three(own->gid, own->egid, own->sgid, real, effective, saved);
}

static bool may_become(uint32_t id, uint32_t real, uint32_t effective, uint32_t saved)
{
	return id == (uint32_t)ID_KEEP || credentials_are_root(&current_task()->credentials) ||
	       id == real || id == effective || id == saved;
}

long sys_setresuid(uint32_t real, uint32_t effective, uint32_t saved)
{
	struct credentials *own = &current_task()->credentials;

	if (!may_become(real, own->uid, own->euid, own->suid) ||
	    !may_become(effective, own->uid, own->euid, own->suid) ||
	    !may_become(saved, own->uid, own->euid, own->suid))
		return -EPERM;
	if (real != (uint32_t)ID_KEEP)
		own->uid = real;
	if (effective != (uint32_t)ID_KEEP)
		own->euid = own->fsuid = effective;
	if (saved != (uint32_t)ID_KEEP)
		own->suid = saved;
	return 0;
}

long sys_setresgid(uint32_t real, uint32_t effective, uint32_t saved)
{
	struct credentials *own = &current_task()->credentials;

	if (!may_become(real, own->gid, own->egid, own->sgid) ||
	    !may_become(effective, own->gid, own->egid, own->sgid) ||
	    !may_become(saved, own->gid, own->egid, own->sgid))
		return -EPERM;
	if (real != (uint32_t)ID_KEEP)
		own->gid = real;
	if (effective != (uint32_t)ID_KEEP)
		own->egid = own->fsgid = effective;
	if (saved != (uint32_t)ID_KEEP)
		own->sgid = saved;
	return 0;
}

long sys_setuid(uint32_t uid)
{
	if (uid == (uint32_t)ID_KEEP)
		return -EINVAL;
	if (credentials_are_root(&current_task()->credentials))
		return sys_setresuid(uid, uid, uid);
	return sys_setresuid((uint32_t)ID_KEEP, uid, (uint32_t)ID_KEEP);
}

/* POSIX: the saved ID follows when the real one is set, or the effective to another value. */
long sys_setreuid(uint32_t real, uint32_t effective)
{
	const struct credentials *own = &current_task()->credentials;
	const uint32_t keep = (uint32_t)ID_KEEP;
	bool saves = real != keep || (effective != keep && effective != own->uid);

	if (!credentials_are_root(own) && real != keep && real != own->uid && real != own->euid)
		return -EPERM;
	return sys_setresuid(real, effective,
			     !saves		 ? keep
			     : effective == keep ? own->euid
						 : effective);
}

long sys_setregid(uint32_t real, uint32_t effective)
{
	const struct credentials *own = &current_task()->credentials;
	const uint32_t keep = (uint32_t)ID_KEEP;
	bool saves = real != keep || (effective != keep && effective != own->gid);

	if (!credentials_are_root(own) && real != keep && real != own->gid && real != own->egid)
		return -EPERM;
	return sys_setresgid(real, effective,
			     !saves		 ? keep
			     : effective == keep ? own->egid
						 : effective);
}

long sys_setgid(uint32_t gid)
{
	if (gid == (uint32_t)ID_KEEP)
		return -EINVAL;
	if (credentials_are_root(&current_task()->credentials))
		return sys_setresgid(gid, gid, gid);
	return sys_setresgid((uint32_t)ID_KEEP, gid, (uint32_t)ID_KEEP);
}

long sys_getgroups(int size, uint32_t __user *list)
{
	const struct credentials *own = &current_task()->credentials;

	if (size < 0 || (size && (uint32_t)size < own->group_count))
		return -EINVAL;
	if (size && own->group_count &&
	    copy_to_user(list, own->groups, own->group_count * sizeof(uint32_t)))
		return -EFAULT;
	return own->group_count;
}

long sys_setgroups(size_t size, const uint32_t __user *list)
{
	struct credentials *own = &current_task()->credentials;
	uint32_t groups[ARRAY_SIZE(own->groups)];

	if (!credentials_are_root(own))
		return -EPERM;
	if (size > ARRAY_SIZE(groups))
		return -EINVAL;
	if (copy_from_user(groups, list, size * sizeof(uint32_t)))
		return -EFAULT;
	memcpy(own->groups, groups, size * sizeof(uint32_t));
	own->group_count = (uint32_t)size;
	return 0;
}
