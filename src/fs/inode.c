/* SPDX-License-Identifier: MIT */
#include "fs/inode.h"

#include "core/time.h"
#include "fs/page_cache.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "proc/task.h"

static struct slab_cache inode_cache;
static uint64_t next_number = 2; /* A: 1 is each root's by custom, but need not be */

void inode_init(void)
{
	slab_cache_init(&inode_cache, "inode", sizeof(struct inode), 8);
}

struct inode *inode_create(struct super_block *super_block, uint32_t mode)
{
	struct inode *inode = slab_allocate(&inode_cache, struct inode);
	struct task *task = current_task();

	if (!inode)
		return NULL;
	refcount_init(&inode->references);
	mutex_init(&inode->lock, LOCK_RANK_INODE);
	inode->number = fetch_add_relaxed(&next_number, 1);
	inode->mode = mode;
	inode->link_count = 1;
	inode->super_block = super_block;
	inode->uid = task->credentials.fsuid;
	inode->gid = task->credentials.fsgid;
	nanoseconds_t now = time_wall_clock();
	inode->times = (struct timestamps){ now, now, now, now };
	return inode;
}

struct inode *inode_create_anonymous(uint32_t mode)
{
	struct inode *inode = inode_create(NULL, mode);
	return inode ? inode : error_pointer(-ENOMEM);
}

void inode_get(struct inode *inode)
{
	refcount_get(&inode->references);
}

void inode_put(struct inode *inode)
{
	DEBUG_ASSERT(may_sleep());
	if (!inode || !refcount_put(&inode->references))
		return;
	if (inode->operations && inode->operations->destroy)
		inode->operations->destroy(inode);
	if (inode->pages)
		page_cache_destroy(inode->pages);
	slab_free(&inode_cache, inode);
}

static bool is_in_group(const struct credentials *credentials, uint32_t gid)
{
	if (credentials->fsgid == gid)
		return true;
	for (uint32_t i = 0; i < credentials->group_count; i++)
		if (credentials->groups[i] == gid)
			return true;
	return false;
}

int inode_permission(const struct inode *inode, uint32_t mask)
{
	const struct credentials *credentials = &current_task()->credentials;
	uint32_t mode = inode->mode;

	if (credentials->fsuid == 0) {
		bool lacks_execute = (mask & MAY_EXECUTE) && !S_ISDIR(mode) && !(mode & 0111);
		return lacks_execute ? -EACCES : 0;
	}
	if (credentials->fsuid == inode->uid)
		mode >>= 6;
	else if (is_in_group(credentials, inode->gid))
		mode >>= 3;
	return (mode & mask) == mask ? 0 : -EACCES;
}

bool inode_group_is_own(uint32_t gid)
{
	const struct credentials *credentials = &current_task()->credentials;
	return credentials->fsuid == 0 || is_in_group(credentials, gid);
}

bool inode_is_owned(const struct inode *inode)
{
	const struct credentials *credentials = &current_task()->credentials;
	return credentials->fsuid == 0 || credentials->fsuid == inode->uid;
}

void inode_drop_set_id(struct inode *inode)
{
	enum { GROUP_EXECUTE = 0010 };

	if (!S_ISREG(inode->mode) || current_task()->credentials.fsuid == 0)
		return;
	inode->mode &= ~(uint32_t)S_ISUID;
	if (inode->mode & GROUP_EXECUTE) // without it, S_ISGID stands for mandatory locks
		inode->mode &= ~(uint32_t)S_ISGID;
}

void inode_touch_modified(struct inode *inode)
{
	inode->times.modify = inode->times.change = time_wall_clock();
}
