/* SPDX-License-Identifier: MIT */
/*
 * proc's inodes: made when a name is looked up, from the tables that procfs_private.h
 * describes. The dentry cache keeps them, but each use asks whether the thing is still there
 * (proc_revalidate), so a number that comes to mean another process gives a new inode.
 *
 * A file's text is made as a whole when it is read from its start, and later reads take from
 * that: a reader sees one moment. It is made beside the old one, then swapped in.
 */
#include "fs/procfs/procfs_private.h"

#include "fs/inode.h"
#include "fs/mount.h"
#include "lib/atomic.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

#include <linux/fs.h>

enum {
	PROC_STORE_MAX = 4095, /* bytes of a write */
	DIRENT_TYPE_SHIFT = 12,
	PROC_DIRECTORY_LINKS = 1, /* for find: subdirectories are not counted */
	/* Directory positions. */
	POSITION_ENTRIES = 2,
	POSITION_REGISTERED = 1 << 16,
	POSITION_NUMBERS = 1 << 20,
	/* Inode numbers: thread, table entry and number in one. */
	INODE_TASK_SHIFT = 40,
	INODE_ENTRY_SHIFT = 20,
	INODE_FIELD_MASK = (1 << 20) - 1,
};

/* Append only: found without the lock once linked. */
static struct list registered_files = LIST_INIT(registered_files);
static struct mutex registered_lock = MUTEX_INIT(registered_lock, LOCK_RANK_PIPE);

static const struct proc_entry root_entry = {
	.mode = S_IFDIR | 0555,
	.directory = &proc_root_directory,
};

/* ---- names ---- */

static int show_registered(const struct proc_node *node, struct text_sink *text)
{
	return node->file->show(text);
}

static const struct proc_entry registered_entry = {
	.mode = S_IFREG | 0444,
	.show = show_registered,
};

/* A number as it is written in a name: decimal, no leading zero. */
static bool parse_number(const char *name, uint32_t *number)
{
	uint64_t value = 0;

	if (name[0] == '0' && name[1])
		return false;
	for (; *name; name++) {
		if (*name < '0' || *name > '9')
			return false;
		value = value * 10 + (uint64_t)(*name - '0');
		if (value > INT32_MAX)
			return false;
	}
	*number = (uint32_t)value;
	return true;
}

static bool find_registered(const char *name, struct proc_node *child)
{
	struct procfs_file *file;

	list_for_each (file, &registered_files, link)
		if (strcmp(file->name, name) == 0) {
			child->entry = &registered_entry;
			child->file = file;
			return true;
		}
	return false;
}

static bool find_name(const struct proc_node *node, const char *name, struct proc_node *child)
{
	const struct proc_directory *directory = node->entry->directory;
	uint32_t number;

	*child = *node;
	for (size_t i = 0; i < directory->entry_count; i++)
		if (strcmp(directory->entries[i].name, name) == 0) {
			child->entry = &directory->entries[i];
			return true;
		}
	if (node->entry == &root_entry && find_registered(name, child))
		return true;
	if (!directory->number_entry || !parse_number(name, &number))
		return false;
	child->entry = directory->number_entry;
	return directory->find_number(node, number, child);
}

/* Is what the node is about still there? */
static bool is_alive(const struct proc_node *node)
{
	struct task *task = node->tid ? proc_node_task(node) : NULL;

	if (task)
		task_put(task);
	return !node->tid || task;
}

static uint64_t inode_number(const struct proc_node *node)
{
	const void *what = node->file ? (const void *)node->file : node->entry;
	uint64_t entry = (uintptr_t)what / sizeof(uint64_t) & INODE_FIELD_MASK;

	return (uint64_t)node->tid << INODE_TASK_SHIFT | entry << INODE_ENTRY_SHIFT |
	       (node->number & INODE_FIELD_MASK);
}

/* ---- files ---- */

struct proc_file {
	struct mutex lock;
	struct text_sink text; /* [lock] */
	bool is_made;	       /* [lock] */
};

static const struct proc_node *file_node(const struct file *file)
{
	return file->inode->private_data;
}

static int proc_open(struct inode *inode, struct file *file)
{
	struct proc_file *state = knew(struct proc_file);

	(void)inode;
	if (!state)
		return -ENOMEM;
	mutex_init(&state->lock, LOCK_RANK_PIPE);
	file->private_data = state;
	return 0;
}

static void proc_release(struct file *file)
{
	struct proc_file *state = file->private_data;

	text_sink_deinit(&state->text);
	kfree(state);
}

static int make_text(struct file *file)
{
	const struct proc_node *node = file_node(file);
	struct proc_file *state = file->private_data;
	struct text_sink text = { 0 };
	int error = node->entry->show(node, &text);

	if (!error)
		error = text.error;
	if (error) {
		text_sink_deinit(&text);
		return error;
	}
	mutex_lock(&state->lock);
	struct text_sink old = state->text;
	state->text = text;
	state->is_made = true;
	mutex_unlock(&state->lock);
	text_sink_deinit(&old);
	return 0;
}

