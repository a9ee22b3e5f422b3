/* SPDX-License-Identifier: MIT */
/*
 * Each takes the parent directory's lock, looks the name up, checks, then calls the file
 * system. A rename between directories holds the super block's rename lock, then the
 * directories: an ancestor before its descendant, else by address.
 */
#include "fs/operations.h"

#include "fs/inode.h"
#include "fs/path.h"
#include "lib/error.h"
#include "lib/string.h"
#include "proc/task.h"

#include <linux/fs.h>
#include <linux/mount.h>

static int check_change(const struct path *directory)
{
	if (directory->mount->flags & MS_RDONLY)
		return -EROFS;
	return inode_permission(directory->dentry->inode, MAY_WRITE | MAY_EXECUTE);
}

/* In a sticky directory only owners remove. */
static int check_remove(const struct path *directory, const struct dentry *dentry)
{
	const struct inode *inode = directory->dentry->inode;
	int error = check_change(directory);

	if (error)
		return error;
	if ((inode->mode & S_ISVTX) && !inode_is_owned(inode) && !inode_is_owned(dentry->inode))
		return -EPERM;
	return __atomic_load_n(&dentry->mount_count, __ATOMIC_RELAXED) ? -EBUSY : 0;
}

/*
 * The parent's lock is taken and the name looked up; on success both are to be given back by
 * end_change. Clang cannot follow a lock that is taken or not by the value of an error.
 */
static int begin_create(struct path_parent *parent, bool is_directory,
			struct dentry **result) NO_LOCK_ANALYSIS
{
	struct inode *inode = parent->directory.dentry->inode;

	if (parent->is_special)
		return -EEXIST;
	mutex_lock(&inode->lock);
	struct dentry *dentry =
		dentry_lookup_locked(parent->directory.dentry, parent->name, strlen(parent->name));
	int error = 0;
	if (is_error(dentry))
		error = (int)pointer_error(dentry);
	else if (dentry->inode)
		error = -EEXIST;
	else if (parent->has_trailing_slash && !is_directory)
		error = -ENOENT;
	else if (dentry_is_unhashed(parent->directory.dentry))
		error = -ENOENT;
	else
		error = check_change(&parent->directory);
	if (error) {
		mutex_unlock(&inode->lock);
		if (!is_error(dentry))
			dentry_put(dentry);
		return error;
	}
	*result = dentry;
	return 0;
}

static void end_change(struct path_parent *parent, struct dentry *dentry) NO_LOCK_ANALYSIS
{
	mutex_unlock(&parent->directory.dentry->inode->lock);
	dentry_put(dentry);
}

static uint32_t apply_umask(uint32_t mode)
{
	return mode & ~current_task()->fs->umask;
}

int vfs_make_directory(int directory, const char *name, uint32_t mode)
{
	struct path_parent parent;
	struct dentry *dentry;
	int error = path_lookup_parent(directory, name, &parent);

	if (error)
		return error;
	error = begin_create(&parent, true, &dentry);
	if (!error) {
		struct inode *inode = parent.directory.dentry->inode;
		error = inode->operations->make_directory
				? inode->operations->make_directory(
					  inode, dentry, apply_umask(mode & 01777) | S_IFDIR)
				: -EPERM;
		end_change(&parent, dentry);
	}
	path_parent_deinit(&parent);
	return error;
}

int vfs_make_node(int directory, const char *name, uint32_t mode, uint64_t device)
{
	struct path_parent parent;
	struct dentry *dentry;
	int error = path_lookup_parent(directory, name, &parent);

	if (error)
		return error;
	error = begin_create(&parent, false, &dentry);
	if (!error) {
		struct inode *inode = parent.directory.dentry->inode;
		uint32_t full = apply_umask(mode & 07777) | (mode & S_IFMT);
		error = inode->operations->make_node
				? inode->operations->make_node(inode, dentry, full, device)
				: -EPERM;
		end_change(&parent, dentry);
	}
	path_parent_deinit(&parent);
	return error;
}

int vfs_symlink(const char *target, int directory, const char *name)
{
	struct path_parent parent;
	struct dentry *dentry;

	if (!*target)
		return -ENOENT;
	int error = path_lookup_parent(directory, name, &parent);
	if (error)
		return error;
	error = begin_create(&parent, false, &dentry);
	if (!error) {
		struct inode *inode = parent.directory.dentry->inode;
		error = inode->operations->symlink
				? inode->operations->symlink(inode, dentry, target)
				: -EPERM;
		end_change(&parent, dentry);
	}
	path_parent_deinit(&parent);
	return error;
}

