/* SPDX-License-Identifier: MIT */
/*
 * The longer texts about a process: stat, status, statm, maps, limits, in Linux's formats
 * (proc(5)), which ps, top and many others parse. What the process list guards is copied
 * first, under its lock; the text is made afterwards.
 */
#include "core/time.h"
#include "fs/procfs/procfs_private.h"
#include "lib/bitmap.h"
#include "lib/atomic.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/resources.h"
#include "proc/signal.h"

#include <asm/signal.h>
#include <linux/kdev_t.h>

enum {
	NANOSECONDS_PER_CLOCK_TICK = NANOSECONDS_PER_SECOND / 100, /* USER_HZ */
	PAGE_KIB = PAGE_SIZE / 1024,
	MAPS_NAME_COLUMN = 73,
	PRIORITY_NICE_0 = 20,
	/* stat's flags: Linux's PF_FORKNOEXEC and PF_KTHREAD. */
	STAT_FLAG_FORKED = 0x40,
	STAT_FLAG_KERNEL_THREAD = 0x200000,
};

/* What is shown of a task, copied at one moment. */
struct snapshot {
	char state;
	int32_t pid, parent, group, session, thread_count;
	uint64_t terminal_device;
	int32_t terminal_group;
	nanoseconds_t user_time, system_time, children_user_time, children_system_time;
	uint64_t minor_faults, major_faults, children_minor_faults, children_major_faults;
	signal_set_t pending, shared_pending, blocked, ignored, caught;
	uint64_t pending_limit;
	int32_t exit_status;
	uint8_t exit_signal;
	bool is_zombie;
};

/* What is shown of an address space; all 0 for a task without one. Pages unless said. */
struct memory_sizes {
	uint64_t mapped, resident, peak_resident, tables;
	uint64_t data, stack, code, library; /* as status counts them */
	vaddr_t code_start, code_end, data_start, data_end, heap_start, stack_start;
	vaddr_t arguments_start, arguments_end, environment_start, environment_end;
};

static char state_letter(const struct task *task, bool is_zombie)
{
	static const char letters[] = {
		[TASK_RUNNING] = 'R', [TASK_INTERRUPTIBLE] = 'S', [TASK_UNINTERRUPTIBLE] = 'D',
		[TASK_STOPPED] = 'T', [TASK_ZOMBIE] = 'Z',	  [TASK_DEAD] = 'X',
	};

	return is_zombie ? 'Z' : letters[load_relaxed(&task->state)];
}

static const char *state_name(char letter)
{
	switch (letter) {
	case 'R':
		return "running";
	case 'S':
		return "sleeping";
	case 'D':
		return "disk sleep";
	case 'T':
		return "stopped";
	case 'Z':
		return "zombie";
	default:
		return "dead";
	}
}

static void take_terminal(struct snapshot *snapshot, const struct process *process)
	REQUIRES(tasks_lock)
{
	struct terminal_state terminal = { .device = 0, .foreground_group = -1 };

	if (process->terminal)
		terminal = terminal_operations->state(process->terminal);
	snapshot->terminal_device = terminal.device;
	snapshot->terminal_group = terminal.foreground_group;
}

static void add_thread_times(struct snapshot *snapshot, const struct task *task)
{
	snapshot->user_time += task->user_time;
	snapshot->system_time += task->system_time;
	snapshot->minor_faults += task->minor_faults;
	snapshot->major_faults += task->major_faults;
}

static void take_times(struct snapshot *snapshot, const struct process *process)
	REQUIRES(tasks_lock)
{
	const struct task *thread;

	/* A thread that has exited is counted in the process's own sums. */
	list_for_each (thread, &process->threads, thread_link)
		if (load_relaxed(&thread->state) != TASK_ZOMBIE && thread != process->leader)
			add_thread_times(snapshot, thread);
	snapshot->user_time += process->exited_user_time;
	snapshot->system_time += process->exited_system_time;
	snapshot->children_user_time = process->children_user_time;
	snapshot->children_system_time = process->children_system_time;
	snapshot->children_minor_faults = process->children_minor_faults;
	snapshot->children_major_faults = process->children_major_faults;
}

/* tasks_lock held, which is before the signal lock. */
static void take_signals(struct snapshot *snapshot, const struct task *task) REQUIRES(tasks_lock)
{
	struct process *process = task->process;

	spin_lock(&process->signal_lock);
	snapshot->pending = task->pending.set;
	snapshot->shared_pending = process->pending.set;
	snapshot->blocked = task->blocked;
	snapshot->pending_limit = process->limits[RLIMIT_SIGPENDING].rlim_cur;
	for (int i = 0; process->handlers && i < SIGNAL_COUNT; i++) {
		vaddr_t handler = process->handlers->actions[i].handler;
		if (handler == (vaddr_t)SIG_IGN)
			snapshot->ignored |= signal_bit(i + 1);
		else if (handler != (vaddr_t)SIG_DFL)
			snapshot->caught |= signal_bit(i + 1);
	}
	spin_unlock(&process->signal_lock);
}

