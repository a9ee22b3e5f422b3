/* SPDX-License-Identifier: MIT */
/*
 * The walk keeps a stack of texts: the path, and above it the target of each symbolic link
 * that it is inside of, so there is no recursion. Only the top text may be used up, or all
 * are: then a link at a path's very end takes its text's place, and the stack does not grow.
 * At most 40 links are followed, as on Linux; so many texts of PATH_MAX there may be.
 */
#include "fs/path.h"

#include "fs/inode.h"
#include "fs/mount.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/task.h"

enum { SYMLINKS_MAX = 40 };

/* What is left to walk, from the innermost link's target outwards. */
struct walk_text {
	struct walk_text *outer; /* owned; something is left of it */
	char *rest;		 /* in text: what is left, no leading slash */
	char text[];
};

struct walk {
	struct path at;		/* references */
	struct path root;	/* references */
	struct walk_text *text; /* owned */
	int links;
	bool wants_directory; /* the path, or a link at its end, ends in a slash */
};

void path_get(const struct path *path)
{
	if (path->mount)
		refcount_get(&path->mount->references);
	if (path->dentry)
		dentry_get(path->dentry);
}

void path_put(const struct path *path)
{
	if (path->dentry)
		dentry_put(path->dentry);
	if (path->mount && refcount_put(&path->mount->references)) {
		dentry_put(path->mount->root);
		kfree(path->mount);
	}
}

static void move_to(struct walk *walk, struct path to)
{
	path_put(&walk->at);
	walk->at = to;
}

static void skip_slashes(struct walk *walk)
{
	while (*walk->text->rest == '/')
		walk->text->rest++;
}

static void pop_text(struct walk *walk)
{
	struct walk_text *top = walk->text;

	walk->text = top->outer;
	kfree(top);
}

static void walk_deinit(struct walk *walk)
{
	path_put(&walk->at);
	path_put(&walk->root);
	while (walk->text)
		pop_text(walk);
}

/* The first size bytes of a text of at most PATH_MAX become the first to walk. */
static int push_text(struct walk *walk, const char *text, size_t size)
{
	struct walk_text *top = kmalloc(sizeof(*top) + size + 1);

	if (!top)
		return -ENOMEM;
	memcpy(top->text, text, size);
	top->text[size] = '\0';
	top->rest = top->text;
	top->outer = walk->text;
	walk->text = top;
	skip_slashes(walk);
	return 0;
}

/* Leave length bytes behind; what is left is an outer text's when this one is used up. */
static void advance(struct walk *walk, size_t length)
{
	walk->text->rest += length;
	skip_slashes(walk);
}

static void leave_used_up(struct walk *walk)
{
	while (!*walk->text->rest && walk->text->outer)
		pop_text(walk);
}

/* When it fails, there is nothing to deinit. */
static int walk_init(struct walk *walk, int directory, const char *name)
{
	struct fs_context *fs = current_task()->fs;

	*walk = (struct walk){ 0 };
	size_t length = strlen(name);
	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	int error = push_text(walk, name, length);
	if (error)
		return error;

	spin_lock(&fs->lock);
	walk->root = fs->root;
	path_get(&walk->root);
	walk->at = name[0] == '/' ? fs->root : fs->working_directory;
	path_get(&walk->at);
	spin_unlock(&fs->lock);
	if (name[0] != '/' && directory != AT_FDCWD) {
		struct file *file = file_table_lookup(directory);
		if (!file) {
			walk_deinit(walk);
			return -EBADF;
		}
		path_get(&file->path);
		move_to(walk, file->path);
		file_put(file);
	}
	return 0;
}

static void step_up(struct walk *walk)
{
	for (;;) {
		struct path *at = &walk->at;
		if (at->mount == walk->root.mount && at->dentry == walk->root.dentry)
			return;
		if (at->dentry != at->mount->root) {
			struct path to = { at->mount, dentry_parent_get(at->dentry) };
			refcount_get(&to.mount->references);
			move_to(walk, to);
			path_cross_mounts(&walk->at);
			return;
		}
		spin_lock(&mount_lock);
		struct path to = { at->mount->parent, at->mount->mount_point };
		if (to.mount)
			path_get(&to);
		spin_unlock(&mount_lock);
		if (!to.mount)
			return;
		move_to(walk, to);
	}
}

/* Put a link's target before what is left. */
static int push_target(struct walk *walk, const char *target, size_t length)
{
	if (length == 0)
		return -ENOENT;
	int error = push_text(walk, target, length);
	if (error)
		return error;
	struct walk_text *below = walk->text->outer;
	if (!*below->rest) { // used up: the target takes its place
		walk->text->outer = below->outer;
		kfree(below);
	}
	if (target[0] == '/') {
		path_get(&walk->root);
		move_to(walk, walk->root);
	}
	return 0;
}

