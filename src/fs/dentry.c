/* SPDX-License-Identifier: MIT */
/*
 * The dentry cache: a hash of (parent, name) under one lock. A dentry lives while it is
 * referenced; a file system that keeps its names only here (tmpfs) holds a reference for
 * each, so its names stay. A child holds a reference on its parent.
 */
#include "fs/inode.h"
#include "fs/mount.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"

enum { HASH_BUCKETS = 1024 };

struct spinlock dentry_lock = SPINLOCK_INIT(LOCK_RANK_DENTRY);
static struct list buckets[HASH_BUCKETS]; /* [D] */
static struct slab_cache dentry_cache;
static uint64_t next_position = 3; /* [D] after "." and ".." */

static struct list *bucket_of(const struct dentry *parent, const char *name, size_t length)
{
	uint64_t hash = (uint64_t)parent / sizeof(struct dentry);
	for (size_t i = 0; i < length; i++)
		hash = hash * 31 + (uint8_t)name[i];
	struct list *bucket = &buckets[(hash ^ hash >> 20) % HASH_BUCKETS];
	if (!bucket->next)
		list_init(bucket);
	return bucket;
}

static struct dentry *dentry_create(struct super_block *super_block, const char *name,
				    size_t length)
{
	if (!dentry_cache.object_size)
		slab_cache_init(&dentry_cache, "dentry", sizeof(struct dentry), 8);
	struct dentry *dentry = slab_allocate(&dentry_cache, struct dentry);
	char *copy = kmalloc(length + 1);
	if (!dentry || !copy) {
		if (dentry)
			slab_free(&dentry_cache, dentry);
		kfree(copy);
		return NULL;
	}
	memcpy(copy, name, length);
	dentry->name = copy;
	refcount_init(&dentry->references);
	dentry->super_block = super_block;
	list_init(&dentry->children);
	list_init(&dentry->sibling);
	list_init(&dentry->hash_link);
	return dentry;
}

struct dentry *dentry_create_root(struct super_block *super_block, struct inode *inode)
{
	struct dentry *dentry = dentry_create(super_block, "/", 1);
	if (!dentry) {
		inode_put(inode);
		return NULL;
	}
	dentry->inode = inode;
	dentry->parent = dentry;
	return dentry;
}

/* For files without a place in the tree; its own parent, never in the cache. */
struct dentry *dentry_create_anonymous(const char *name)
{
	struct dentry *dentry = dentry_create(NULL, name, strlen(name));
	if (dentry)
		dentry->parent = dentry;
	return dentry;
}

void dentry_get(struct dentry *dentry)
{
	refcount_get(&dentry->references);
}

void dentry_put(struct dentry *dentry)
{
	DEBUG_ASSERT(may_sleep());
	while (dentry) {
		spin_lock(&dentry_lock);
		if (!refcount_put(&dentry->references)) {
			spin_unlock(&dentry_lock);
			return;
		}
		list_remove(&dentry->hash_link);
		list_remove(&dentry->sibling);
		struct dentry *parent = dentry->parent == dentry ? NULL : dentry->parent;
		spin_unlock(&dentry_lock);
		if (dentry->inode)
			inode_put(dentry->inode);
		kfree(dentry->name);
		slab_free(&dentry_cache, dentry);
		dentry = parent;
	}
}

static struct dentry *find_locked(struct dentry *directory, const char *name, size_t length)
	REQUIRES(dentry_lock)
{
	struct dentry *dentry;

	list_for_each (dentry, bucket_of(directory, name, length), hash_link)
		if (dentry->parent == directory && strncmp(dentry->name, name, length) == 0 &&
		    dentry->name[length] == '\0') {
			dentry_get(dentry);
			return dentry;
		}
	return NULL;
}

struct dentry *dentry_find(struct dentry *directory, const char *name, size_t length)
{
	spin_lock(&dentry_lock);
	struct dentry *dentry = find_locked(directory, name, length);
	spin_unlock(&dentry_lock);
	return dentry;
}

/* Into the cache below its parent. */
static void hash_locked(struct dentry *dentry, struct dentry *parent) REQUIRES(dentry_lock)
{
	dentry->parent = parent;
	dentry->position = next_position++;
	list_add_last(&parent->children, &dentry->sibling);
	list_add_first(bucket_of(parent, dentry->name, strlen(dentry->name)), &dentry->hash_link);
}

struct dentry *dentry_lookup_locked(struct dentry *directory, const char *name, size_t length)
{
	DEBUG_ASSERT(mutex_is_held(&directory->inode->lock));
	struct dentry *dentry = dentry_find(directory, name, length);
	if (dentry)
		return dentry;
	dentry = dentry_create(directory->super_block, name, length);
	if (!dentry)
		return error_pointer(-ENOMEM);
	dentry_get(directory); // the child's reference on its parent
	spin_lock(&dentry_lock);
	hash_locked(dentry, directory);
	spin_unlock(&dentry_lock);
	int error = directory->inode->operations->lookup(directory->inode, dentry);
	if (error) {
		dentry_put(dentry);
		return error_pointer(error);
	}
	return dentry;
}

void dentry_instantiate(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&dentry_lock);
	dentry->inode = inode;
	spin_unlock(&dentry_lock);
}

void dentry_unhash(struct dentry *dentry)
{
	spin_lock(&dentry_lock);
	list_remove(&dentry->hash_link);
	list_remove(&dentry->sibling);
	spin_unlock(&dentry_lock);
}

bool dentry_is_unhashed(const struct dentry *dentry)
{
	return dentry->parent != dentry && list_is_empty(&dentry->hash_link);
}

static void swap_names(struct dentry *a, struct dentry *b)
{
	char *name = a->name;
	a->name = b->name;
	b->name = name;
}

static void unhash_locked(struct dentry *dentry) REQUIRES(dentry_lock)
{
	list_remove(&dentry->hash_link);
	list_remove(&dentry->sibling);
}

/* The references on parents move with the parent pointers. */
void dentry_exchange(struct dentry *a, struct dentry *b)
{
	spin_lock(&dentry_lock);
	struct dentry *parent_a = a->parent, *parent_b = b->parent;
	unhash_locked(a);
	unhash_locked(b);
	swap_names(a, b);
	hash_locked(a, parent_b);
	hash_locked(b, parent_a);
	spin_unlock(&dentry_lock);
}

int dentry_move(struct dentry *from, struct dentry *to)
{
	size_t size = strlen(to->name) + 1;
	char *name = kmalloc(size);

	if (!name)
		return -ENOMEM;
	memcpy(name, to->name, size);
	spin_lock(&dentry_lock);
	struct dentry *old_parent = from->parent;
	char *old_name = from->name;
	unhash_locked(from);
	unhash_locked(to);
	from->name = name;
	dentry_get(to->parent);
	hash_locked(from, to->parent);
	spin_unlock(&dentry_lock);
	kfree(old_name);
	dentry_put(old_parent);
	return 0;
}

struct dentry *dentry_parent_get(struct dentry *dentry)
{
	spin_lock(&dentry_lock);
	struct dentry *parent = dentry->parent;
	dentry_get(parent);
	spin_unlock(&dentry_lock);
	return parent;
}
