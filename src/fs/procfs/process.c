/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID and /proc/PID/task/TID: the table of a process's files, those that are short, and
 * how another task's objects are got hold of. The longer texts are in process_status.c.
 */
#include "arch/trap_frame.h"
#include "fs/path.h"
#include "fs/procfs/procfs_private.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"

#include <linux/auxvec.h>

struct mm *task_get_mm(struct task *task)
{
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	struct mm *mm = task->mm;
	if (mm && !refcount_get_unless_zero(&mm->references))
		mm = NULL;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return mm;
}

struct file_table *task_get_files(struct task *task)
{
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	struct file_table *files = task->files;
	if (files && !refcount_get_unless_zero(&files->references))
		files = NULL;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return files;
}

struct fs_context *task_get_fs(struct task *task)
{
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	struct fs_context *fs = task->fs;
	if (fs && !refcount_get_unless_zero(&fs->references))
		fs = NULL;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return fs;
}

struct task *proc_node_task(const struct proc_node *node)
{
	struct task *task = task_find(node->tid);

	if (task && task->process->start_time == node->start_time)
		return task;
	if (task)
		task_put(task);
	return NULL;
}

/* May the caller look into the task's memory and files? */
static bool may_inspect(const struct task *task)
{
	const struct credentials *caller = &current_task()->credentials;

	return caller->fsuid == 0 ||
	       (caller->fsuid == task->credentials.euid && caller->fsuid == task->credentials.suid);
}

/* The node's task for a look into it, referenced; error pointer. */
static struct task *inspect_task(const struct proc_node *node)
{
	struct task *task = proc_node_task(node);

	if (!task)
		return error_pointer(-ESRCH);
	if (!may_inspect(task)) {
		task_put(task);
		return error_pointer(-EACCES);
	}
	return task;
}

/* ---- memory ---- */

/* The address space, referenced; NULL for kernel threads and zombies; error pointer. */
static struct mm *inspect_mm(const struct proc_node *node)
{
	struct task *task = inspect_task(node);

	if (is_error(task))
		return (void *)task;
	struct mm *mm = task_get_mm(task);
	task_put(task);
	return mm;
}

/* Append what is at [start, end), up to the first page that is not there. */
static int copy_memory(struct mm *mm, vaddr_t start, vaddr_t end, struct text_sink *text)
{
	char *buffer = kmalloc(PAGE_SIZE);

	if (!buffer)
		return -ENOMEM;
	while (start < end) {
		ssize_t size = mm_read(mm, start, buffer, MIN(end - start, (size_t)PAGE_SIZE));
		if (size <= 0)
			break;
		text_sink_write(text, buffer, (size_t)size);
		start += (size_t)size;
	}
	kfree(buffer);
	return 0;
}

static int show_cmdline(const struct proc_node *node, struct text_sink *text)
{
	struct task *task = proc_node_task(node);

	if (!task)
		return -ESRCH;
	struct mm *mm = task_get_mm(task);
	task_put(task);
	if (!mm)
		return 0;
	int error = copy_memory(mm, mm->arguments_start, mm->arguments_end, text);
	mm_put(mm);
	return error;
}

static int show_environ(const struct proc_node *node, struct text_sink *text)
{
	struct mm *mm = inspect_mm(node);

	if (!mm || is_error(mm))
		return (int)pointer_error(mm);
	int error = copy_memory(mm, mm->environment_start, mm->environment_end, text);
	mm_put(mm);
	return error;
}

static int show_auxv(const struct proc_node *node, struct text_sink *text)
{
	struct mm *mm = inspect_mm(node);

	if (!mm || is_error(mm))
		return (int)pointer_error(mm);
	const uint64_t *vector = mm->auxiliary_vector;
	size_t words = 0;
	while (words + 2 < ARRAY_SIZE(mm->auxiliary_vector) && vector[words] != AT_NULL)
		words += 2;
	text_sink_write(text, vector, (words + 2) * sizeof(uint64_t));
	mm_put(mm);
	return 0;
}