/* dentry is a symbolic link in walk->at; its reference is used up. */
static int follow(struct walk *walk, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;
	int error;

	if (++walk->links > SYMLINKS_MAX) {
		dentry_put(dentry);
		return -ELOOP;
	}
	if (inode->operations->follow_link) {
		struct path to;
		error = inode->operations->follow_link(inode, &to);
		if (!error)
			move_to(walk, to);
		dentry_put(dentry);
		return error;
	}
	char *target = kmalloc(PATH_MAX);
	if (!target) {
		dentry_put(dentry);
		return -ENOMEM;
	}
	ssize_t length = inode->operations->read_link(inode, target, PATH_MAX - 1);
	error = length < 0 ? (int)length : push_target(walk, target, (size_t)length);
	kfree(target);
	dentry_put(dentry);
	return error;
}

/* The dentry of a name in walk->at, referenced; negative is -ENOENT. */
static struct dentry *lookup(struct walk *walk, const char *name, size_t length)
{
	struct dentry *directory = walk->at.dentry;
	struct inode *inode = directory->inode;
	struct dentry *dentry = dentry_find(directory, name, length);

	if (dentry && dentry->inode && inode->operations->revalidate &&
	    !inode->operations->revalidate(inode, dentry)) {
		dentry_unhash(dentry);
		dentry_put(dentry);
		dentry = NULL;
	}
	if (!dentry || !dentry->inode) {
		if (dentry)
			dentry_put(dentry);
		mutex_lock(&inode->lock);
		dentry = dentry_lookup_locked(directory, name, length);
		mutex_unlock(&inode->lock);
		if (is_error(dentry))
			return dentry;
	}
	if (!dentry->inode) {
		dentry_put(dentry);
		return error_pointer(-ENOENT);
	}
	return dentry;
}

static int check_directory(const struct walk *walk)
{
	if (!S_ISDIR(walk->at.dentry->inode->mode))
		return -ENOTDIR;
	return inode_permission(walk->at.dentry->inode, MAY_EXECUTE);
}

static size_t component_length(const char *rest)
{
	size_t length = 0;
	while (rest[length] && rest[length] != '/')
		length++;
	return length;
}

static bool is_last(const struct walk *walk, size_t length)
{
	const char *rest = walk->text->rest;

	while (rest[length] == '/')
		length++;
	return rest[length] == '\0' && !walk->text->outer;
}

static bool is_dot(const char *name, size_t length)
{
	return length == 1 && name[0] == '.';
}

static bool is_dot_dot(const char *name, size_t length)
{
	return length == 2 && name[0] == '.' && name[1] == '.';
}

/* One component; a link is followed unless it is the last and follows_last is false. */
static int step(struct walk *walk, bool follows_last)
{
	char *name = walk->text->rest;
	size_t length = component_length(name);
	bool last = is_last(walk, length);
	bool has_slash = name[length] == '/';

	int error = check_directory(walk);
	if (error)
		return error;
	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	if (last && has_slash)
		walk->wants_directory = true;
	advance(walk, length);
	if (is_dot(name, length))
		return 0;
	if (is_dot_dot(name, length)) {
		step_up(walk);
		return 0;
	}
	struct dentry *dentry = lookup(walk, name, length);
	if (is_error(dentry))
		return (int)pointer_error(dentry);
	if (S_ISLNK(dentry->inode->mode) && (!last || follows_last || has_slash))
		return follow(walk, dentry);
	struct path to = { walk->at.mount, dentry };
	refcount_get(&to.mount->references);
	move_to(walk, to);
	path_cross_mounts(&walk->at);
	return 0;
}

int path_lookup(int directory, const char *name, uint32_t flags, struct path *result)
{
	struct walk walk;

	if (!*name && !(flags & LOOKUP_EMPTY))
		return -ENOENT;
	int error = walk_init(&walk, directory, name);
	if (error)
		return error;
	walk.wants_directory = flags & LOOKUP_DIRECTORY;
	while (!error && *walk.text->rest) {
		error = step(&walk, flags & LOOKUP_FOLLOW);
		leave_used_up(&walk);
	}
	if (!error && walk.wants_directory && !S_ISDIR(walk.at.dentry->inode->mode))
		error = -ENOTDIR;
	if (!error) {
		*result = walk.at;
		path_get(result);
	}
	walk_deinit(&walk);
	return error;
}