static void snapshot_take(struct snapshot *snapshot, const struct task *task, bool is_thread)
{
	struct process *process = task->process;

	*snapshot = (struct snapshot){ 0 };
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	snapshot->is_zombie = process->is_zombie;
	snapshot->state = state_letter(task, process->is_zombie);
	snapshot->pid = task->is_kernel_thread ? task->tid : process->pid;
	snapshot->parent = process->parent ? process->parent->pid : 0;
	snapshot->group = process->process_group;
	snapshot->session = process->session;
	snapshot->thread_count = task->is_kernel_thread ? 1 : (int32_t)process->thread_count;
	snapshot->exit_status = process->exit_status;
	snapshot->exit_signal = process->exit_signal;
	take_terminal(snapshot, process);
	if (is_thread || task->is_kernel_thread)
		add_thread_times(snapshot, task);
	else
		take_times(snapshot, process);
	take_signals(snapshot, task);
	spin_unlock_irqrestore(&tasks_lock, flags);
}

static void add_mapping(struct memory_sizes *sizes, const struct vma *vma)
{
	uint64_t pages = (vma->end - vma->start) / PAGE_SIZE;
	bool is_private_writable = (vma->flags & (VMA_WRITE | VMA_SHARED)) == VMA_WRITE;

	if (vma->flags & VMA_STACK)
		sizes->stack += pages;
	else if (is_private_writable)
		sizes->data += pages;
	else if (vma->file && (vma->flags & VMA_EXECUTE))
		sizes->library += pages;
}

static void memory_sizes_take(struct memory_sizes *sizes, struct task *task)
{
	struct mm *mm = task_get_mm(task);

	*sizes = (struct memory_sizes){ 0 };
	if (!mm)
		return;
	mutex_lock(&mm->lock);
	sizes->mapped = mm->mapped_pages;
	sizes->resident = mm->resident_pages;
	sizes->peak_resident = MAX(mm->peak_resident_pages, mm->resident_pages);
	sizes->tables = mm->table_pages;
	for (struct vma *vma = vma_first(mm); vma; vma = vma_next(vma))
		add_mapping(sizes, vma);
	mutex_unlock(&mm->lock);
	sizes->code = (mm->code_end - mm->code_start + PAGE_SIZE - 1) / PAGE_SIZE;
	sizes->library -= MIN(sizes->library, sizes->code);
	sizes->code_start = mm->code_start;
	sizes->code_end = mm->code_end;
	sizes->data_start = mm->data_start;
	sizes->data_end = mm->data_end;
	sizes->heap_start = mm->heap_start;
	sizes->stack_start = mm->stack_start;
	sizes->arguments_start = mm->arguments_start;
	sizes->arguments_end = mm->arguments_end;
	sizes->environment_start = mm->environment_start;
	sizes->environment_end = mm->environment_end;
	mm_put(mm);
}

static uint64_t clock_ticks(nanoseconds_t duration)
{
	return duration / NANOSECONDS_PER_CLOCK_TICK;
}

static uint32_t stat_flags(const struct task *task)
{
	if (task->is_kernel_thread)
		return STAT_FLAG_KERNEL_THREAD;
	return task->process->has_executed ? 0 : STAT_FLAG_FORKED;
}

static void write_stat(struct text_sink *text, const struct task *task, const struct snapshot *now,
		       const struct memory_sizes *memory)
{
	/* Fields 1 to 24 of proc(5). */
	text_sink_print(text, "%d (%s) %c %d %d %d %lu %d %u", task->tid, task->name, now->state,
			now->parent, now->group, now->session, now->terminal_device,
			now->terminal_group, stat_flags(task));
	text_sink_print(text, " %lu %lu %lu %lu %lu %lu %ld %ld", now->minor_faults,
			now->children_minor_faults, now->major_faults, now->children_major_faults,
			clock_ticks(now->user_time), clock_ticks(now->system_time),
			clock_ticks(now->children_user_time),
			clock_ticks(now->children_system_time));
	text_sink_print(text, " %d %d %d 0 %lu %lu %lu", PRIORITY_NICE_0 + task->nice, task->nice,
			now->thread_count, clock_ticks(task->process->start_time),
			memory->mapped * PAGE_SIZE, memory->resident);
	/* 25 to 37; the stack and instruction pointers are shown as 0, as Linux does. */
	text_sink_print(text, " %lu %lu %lu %lu 0 0 %lu %lu %lu %lu %d 0 0", UINT64_MAX,
			memory->code_start, memory->code_end, memory->stack_start,
			now->pending | now->shared_pending, now->blocked, now->ignored, now->caught,
			task->wait_reason != NULL);
	/* 38 to 52. */
	text_sink_print(text, " %d %u 0 0 0 0 0 %lu %lu %lu %lu %lu %lu %lu %d\n", now->exit_signal,
			task->cpu, memory->data_start, memory->data_end, memory->heap_start,
			memory->arguments_start, memory->arguments_end, memory->environment_start,
			memory->environment_end, now->is_zombie ? now->exit_status : 0);
}