static int exe_follow(const struct proc_node *node, struct path *result)
{
	struct mm *mm = inspect_mm(node);
	int error = -ENOENT;

	if (is_error(mm))
		return (int)pointer_error(mm);
	if (mm && mm->executable) {
		*result = mm->executable->path;
		path_get(result);
		error = 0;
	}
	if (mm)
		mm_put(mm);
	return error;
}

/* ---- what it is doing ---- */

static int show_comm(const struct proc_node *node, struct text_sink *text)
{
	struct task *task = proc_node_task(node);

	if (!task)
		return -ESRCH;
	text_sink_print(text, "%s\n", task->name);
	task_put(task);
	return 0;
}

static int show_wchan(const struct proc_node *node, struct text_sink *text)
{
	struct task *task = proc_node_task(node);

	if (!task)
		return -ESRCH;
	const char *reason = load_relaxed(&task->wait_reason);
	text_sink_print(text, "%s", reason ? reason : "0");
	task_put(task);
	return 0;
}

static bool is_asleep(const struct task *task)
{
	uint32_t state = load_relaxed(&task->state);

	return state == TASK_INTERRUPTIBLE || state == TASK_UNINTERRUPTIBLE ||
	       state == TASK_STOPPED;
}

static int show_syscall(const struct proc_node *node, struct text_sink *text)
{
	struct task *task = inspect_task(node);
	struct trap_frame frame = { 0 };

	if (is_error(task))
		return (int)pointer_error(task);
	/* A sleeping task may wake, but its kernel stack stays while we hold it. */
	bool sleeps = is_asleep(task) && !task->is_kernel_thread;
	int64_t number = load_relaxed(&task->current_syscall);
	if (sleeps)
		frame = *task->user_frame;
	task_put(task);
	if (!sleeps)
		text_sink_print(text, "running\n");
	else if (number < 0)
		text_sink_print(text, "-1 0x%lx 0x%lx\n", frame.rsp, frame.rip);
	else
		text_sink_print(text, "%ld 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n",
				number, frame.rdi, frame.rsi, frame.rdx, frame.r10, frame.r8,
				frame.r9, frame.rsp, frame.rip);
	return 0;
}

/* ---- its place in the tree ---- */

static int fs_follow(const struct proc_node *node, struct path *result, bool wants_root)
{
	struct task *task = inspect_task(node);

	if (is_error(task))
		return (int)pointer_error(task);
	struct fs_context *fs = task_get_fs(task);
	task_put(task);
	if (!fs)
		return -ENOENT;
	spin_lock(&fs->lock);
	*result = wants_root ? fs->root : fs->working_directory;
	path_get(result);
	spin_unlock(&fs->lock);
	fs_context_put(fs);
	return 0;
}

static int cwd_follow(const struct proc_node *node, struct path *result)
{
	return fs_follow(node, result, false);
}

static int root_follow(const struct proc_node *node, struct path *result)
{
	return fs_follow(node, result, true);
}

ssize_t proc_format_path(const struct path *path, char *buffer, size_t size)
{
	char *room = kmalloc(PATH_MAX);

	if (!room)
		return -ENOMEM;
	const char *text = path_format(path, room, PATH_MAX);
	ssize_t length = pointer_error(text);
	if (!is_error(text)) {
		length = (ssize_t)MIN(strlen(text), size);
		memcpy(buffer, text, (size_t)length);
	}
	kfree(room);
	return length;
}

/* The text of a link that follows to a path. */
static ssize_t read_path_link(const struct proc_node *node, char *buffer, size_t size)
{
	struct path path;
	int error = node->entry->follow_link(node, &path);

	if (error)
		return error;
	ssize_t length = proc_format_path(&path, buffer, size);
	path_put(&path);
	return length;
}

/* ---- processes and threads ---- */

/* Kernel threads share one struct process, but are shown as processes of their own. */
static bool is_shown_as_process(const struct task *task)
{
	return task->is_kernel_thread || task->process->pid == task->tid;
}

bool proc_find_process(const struct proc_node *directory, uint32_t number, struct proc_node *child)
{
	struct task *task = task_find((int32_t)number);

	(void)directory;
	if (!task)
		return false;
	bool is_found = is_shown_as_process(task);
	child->pid = child->tid = (int32_t)number;
	child->start_time = task->process->start_time;
	task_put(task);
	return is_found;
}