/* Is the last component a link? Then go on at its target. 1: followed, 0: no link, -errno. */
static int follow_last(struct walk *walk, const char *name, size_t length)
{
	struct dentry *dentry = lookup(walk, name, length);

	if (is_error(dentry))
		return pointer_error(dentry) == -ENOENT ? 0 : (int)pointer_error(dentry);
	if (!S_ISLNK(dentry->inode->mode) || dentry->inode->operations->follow_link) {
		dentry_put(dentry);
		return 0;
	}
	advance(walk, length);
	int error = follow(walk, dentry);
	return error ? error : 1;
}

static int take_last(struct walk *walk, struct path_parent *result, size_t length)
{
	result->name = kmalloc(length + 1);
	if (!result->name)
		return -ENOMEM;
	const char *name = walk->text->rest;
	memcpy(result->name, name, length);
	result->has_trailing_slash = name[length] == '/';
	result->is_special = length == 0 || is_dot(name, length) || is_dot_dot(name, length);
	result->directory = walk->at;
	path_get(&result->directory);
	return 0;
}

static int lookup_parent(int directory, const char *name, bool follows, struct path_parent *result)
{
	struct walk walk;

	*result = (struct path_parent){ 0 };
	if (!*name)
		return -ENOENT;
	int error = walk_init(&walk, directory, name);
	if (error)
		return error;
	while (!error) {
		const char *last = walk.text->rest;
		size_t length = component_length(last);
		if (!is_last(&walk, length)) {
			error = step(&walk, true);
			leave_used_up(&walk);
			continue;
		}
		error = check_directory(&walk);
		if (!error && length > NAME_MAX)
			error = -ENAMETOOLONG;
		if (!error && follows && length && !is_dot(last, length) &&
		    !is_dot_dot(last, length)) {
			int followed = follow_last(&walk, last, length);
			if (followed > 0)
				continue;
			error = followed;
		}
		if (!error)
			error = take_last(&walk, result, length);
		break;
	}
	walk_deinit(&walk);
	return error;
}

int path_lookup_parent(int directory, const char *name, struct path_parent *result)
{
	return lookup_parent(directory, name, false, result);
}

int path_lookup_parent_follow(int directory, const char *name, struct path_parent *result)
{
	return lookup_parent(directory, name, true, result);
}

void path_parent_deinit(struct path_parent *parent)
{
	path_put(&parent->directory);
	kfree(parent->name);
}

char *path_copy_from_user(const char __user *name)
{
	char *copy = kmalloc(PATH_MAX);
	if (!copy)
		return error_pointer(-ENOMEM);
	long length = copy_string_from_user(copy, name, PATH_MAX);
	if (length < 0) {
		kfree(copy);
		return error_pointer(length);
	}
	return copy;
}

/* Put text before *at; false when it does not fit. */
static bool put_before(char *buffer, char **at, const char *text, size_t length)
{
	if ((size_t)(*at - buffer) < length)
		return false;
	*at -= length;
	memcpy(*at, text, length);
	return true;
}

static char *format_locked(struct path at, const struct path *root, char *buffer, char *end)
	REQUIRES(dentry_lock)
{
	char *start = end;

	while (!(at.mount == root->mount && at.dentry == root->dentry)) {
		if (at.mount && at.dentry == at.mount->root) {
			if (!at.mount->parent)
				break;
			at = (struct path){ at.mount->parent, at.mount->mount_point };
			continue;
		}
		if (at.dentry->parent == at.dentry)
			break;
		if (!put_before(buffer, &start, at.dentry->name, strlen(at.dentry->name)) ||
		    !put_before(buffer, &start, "/", 1))
			return error_pointer(-ENAMETOOLONG);
		at.dentry = at.dentry->parent;
	}
	if (start == end && !put_before(buffer, &start, "/", 1))
		return error_pointer(-ENAMETOOLONG);
	return start;
}

char *path_format(const struct path *path, char *buffer, size_t size)
{
	static const char deleted[] = " (deleted)";
	struct fs_context *fs = current_task()->fs;
	struct path root = { NULL, NULL };
	char *end = buffer + size - 1;

	*end = '\0';
	if (!path->mount) // a pipe and its like: the name says all
		return put_before(buffer, &end, path->dentry ? path->dentry->name : "?",
				  strlen(path->dentry ? path->dentry->name : "?"))
			       ? end
			       : error_pointer(-ENAMETOOLONG);
	if (fs) {
		spin_lock(&fs->lock);
		root = fs->root;
		spin_unlock(&fs->lock);
	}
	if (dentry_is_unhashed(path->dentry) &&
	    !put_before(buffer, &end, deleted, sizeof(deleted) - 1))
		return error_pointer(-ENAMETOOLONG);
	spin_lock(&dentry_lock);
	char *start = format_locked(*path, &root, buffer, end);
	spin_unlock(&dentry_lock);
	return start;
}