static int link_locked(struct inode *directory, struct dentry *dentry, struct inode *target)
{
	mutex_lock_nested(&target->lock);
	int error = target->link_count == 0
			    ? -ENOENT
			    : directory->operations->link(directory, dentry, target);
	mutex_unlock(&target->lock);
	return error;
}

int vfs_link(int from_directory, const char *from, int to_directory, const char *to, bool follows)
{
	struct path_parent parent;
	struct dentry *dentry;
	struct path source;
	int error = path_lookup(from_directory, from, (follows ? LOOKUP_FOLLOW : 0) | LOOKUP_EMPTY,
				&source);

	if (error)
		return error;
	error = path_lookup_parent(to_directory, to, &parent);
	if (error) {
		path_put(&source);
		return error;
	}
	struct inode *target = source.dentry->inode;
	error = begin_create(&parent, false, &dentry);
	if (!error) {
		struct inode *inode = parent.directory.dentry->inode;
		if (parent.directory.mount != source.mount)
			error = -EXDEV;
		else if (S_ISDIR(target->mode) || !inode->operations->link)
			error = -EPERM;
		else
			error = link_locked(inode, dentry, target);
		end_change(&parent, dentry);
	}
	path_parent_deinit(&parent);
	path_put(&source);
	return error;
}

/* As begin_create, for a name that must be there. */
static int begin_remove(struct path_parent *parent, struct dentry **result) NO_LOCK_ANALYSIS
{
	struct inode *inode = parent->directory.dentry->inode;

	mutex_lock(&inode->lock);
	struct dentry *dentry =
		dentry_lookup_locked(parent->directory.dentry, parent->name, strlen(parent->name));
	int error = 0;
	if (is_error(dentry))
		error = (int)pointer_error(dentry);
	else
		error = dentry->inode ? check_remove(&parent->directory, dentry) : -ENOENT;
	if (error) {
		mutex_unlock(&inode->lock);
		if (!is_error(dentry))
			dentry_put(dentry);
		return error;
	}
	*result = dentry;
	return 0;
}

typedef int (*remover)(struct inode *directory, struct dentry *dentry);

/* With the victim locked: nothing is made in a directory while it is removed. */
static int remove_locked(remover remove, struct inode *directory, struct dentry *dentry)
{
	struct inode *victim = dentry->inode; // the dentry keeps it
	if (!remove)
		return -EPERM;
	mutex_lock_nested(&victim->lock);
	int error = remove(directory, dentry);
	mutex_unlock(&victim->lock);
	return error;
}

int vfs_unlink(int directory, const char *name)
{
	struct path_parent parent;
	struct dentry *dentry;
	int error = path_lookup_parent(directory, name, &parent);

	if (error)
		return error;
	error = parent.is_special ? -EISDIR : begin_remove(&parent, &dentry);
	if (!error) {
		struct inode *inode = parent.directory.dentry->inode;
		if (S_ISDIR(dentry->inode->mode))
			error = -EISDIR;
		else if (parent.has_trailing_slash)
			error = -ENOTDIR;
		else
			error = remove_locked(inode->operations->unlink, inode, dentry);
		end_change(&parent, dentry);
	}
	path_parent_deinit(&parent);
	return error;
}

int vfs_remove_directory(int directory, const char *name)
{
	struct path_parent parent;
	struct dentry *dentry;
	int error = path_lookup_parent(directory, name, &parent);

	if (error)
		return error;
	if (parent.is_special)
		error = strcmp(parent.name, ".") == 0	 ? -EINVAL
			: strcmp(parent.name, "..") == 0 ? -ENOTEMPTY
							 : -EBUSY;
	if (!error)
		error = begin_remove(&parent, &dentry);
	if (!error) {
		struct inode *inode = parent.directory.dentry->inode;
		if (!S_ISDIR(dentry->inode->mode))
			error = -ENOTDIR;
		else
			error = remove_locked(inode->operations->remove_directory, inode, dentry);
		end_change(&parent, dentry);
	}
	path_parent_deinit(&parent);
	return error;
}

static bool is_ancestor(const struct dentry *above, const struct dentry *dentry)
{
	bool is_above = false;

	spin_lock(&dentry_lock);
	for (;; dentry = dentry->parent) {
		is_above |= dentry == above;
		if (is_above || dentry->parent == dentry)
			break;
	}
	spin_unlock(&dentry_lock);
	return is_above;
}