static ssize_t proc_read(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	struct proc_file *state = file->private_data;
	ssize_t result = 0;

	if (*position == 0 || !load_relaxed(&state->is_made)) {
		int error = make_text(file);
		if (error)
			return error;
	}
	mutex_lock(&state->lock);
	size_t length = state->text.length;
	if (*position >= 0 && (uint64_t)*position < length && to->count) {
		size_t left = length - (size_t)*position;
		result = iov_iter_copy_to(to, state->text.data + *position, MIN(left, to->count));
	}
	mutex_unlock(&state->lock);
	if (result > 0)
		*position += result;
	return result;
}

static ssize_t proc_write(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	const struct proc_node *node = file_node(file);
	size_t size = from->count;

	if (!node->entry->store || size > PROC_STORE_MAX)
		return -EINVAL;
	char *text = kmalloc(PROC_STORE_MAX + 1);
	if (!text)
		return -ENOMEM;
	ssize_t result = iov_iter_copy_from(from, text, size);
	if (result == (ssize_t)size) {
		if (size && text[size - 1] == '\n')
			text[size - 1] = '\0';
		int error = node->entry->store(node, text);
		if (error)
			result = error;
	}
	kfree(text);
	if (result > 0)
		*position += result;
	return result;
}

static const struct file_operations file_operations = {
	.open = proc_open,
	.release = proc_release,
	.read = proc_read,
	.write = proc_write,
	.seek = file_seek_bytes,
};

/* ---- directories ---- */

/* Show one name; false when the visitor has had enough. */
static bool visit(struct file *file, struct directory_visitor *visitor, const char *name,
		  const struct proc_node *child, uint64_t next)
{
	uint8_t type = (child->entry->mode & S_IFMT) >> DIRENT_TYPE_SHIFT; // DT_*

	if (!visitor->visit(visitor, name, strlen(name), next, inode_number(child), type))
		return false;
	file->position = (file_offset_t)next;
	return true;
}

static bool visit_dots(struct file *file, struct directory_visitor *visitor)
{
	const struct proc_node *node = file_node(file);

	if (file->position == 0 && !visit(file, visitor, ".", node, 1))
		return false;
	return file->position != 1 || visit(file, visitor, "..", node, POSITION_ENTRIES);
}

static bool visit_entries(struct file *file, struct directory_visitor *visitor)
{
	const struct proc_node *node = file_node(file);
	const struct proc_directory *directory = node->entry->directory;
	struct proc_node child = *node;

	while (file->position < POSITION_REGISTERED) {
		size_t index = (size_t)file->position - POSITION_ENTRIES;
		if (index >= directory->entry_count)
			break;
		child.entry = &directory->entries[index];
		if (!visit(file, visitor, child.entry->name, &child, (uint64_t)file->position + 1))
			return false;
	}
	file->position = MAX(file->position, (file_offset_t)POSITION_REGISTERED);
	return true;
}

static bool visit_registered(struct file *file, struct directory_visitor *visitor)
{
	const struct proc_node *node = file_node(file);
	struct proc_node child = *node;
	file_offset_t position = POSITION_REGISTERED;

	child.entry = &registered_entry;
	if (node->entry == &root_entry)
		list_for_each (child.file, &registered_files, link) {
			if (position++ < file->position)
				continue;
			if (!visit(file, visitor, child.file->name, &child, (uint64_t)position))
				return false;
		}
	file->position = MAX(file->position, (file_offset_t)POSITION_NUMBERS);
	return true;
}

static bool visit_numbers(struct file *file, struct directory_visitor *visitor)
{
	const struct proc_node *node = file_node(file);
	const struct proc_directory *directory = node->entry->directory;
	char name[16];

	while (directory->number_entry) {
		uint32_t from = (uint32_t)(file->position - POSITION_NUMBERS);
		int64_t number = directory->next_number(node, from);
		if (number < 0)
			break;
		struct proc_node child = *node;
		child.entry = directory->number_entry;
		uint64_t next = POSITION_NUMBERS + (uint64_t)number + 1;
		format_string(name, sizeof(name), "%ld", number);
		if (!directory->find_number(node, (uint32_t)number, &child))
			file->position = (file_offset_t)next; // it has just gone
		else if (!visit(file, visitor, name, &child, next))
			return false;
	}
	return true;
}

static int proc_read_directory(struct file *file, struct directory_visitor *visitor)
{
	if (!is_alive(file_node(file)))
		return -ENOENT;
	if (visit_dots(file, visitor) && visit_entries(file, visitor) &&
	    visit_registered(file, visitor))
		visit_numbers(file, visitor);
	return 0;
}

