/* SPDX-License-Identifier: MIT */
/* Inodes and dentries: making, counting, finding. For file systems and the VFS. */
#pragma once

#include "fs/vfs.h"

enum { MAY_EXECUTE = 1, MAY_WRITE = 2, MAY_READ = 4 };

/* A new inode with one reference, owned by the current task's fsuid and fsgid; NULL: no memory. */
NODISCARD struct inode *inode_create(struct super_block *super_block, uint32_t mode);
/* One that belongs to no file system (pipes ...). Error pointer. */
NODISCARD struct inode *inode_create_anonymous(uint32_t mode);
void inode_get(struct inode *inode);
void inode_put(struct inode *inode); /* thread context; may sleep */
/* May the current task do this? mask: MAY_*. 0 or -EACCES. */
NODISCARD int inode_permission(const struct inode *inode, uint32_t mask);
/* Is the group one of the current task's (or the task root)? */
bool inode_group_is_own(uint32_t gid);
/* Is it the owner (or root)? */
bool inode_is_owned(const struct inode *inode);
/* Written to or given away: set-ID programs of the owner lose that. inode->lock held. */
void inode_drop_set_id(struct inode *inode);
void inode_touch_modified(struct inode *inode); /* inode->lock held */

/* A super block's root; takes over the inode reference, also when it fails. NULL: no memory. */
NODISCARD struct dentry *dentry_create_root(struct super_block *super_block, struct inode *inode);
void dentry_get(struct dentry *dentry);
void dentry_put(struct dentry *dentry); /* thread context; may sleep */
/*
 * The dentry of a name, maybe negative: from the cache, else by the file system's lookup.
 * The directory's inode->lock is held. Error pointer.
 */
NODISCARD struct dentry *dentry_lookup_locked(struct dentry *directory, const char *name,
					      size_t length);
/* From the cache only; NULL when not there. */
NODISCARD struct dentry *dentry_find(struct dentry *directory, const char *name, size_t length);
/* Fill a negative dentry; takes over the inode reference. */
void dentry_instantiate(struct dentry *dentry, struct inode *inode);
/* Its name is gone: later lookups do not find it. */
void dentry_unhash(struct dentry *dentry);
bool dentry_is_unhashed(const struct dentry *dentry);
/*
 * Let from take to's name and place; to leaves the cache. -ENOMEM. Like an exchange: both
 * directories' inode->lock and the super block's rename_lock are held.
 */
NODISCARD int dentry_move(struct dentry *from, struct dentry *to);
void dentry_exchange(struct dentry *a, struct dentry *b);
struct dentry *dentry_parent_get(struct dentry *dentry);

extern struct spinlock dentry_lock; /* [D] */

void inode_init(void);
void file_init(void);