int64_t proc_next_process(const struct proc_node *directory, uint32_t from)
{
	struct task *task;
	int64_t least = -1;

	(void)directory;
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	list_for_each (task, &all_tasks, all_link)
		if (is_shown_as_process(task) && task->tid >= (int64_t)from &&
		    (least < 0 || task->tid < least))
			least = task->tid;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return least;
}

static bool find_thread(const struct proc_node *directory, uint32_t number, struct proc_node *child)
{
	struct task *task = task_find((int32_t)number);

	if (!task)
		return false;
	bool is_own = task->process->start_time == directory->start_time &&
		      (task->process->pid == directory->pid || task->tid == directory->tid);
	task_put(task);
	child->tid = (int32_t)number;
	child->is_thread = true;
	return is_own;
}

static int64_t next_thread(const struct proc_node *directory, uint32_t from)
{
	struct task *leader = task_find(directory->pid), *task;
	int64_t least = -1;

	if (!leader)
		return -1;
	if (leader->is_kernel_thread) {
		least = leader->tid >= (int64_t)from ? leader->tid : -1;
		task_put(leader);
		return least;
	}
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	list_for_each (task, &leader->process->threads, thread_link)
		if (task->tid >= (int64_t)from && (least < 0 || task->tid < least))
			least = task->tid;
	spin_unlock_irqrestore(&tasks_lock, flags);
	task_put(leader);
	return least;
}

static const struct proc_directory thread_directory;

static const struct proc_entry thread_entry = {
	.mode = S_IFDIR | 0555,
	.directory = &thread_directory,
};

static const struct proc_directory threads_directory = {
	.number_entry = &thread_entry,
	.find_number = find_thread,
	.next_number = next_thread,
};

/* The last entry is of processes only: see thread_directory. */
static const struct proc_entry process_entries[] = {
	{ .name = "auxv", .mode = S_IFREG | 0400, .show = show_auxv },
	{ .name = "cmdline", .mode = S_IFREG | 0444, .show = show_cmdline },
	{ .name = "comm", .mode = S_IFREG | 0444, .show = show_comm },
	{ .name = "cwd",
	  .mode = S_IFLNK | 0777,
	  .read_link = read_path_link,
	  .follow_link = cwd_follow },
	{ .name = "environ", .mode = S_IFREG | 0400, .show = show_environ },
	{ .name = "exe",
	  .mode = S_IFLNK | 0777,
	  .read_link = read_path_link,
	  .follow_link = exe_follow },
	{ .name = "fd", .mode = S_IFDIR | 0500, .directory = &proc_descriptor_directory },
	{ .name = "fdinfo",
	  .mode = S_IFDIR | 0500,
	  .directory = &proc_descriptor_information_directory },
	{ .name = "limits", .mode = S_IFREG | 0444, .show = proc_show_limits },
	{ .name = "maps", .mode = S_IFREG | 0444, .show = proc_show_maps },
	{ .name = "mountinfo", .mode = S_IFREG | 0444, .show = proc_show_mountinfo },
	{ .name = "mounts", .mode = S_IFREG | 0444, .show = proc_show_mounts },
	{ .name = "root",
	  .mode = S_IFLNK | 0777,
	  .read_link = read_path_link,
	  .follow_link = root_follow },
	{ .name = "stat", .mode = S_IFREG | 0444, .show = proc_show_stat },
	{ .name = "statm", .mode = S_IFREG | 0444, .show = proc_show_statm },
	{ .name = "status", .mode = S_IFREG | 0444, .show = proc_show_status },
	{ .name = "syscall", .mode = S_IFREG | 0400, .show = show_syscall },
	{ .name = "wchan", .mode = S_IFREG | 0444, .show = show_wchan },
	{ .name = "task", .mode = S_IFDIR | 0555, .directory = &threads_directory },
};

const struct proc_directory proc_process_directory = {
	.entries = process_entries,
	.entry_count = ARRAY_SIZE(process_entries),
};

static const struct proc_directory thread_directory = {
	.entries = process_entries,
	.entry_count = ARRAY_SIZE(process_entries) - 1,
};