static const struct file_operations directory_operations = {
	.read_directory = proc_read_directory,
	.seek = file_seek_bytes,
};

/* ---- inodes ---- */

static struct inode *proc_inode_create(struct super_block *super_block,
				       const struct proc_node *node);

static int proc_lookup(struct inode *directory, struct dentry *dentry)
{
	struct proc_node child;

	if (!find_name(directory->private_data, dentry->name, &child) || !is_alive(&child))
		return 0;
	struct inode *inode = proc_inode_create(directory->super_block, &child);
	if (is_error(inode))
		return (int)pointer_error(inode);
	dentry->inode = inode;
	return 0;
}

/* What an inode shows of its task's identity, which may change. */
static void take_owner(struct inode *inode, const struct task *task)
{
	store_relaxed(&inode->uid, task->credentials.euid);
	store_relaxed(&inode->gid, task->credentials.egid);
}

static bool proc_revalidate(struct inode *directory, struct dentry *dentry)
{
	struct proc_node now;

	if (!dentry->inode || !find_name(directory->private_data, dentry->name, &now))
		return false;
	const struct proc_node *node = dentry->inode->private_data;
	if (now.start_time != node->start_time || now.permissions != node->permissions)
		return false;
	struct task *task = node->tid ? proc_node_task(node) : NULL;
	if (task) {
		take_owner(dentry->inode, task);
		task_put(task);
	}
	return !node->tid || task;
}

static ssize_t proc_read_link(struct inode *inode, char *buffer, size_t size)
{
	const struct proc_node *node = inode->private_data;

	return node->entry->read_link(node, buffer, size);
}

static int proc_follow_link(struct inode *inode, struct path *result)
{
	const struct proc_node *node = inode->private_data;

	return node->entry->follow_link(node, result);
}

static void proc_destroy(struct inode *inode)
{
	kfree(inode->private_data);
}

static int proc_set_size(struct inode *inode, uint64_t size)
{
	(void)inode, (void)size; // opening with O_TRUNC is allowed and means nothing
	return 0;
}

static const struct inode_operations directory_inode_operations = {
	.lookup = proc_lookup,
	.revalidate = proc_revalidate,
	.destroy = proc_destroy,
};

static const struct inode_operations file_inode_operations = {
	.set_size = proc_set_size,
	.destroy = proc_destroy,
};

static const struct inode_operations text_link_operations = {
	.read_link = proc_read_link,
	.destroy = proc_destroy,
};

static const struct inode_operations object_link_operations = {
	.read_link = proc_read_link,
	.follow_link = proc_follow_link,
	.destroy = proc_destroy,
};

static void set_operations(struct inode *inode, const struct proc_entry *entry)
{
	switch (entry->mode & S_IFMT) {
	case S_IFDIR:
		inode->operations = &directory_inode_operations;
		inode->file_operations = &directory_operations;
		inode->link_count = PROC_DIRECTORY_LINKS;
		break;
	case S_IFLNK:
		inode->operations =
			entry->follow_link ? &object_link_operations : &text_link_operations;
		break;
	default:
		inode->operations = &file_inode_operations;
		inode->file_operations = &file_operations;
	}
}

static struct inode *proc_inode_create(struct super_block *super_block,
				       const struct proc_node *node)
{
	struct proc_node *copy = knew(struct proc_node);

	if (!copy)
		return error_pointer(-ENOMEM);
	*copy = *node;
	uint32_t mode = node->entry->mode;
	if (S_ISLNK(mode) && node->permissions)
		mode = S_IFLNK | node->permissions;
	struct inode *inode = inode_create(super_block, mode);
	if (!inode) {
		kfree(copy);
		return error_pointer(-ENOMEM);
	}
	inode->private_data = copy;
	inode->number = inode_number(node);
	set_operations(inode, node->entry);
	struct task *task = node->tid ? proc_node_task(node) : NULL;
	if (task) {
		take_owner(inode, task);
		task_put(task);
	}
	return inode;
}

/* ---- the file system ---- */

static int proc_mount(struct super_block *super_block, const char *source, const char *data)
{
	const struct proc_node root = { .entry = &root_entry };

	(void)source, (void)data;
	struct inode *inode = proc_inode_create(super_block, &root);
	if (is_error(inode))
		return (int)pointer_error(inode);
	super_block->root = dentry_create_root(super_block, inode);
	return super_block->root ? 0 : -ENOMEM;
}

static struct file_system proc_file_system = {
	.name = "proc",
	.mount = proc_mount,
};

void procfs_register(void)
{
	file_system_register(&proc_file_system);
}

void procfs_register_file(struct procfs_file *file)
{
	mutex_lock(&registered_lock);
	list_add_last(&registered_files, &file->link);
	mutex_unlock(&registered_lock);
}