int proc_show_stat(const struct proc_node *node, struct text_sink *text)
{
	struct task *task = proc_node_task(node);
	struct memory_sizes memory;
	struct snapshot now;

	if (!task)
		return -ESRCH;
	snapshot_take(&now, task, node->is_thread);
	memory_sizes_take(&memory, task);
	write_stat(text, task, &now, &memory);
	task_put(task);
	return 0;
}

static void write_groups(struct text_sink *text, const struct credentials *credentials)
{
	text_sink_print(text, "Uid:\t%u\t%u\t%u\t%u\n", credentials->uid, credentials->euid,
			credentials->suid, credentials->fsuid);
	text_sink_print(text, "Gid:\t%u\t%u\t%u\t%u\n", credentials->gid, credentials->egid,
			credentials->sgid, credentials->fsgid);
}

static uint32_t task_umask(struct task *task)
{
	struct fs_context *fs = task_get_fs(task);
	uint32_t umask = 0;

	if (fs) {
		umask = load_relaxed(&fs->umask);
		fs_context_put(fs);
	}
	return umask;
}

static uint32_t task_descriptor_capacity(struct task *task)
{
	struct file_table *files = task_get_files(task);
	uint32_t capacity = 0;

	if (files) {
		capacity = load_relaxed(&files->capacity);
		file_table_put(files);
	}
	return capacity;
}

static void write_identity(struct text_sink *text, struct task *task, const struct snapshot *now)
{
	const struct credentials *credentials = &task->credentials;

	text_sink_print(text, "Name:\t%s\n", task->name);
	if (!task->is_kernel_thread)
		text_sink_print(text, "Umask:\t%04o\n", task_umask(task));
	text_sink_print(text, "State:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\n",
			now->state, state_name(now->state), now->pid, task->tid, now->parent);
	text_sink_print(text, "TracerPid:\t0\n");
	write_groups(text, credentials);
	text_sink_print(text, "FDSize:\t%u\nGroups:\t", task_descriptor_capacity(task));
	for (uint32_t i = 0; i < credentials->group_count; i++)
		text_sink_print(text, "%u ", credentials->groups[i]);
	text_sink_print(text, "\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", now->pid,
			task->tid, now->group, now->session);
}