static int check_rename(const struct path_parent *from, const struct dentry *source,
			const struct path_parent *to, const struct dentry *target, uint32_t flags)
{
	if (!source->inode)
		return -ENOENT;
	if ((flags & RENAME_NOREPLACE) && target->inode)
		return -EEXIST;
	if ((flags & RENAME_EXCHANGE) && !target->inode)
		return -ENOENT;
	if (!S_ISDIR(source->inode->mode) &&
	    (from->has_trailing_slash || (!target->inode && to->has_trailing_slash)))
		return -ENOTDIR;
	int error = check_remove(&from->directory, source);
	if (!error)
		error = target->inode ? check_remove(&to->directory, target)
				      : check_change(&to->directory);
	if (error)
		return error;
	if (dentry_is_unhashed(to->directory.dentry))
		return -ENOENT;
	if (S_ISDIR(source->inode->mode) && is_ancestor(source, to->directory.dentry))
		return -EINVAL;
	if (S_ISDIR(source->inode->mode) && from->directory.dentry != to->directory.dentry &&
	    inode_permission(source->inode, MAY_WRITE)) // its ".." changes
		return -EACCES;
	if (target->inode && S_ISDIR(target->inode->mode) &&
	    is_ancestor(target, from->directory.dentry))
		return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	if (!target->inode || (flags & RENAME_EXCHANGE))
		return 0;
	if (S_ISDIR(source->inode->mode) != S_ISDIR(target->inode->mode))
		return S_ISDIR(target->inode->mode) ? -EISDIR : -ENOTDIR;
	return 0;
}

static int rename_locked(struct path_parent *from, struct path_parent *to,
			 uint32_t flags) NO_LOCK_ANALYSIS // the victim's lock, if there is a victim
{
	struct dentry *source =
		dentry_lookup_locked(from->directory.dentry, from->name, strlen(from->name));
	if (is_error(source))
		return (int)pointer_error(source);
	struct dentry *target =
		dentry_lookup_locked(to->directory.dentry, to->name, strlen(to->name));
	if (is_error(target)) {
		dentry_put(source);
		return (int)pointer_error(target);
	}
	int error = check_rename(from, source, to, target, flags);
	struct inode *from_inode = from->directory.dentry->inode;
	struct inode *to_inode = to->directory.dentry->inode;
	struct inode *victim = flags & RENAME_EXCHANGE ? NULL : target->inode;
	bool is_same = source->inode && source->inode == target->inode;
	if (!error && !from_inode->operations->rename)
		error = -EPERM;
	if (!error && !is_same) { // two names of one file: nothing to do (POSIX)
		if (victim)
			mutex_lock_nested(&victim->lock);
		error = from_inode->operations->rename(from_inode, source, to_inode, target, flags);
		if (victim)
			mutex_unlock(&victim->lock);
	}
	dentry_put(target);
	dentry_put(source);
	return error;
}

static void lock_directories(struct dentry *a, struct dentry *b)
	ACQUIRES(a->inode->lock, b->inode->lock) NO_LOCK_ANALYSIS // maybe one and the same
{
	if (a == b) {
		mutex_lock(&a->inode->lock);
		return;
	}
	bool b_first = is_ancestor(b, a) || (!is_ancestor(a, b) && b < a);
	mutex_lock(b_first ? &b->inode->lock : &a->inode->lock);
	mutex_lock_nested(b_first ? &a->inode->lock : &b->inode->lock);
}

static void unlock_directories(struct dentry *a, struct dentry *b)
	RELEASES(a->inode->lock, b->inode->lock) NO_LOCK_ANALYSIS
{
	mutex_unlock(&a->inode->lock);
	if (a != b)
		mutex_unlock(&b->inode->lock);
}

int vfs_rename(int from_directory, const char *from_name, int to_directory, const char *to_name,
	       uint32_t flags)
{
	struct path_parent from, to;

	if ((flags & ~(uint32_t)(RENAME_NOREPLACE | RENAME_EXCHANGE)) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	int error = path_lookup_parent(from_directory, from_name, &from);
	if (error)
		return error;
	error = path_lookup_parent(to_directory, to_name, &to);
	if (error) {
		path_parent_deinit(&from);
		return error;
	}
	if (from.directory.mount != to.directory.mount) {
		error = -EXDEV;
	} else if (from.is_special || to.is_special) {
		error = -EBUSY;
	} else {
		struct mutex *rename_lock = &from.directory.dentry->super_block->rename_lock;
		struct dentry *a = from.directory.dentry, *b = to.directory.dentry;
		mutex_lock(rename_lock);
		lock_directories(a, b);
		error = rename_locked(&from, &to, flags);
		unlock_directories(a, b);
		mutex_unlock(rename_lock);
	}
	path_parent_deinit(&to);
	path_parent_deinit(&from);
	return error;
}
