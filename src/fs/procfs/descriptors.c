/* SPDX-License-Identifier: MIT */
/* /proc/PID/fd: a link for each open file, which leads to the file itself; and fdinfo. */
#include "fs/path.h"
#include "fs/procfs/procfs_private.h"
#include "mm/slab.h"

/* The node's descriptor table, referenced, or NULL. */
static struct file_table *node_files(const struct proc_node *node)
{
	struct task *task = proc_node_task(node);

	if (!task)
		return NULL;
	struct file_table *files = task_get_files(task);
	task_put(task);
	return files;
}

struct file *proc_node_file(const struct proc_node *node)
{
	struct file_table *files = node_files(node);
	struct file *file = NULL;

	if (!files)
		return NULL;
	spin_lock(&files->lock);
	if (node->number < files->capacity)
		file = files->files[node->number];
	if (file)
		file_get(file);
	spin_unlock(&files->lock);
	file_table_put(files);
	return file;
}

static bool find_descriptor(const struct proc_node *directory, uint32_t number,
			    struct proc_node *child)
{
	(void)directory;
	child->number = number;
	struct file *file = proc_node_file(child);
	if (!file)
		return false;
	switch (file->flags & O_ACCMODE) {
	case O_RDONLY:
		child->permissions = 0500;
		break;
	case O_WRONLY:
		child->permissions = 0300;
		break;
	default:
		child->permissions = 0700;
	}
	file_put(file);
	return true;
}

static int64_t next_descriptor(const struct proc_node *directory, uint32_t from)
{
	struct file_table *files = node_files(directory);
	int64_t number = -1;

	if (!files)
		return -1;
	spin_lock(&files->lock);
	for (uint32_t i = from; i < files->capacity && number < 0; i++)
		if (files->files[i])
			number = i;
	spin_unlock(&files->lock);
	file_table_put(files);
	return number;
}

static int descriptor_follow(const struct proc_node *node, struct path *result)
{
	struct file *file = proc_node_file(node);

	if (!file)
		return -ENOENT;
	*result = file->path;
	path_get(result);
	file_put(file);
	return 0;
}

static ssize_t descriptor_read_link(const struct proc_node *node, char *buffer, size_t size)
{
	struct file *file = proc_node_file(node);

	if (!file)
		return -ENOENT;
	ssize_t length = proc_format_path(&file->path, buffer, size);
	file_put(file);
	return length;
}

static int show_information(const struct proc_node *node, struct text_sink *text)
{
	struct file *file = proc_node_file(node);

	if (!file)
		return -ENOENT;
	text_sink_print(text, "pos:\t%ld\nflags:\t0%o\nmnt_id:\t%d\nino:\t%lu\n", file->position,
			file->flags, file->path.mount ? file->path.mount->id : 0,
			file->inode->number);
	file_put(file);
	return 0;
}

static const struct proc_entry descriptor_entry = {
	.mode = S_IFLNK | 0777,
	.read_link = descriptor_read_link,
	.follow_link = descriptor_follow,
};

static const struct proc_entry information_entry = {
	.mode = S_IFREG | 0400,
	.show = show_information,
};

const struct proc_directory proc_descriptor_directory = {
	.number_entry = &descriptor_entry,
	.find_number = find_descriptor,
	.next_number = next_descriptor,
};

const struct proc_directory proc_descriptor_information_directory = {
	.number_entry = &information_entry,
	.find_number = find_descriptor,
	.next_number = next_descriptor,
};