static void write_memory(struct text_sink *text, const struct memory_sizes *memory)
{
	const struct {
		const char *name;
		uint64_t pages;
	} lines[] = {
		{ "VmSize", memory->mapped },
		{ "VmHWM", memory->peak_resident },
		{ "VmRSS", memory->resident },
		{ "VmData", memory->data },
		{ "VmStk", memory->stack },
		{ "VmExe", memory->code },
		{ "VmLib", memory->library },
		{ "VmPTE", memory->tables },
		{ "VmSwap", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		text_sink_print(text, "%s:\t%8lu kB\n", lines[i].name, lines[i].pages * PAGE_KIB);
}

static void write_signals(struct text_sink *text, const struct snapshot *now)
{
	text_sink_print(text, "SigQ:\t%d/%lu\n", count_bits(now->pending | now->shared_pending),
			now->pending_limit);
	text_sink_print(text, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n", now->pending,
			now->shared_pending, now->blocked);
	text_sink_print(text, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", now->ignored, now->caught);
}

/* A set of CPUs as Linux's list format: "0-3,5". */
static void write_cpu_list(struct text_sink *text, uint64_t cpu_set)
{
	const char *separator = "";

	for (int cpu = 0; cpu < 64; cpu++) {
		int last = cpu;
		if (!(cpu_set >> cpu & 1))
			continue;
		while (last < 63 && (cpu_set >> (last + 1) & 1))
			last++;
		text_sink_print(text, "%s%d", separator, cpu);
		if (last > cpu)
			text_sink_print(text, "-%d", last);
		separator = ",";
		cpu = last;
	}
}

int proc_show_status(const struct proc_node *node, struct text_sink *text)
{
	struct task *task = proc_node_task(node);
	struct memory_sizes memory;
	struct snapshot now;

	if (!task)
		return -ESRCH;
	snapshot_take(&now, task, node->is_thread);
	memory_sizes_take(&memory, task);
	write_identity(text, task, &now);
	if (memory.mapped)
		write_memory(text, &memory);
	text_sink_print(text, "Threads:\t%d\n", now.thread_count);
	write_signals(text, &now);
	text_sink_print(text, "NoNewPrivs:\t%d\nSeccomp:\t0\nCpus_allowed:\t%lx\n",
			task->process->has_no_new_privileges, task->allowed_cpus);
	text_sink_print(text, "Cpus_allowed_list:\t");
	write_cpu_list(text, task->allowed_cpus);
	text_sink_print(text, "\nvoluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
			task->switches_voluntary, task->switches_forced);
	task_put(task);
	return 0;
}

int proc_show_statm(const struct proc_node *node, struct text_sink *text)
{
	struct task *task = proc_node_task(node);
	struct memory_sizes memory;

	if (!task)
		return -ESRCH;
	memory_sizes_take(&memory, task);
	text_sink_print(text, "%lu %lu 0 %lu 0 %lu 0\n", memory.mapped, memory.resident,
			memory.code, memory.data + memory.stack);
	task_put(task);
	return 0;
}

/* One line of maps; path is room for a name. */
static void write_mapping(struct text_sink *text, const struct vma *vma, char *path)
{
	size_t line = text->length;
	const struct inode *inode = vma->file ? vma->file->inode : NULL;
	uint64_t device = inode && inode->super_block ? inode->super_block->device : 0;

	text_sink_print(text, "%08lx-%08lx %c%c%c%c %08lx %02lx:%02lx %lu ", vma->start, vma->end,
			vma->flags & VMA_READ ? 'r' : '-', vma->flags & VMA_WRITE ? 'w' : '-',
			vma->flags & VMA_EXECUTE ? 'x' : '-', vma->flags & VMA_SHARED ? 's' : 'p',
			vma->file ? vma->file_page * PAGE_SIZE : 0, MAJOR(device), MINOR(device),
			inode ? inode->number : 0);
	const char *name = vma->name;
	if (vma->file)
		name = file_format_path(vma->file, path, PATH_MAX);
	if (name && !is_error(name)) {
		int padding = MAPS_NAME_COLUMN - (int)(text->length - line);
		text_sink_print(text, "%*s%s", MAX(padding, 0), "", name);
	}
	text_sink_print(text, "\n");
}

int proc_show_maps(const struct proc_node *node, struct text_sink *text)
{
	struct task *task = proc_node_task(node);

	if (!task)
		return -ESRCH;
	struct mm *mm = task_get_mm(task);
	task_put(task);
	if (!mm)
		return 0;
	char *path = kmalloc(PATH_MAX);
	if (path) {
		mutex_lock(&mm->lock);
		for (struct vma *vma = vma_first(mm); vma; vma = vma_next(vma))
			write_mapping(text, vma, path);
		mutex_unlock(&mm->lock);
		kfree(path);
	}
	mm_put(mm);
	return path ? 0 : -ENOMEM;
}

static void write_limit(struct text_sink *text, uint64_t value)
{
	if (value == RLIM64_INFINITY)
		text_sink_print(text, "%-20s ", "unlimited");
	else
		text_sink_print(text, "%-20lu ", value);
}

int proc_show_limits(const struct proc_node *node, struct text_sink *text)
{
	static const struct {
		const char *name, *unit;
	} names[RLIM_NLIMITS] = {
		[RLIMIT_CPU] = { "Max cpu time", "seconds" },
		[RLIMIT_FSIZE] = { "Max file size", "bytes" },
		[RLIMIT_DATA] = { "Max data size", "bytes" },
		[RLIMIT_STACK] = { "Max stack size", "bytes" },
		[RLIMIT_CORE] = { "Max core file size", "bytes" },
		[RLIMIT_RSS] = { "Max resident set", "bytes" },
		[RLIMIT_NPROC] = { "Max processes", "processes" },
		[RLIMIT_NOFILE] = { "Max open files", "files" },
		[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
		[RLIMIT_AS] = { "Max address space", "bytes" },
		[RLIMIT_LOCKS] = { "Max file locks", "locks" },
		[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
		[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
		[RLIMIT_NICE] = { "Max nice priority", "" },
		[RLIMIT_RTPRIO] = { "Max realtime priority", "" },
		[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
	};
	struct task *task = proc_node_task(node);

	if (!task)
		return -ESRCH;
	text_sink_print(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit",
			"Units");
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		const struct rlimit64 *limit = &task->process->limits[i];
		text_sink_print(text, "%-25s ", names[i].name);
		write_limit(text, limit->rlim_cur);
		write_limit(text, limit->rlim_max);
		text_sink_print(text, "%-10s\n", names[i].unit);
	}
	task_put(task);
	return 0;
}
