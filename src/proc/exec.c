/* SPDX-License-Identifier: MIT */
/*
 * execve: everything that can fail cleanly is done on a new address space; then comes the
 * point of no return, after which the old program is gone and a failure kills the task.
 */
#include "proc/exec.h"

#include "arch/fpu.h"
#include "arch/msr.h"
#include "arch/trap_frame.h"
#include "core/random.h"
#include "lib/atomic.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/elf.h"
#include "proc/resources.h"
#include "proc/sched_private.h"
#include "proc/signal.h"
#include "trace/kernel/trace.h"

#include <linux/auxvec.h>

const struct exec_file_operations *exec_file_operations;

enum {
	SCRIPT_DEPTH_MAX = 4,
	SCRIPT_LINE_MAX = 256,
	STACK_INITIAL_SIZE = 132 << 10,
	STACK_RANDOM_PAGES = 1 << 14,
	MMAP_RANDOM_PAGES = 1 << 16,
	BASE_RANDOM_PAGES = 1 << 16,
	AUXV_WORDS = 2 * 24,
	RANDOM_BYTES = 16,
	HWCAP2_NONE = 0,
	CLOCK_TICKS = 100,
};
static const vaddr_t relocatable_base = 0x555555554000; /* where Linux puts static PIE programs */
static const uint64_t mmap_gap = 128ul << 20;		/* between the stack's top and mappings */

struct program {
	struct file *file;
	struct elf_plan plan;
	vaddr_t bias;
};

struct load {
	struct program main, interpreter;
	bool has_interpreter;
	struct mm *mm;
	vaddr_t stack_top;
};

/* The file's first bytes into a fresh buffer; the size read or -errno. */
static ssize_t read_head(struct file *file, char **head)
{
	*head = kmalloc(ELF_HEAD_SIZE);
	if (!*head)
		return -ENOMEM;
	ssize_t size = exec_file_operations->read(file, *head, ELF_HEAD_SIZE, 0);
	if (size < 0) {
		kfree(*head);
		*head = NULL;
	}
	return size;
}

/* "#! interpreter [argument]": Linux passes one argument, then the script's path. */
static int take_script_line(char *line, const char *path, struct exec_arguments *arguments,
			    char *interpreter)
{
	char *end = strchr(line, '\n');
	if (end)
		*end = '\0';
	else if (strlen(line) >= SCRIPT_LINE_MAX - sizeof("#!")) // cut off
		return -ENOEXEC;
	for (size_t length = strlen(line);
	     length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t');)
		line[--length] = '\0';
	while (*line == ' ' || *line == '\t')
		line++;
	if (!*line)
		return -ENOEXEC;
	char *argument = line;
	while (*argument && *argument != ' ' && *argument != '\t')
		argument++;
	if (*argument) {
		*argument++ = '\0';
		while (*argument == ' ' || *argument == '\t')
			argument++;
	}
	string_copy(interpreter, line, SCRIPT_LINE_MAX);
	exec_arguments_drop_first(arguments);
	int error = exec_arguments_prepend(arguments, path);
	if (!error && *argument)
		error = exec_arguments_prepend(arguments, argument);
	if (!error)
		error = exec_arguments_prepend(arguments, interpreter);
	return error;
}

static int plan_program(struct program *program, const char *head, size_t size)
{
	return elf_make_plan(&program->plan, head, size, exec_file_operations->size(program->file));
}

/* Open path, following scripts to their interpreters; program->file is set on success. */
static int open_program(struct program *program, const char *path, struct exec_arguments *arguments)
{
	char interpreter[SCRIPT_LINE_MAX];
	int error = -ELOOP;

	for (int depth = 0; depth <= SCRIPT_DEPTH_MAX; depth++) {
		char *head;
		program->file = exec_file_operations->open(path);
		if (is_error(program->file))
			return (int)pointer_error(program->file);
		ssize_t size = read_head(program->file, &head);
		if (size < 0) {
			error = (int)size;
			break;
		}
		if (size < 2 || head[0] != '#' || head[1] != '!') {
			error = plan_program(program, head, (size_t)size);
			kfree(head);
			if (error)
				break;
			return 0;
		}
		char script_path[SCRIPT_LINE_MAX];
		head[MIN(size, (ssize_t)SCRIPT_LINE_MAX - 1)] = '\0';
		const char *shown = path;
		if (depth > 0) { // path is the buffer that take_script_line writes
			string_copy(script_path, path, sizeof(script_path));
			shown = script_path;
		}
		error = take_script_line(head + 2, shown, arguments, interpreter);
		kfree(head);
		mm_file_operations->put(program->file);
		if (error)
			return error;
		path = interpreter;
		error = -ELOOP;
		program->file = NULL;
	}
	if (program->file)
		mm_file_operations->put(program->file);
	return error;
}

static int open_interpreter(struct load *load)
{
	const struct elf_plan *plan = &load->main.plan;
	char path[ELF_INTERPRETER_SIZE], *head;

	if (!plan->interpreter_size)
		return 0;
	ssize_t read = exec_file_operations->read(load->main.file, path, plan->interpreter_size,
						  (file_offset_t)plan->interpreter_offset);
	if (read != (ssize_t)plan->interpreter_size || path[read - 1] != '\0')
		return -ENOEXEC;
	load->interpreter.file = exec_file_operations->open(path);
	if (is_error(load->interpreter.file)) {
		int error = (int)pointer_error(load->interpreter.file);
		load->interpreter.file = NULL;
		return error;
	}
	load->has_interpreter = true;
	ssize_t size = read_head(load->interpreter.file, &head);
	if (size < 0)
		return (int)size;
	int error = plan_program(&load->interpreter, head, (size_t)size);
	kfree(head);
	return error ? -ELIBBAD : 0;
}

static enum vma_flags segment_flags(const struct elf_segment *segment)
{
	return (segment->is_readable ? VMA_READ : 0) | (segment->is_writable ? VMA_WRITE : 0) |
	       (segment->is_executable ? VMA_EXECUTE : 0);
}

/* Map one segment: the file's pages, then zero pages. */
static int map_segment(struct mm *mm, const struct program *program,
		       const struct elf_segment *segment)
{
	vaddr_t start = segment->address + program->bias;
	uint64_t file_size = ALIGN_UP(segment->file_bytes, PAGE_SIZE);
	uint64_t size = ALIGN_UP(segment->memory_bytes, PAGE_SIZE);
	long mapped = 0;

	if (file_size)
		mapped = mm_map(mm, start, file_size, segment_flags(segment), MM_MAP_FIXED,
				program->file, segment->file_page, NULL);
	if (mapped >= 0 && size > file_size)
		mapped = mm_map(mm, start + file_size, size - file_size, segment_flags(segment),
				MM_MAP_FIXED, NULL, 0, NULL);
	return mapped < 0 ? (int)mapped : 0;
}

static int map_program(struct mm *mm, struct program *program, vaddr_t base)
{
	const struct elf_plan *plan = &program->plan;

	if (plan->is_relocatable)
		program->bias = base - plan->start;
	for (uint32_t i = 0; i < plan->segment_count; i++) {
		int error = map_segment(mm, program, &plan->segments[i]);
		if (error)
			return error;
	}
	return 0;
}

/* The part of a segment's last file page that must be zero. The new mm is in use. */
static int clear_segment_ends(const struct program *program)
{
	for (uint32_t i = 0; i < program->plan.segment_count; i++) {
		const struct elf_segment *segment = &program->plan.segments[i];
		uint64_t in_page = segment->file_bytes % PAGE_SIZE;
		if (!in_page || segment->memory_bytes <= segment->file_bytes ||
		    !segment->is_writable)
			continue;
		vaddr_t at = segment->address + program->bias + segment->file_bytes;
		if (clear_user((void __user *)at, PAGE_SIZE - in_page))
			return -EFAULT;
	}
	return 0;
}

static vaddr_t random_pages(uint64_t count)
{
	return random_u64() % count * PAGE_SIZE;
}

static void set_bounds(struct load *load)
{
	struct mm *mm = load->mm;
	const struct elf_plan *plan = &load->main.plan;
	vaddr_t bias = load->main.bias;

	mm->code_start = mm->data_start = USER_LIMIT;
	for (uint32_t i = 0; i < plan->segment_count; i++) {
		const struct elf_segment *segment = &plan->segments[i];
		vaddr_t start = segment->address + bias;
		vaddr_t end = start + segment->file_bytes;
		if (segment->is_executable) {
			mm->code_start = MIN(mm->code_start, start);
			mm->code_end = MAX(mm->code_end, end);
		} else if (segment->is_writable) {
			mm->data_start = MIN(mm->data_start, start);
			mm->data_end = MAX(mm->data_end, end);
		}
	}
	mm->heap_start = mm->heap_end = plan->end + bias;
}

/* A new address space with program, interpreter and an empty stack. */
static int build_memory(struct load *load)
{
	struct mm *mm = mm_create();
	if (!mm)
		return -ENOMEM;
	load->mm = mm;
	load->stack_top = USER_LIMIT - random_pages(STACK_RANDOM_PAGES);
	mm->mmap_top = load->stack_top - mmap_gap - random_pages(MMAP_RANDOM_PAGES);
	uint32_t execute = load->main.plan.has_executable_stack ? VMA_EXECUTE : 0;
	long error = mm_map(mm, load->stack_top - STACK_INITIAL_SIZE, STACK_INITIAL_SIZE,
			    VMA_READ | VMA_WRITE | VMA_GROWS_DOWN | VMA_STACK | execute,
			    MM_MAP_FIXED, NULL, 0, "[stack]");
	if (error < 0)
		return (int)error;
	error = map_program(mm, &load->main, relocatable_base + random_pages(BASE_RANDOM_PAGES));
	if (error)
		return (int)error;
	set_bounds(load);
	if (load->has_interpreter)
		error = map_program(
			mm, &load->interpreter,
			mm->mmap_top - (load->interpreter.plan.end - load->interpreter.plan.start));
	return (int)error;
}

/* Strings, vectors and auxv below the stack's top, as Linux lays them out. */
struct stack_writer {
	vaddr_t at;
	bool has_failed;
};

static vaddr_t push(struct stack_writer *stack, const void *data, size_t size, size_t alignment)
{
	stack->at = ALIGN_DOWN(stack->at - size, alignment);
	if (copy_to_user((void __user *)stack->at, data, size))
		stack->has_failed = true;
	return stack->at;
}

static uint32_t fill_auxv(uint64_t *auxv, const struct load *load, const struct task *task,
			  vaddr_t random, vaddr_t platform, vaddr_t file_name)
{
	const struct program *program = &load->main;
	const struct credentials *ids = &task->credentials;
	bool is_secure = ids->uid != ids->euid || ids->gid != ids->egid;
	const uint64_t entries[][2] = {
		{ AT_HWCAP, cpuid(1, 0).edx },
		{ AT_PAGESZ, PAGE_SIZE },
		{ AT_CLKTCK, CLOCK_TICKS },
		{ AT_PHDR, program->plan.header_address + program->bias },
		{ AT_PHENT, 56 /* sizeof(Elf64_Phdr) */ },
		{ AT_PHNUM, program->plan.header_count },
		{ AT_BASE, load->has_interpreter
				   ? load->interpreter.plan.start + load->interpreter.bias
				   : 0 },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, program->plan.entry + program->bias },
		{ AT_UID, ids->uid },
		{ AT_EUID, ids->euid },
		{ AT_GID, ids->gid },
		{ AT_EGID, ids->egid },
		{ AT_SECURE, is_secure },
		{ AT_RANDOM, random },
		{ AT_HWCAP2, HWCAP2_NONE },
		{ AT_EXECFN, file_name },
		{ AT_PLATFORM, platform },
		{ AT_NULL, 0 },
	};
	static_assert(sizeof(entries) <= AUXV_WORDS * sizeof(uint64_t), "auxv has room");
	memcpy(auxv, entries, sizeof(entries));
	return sizeof(entries) / sizeof(uint64_t);
}

/* Pointers to the strings at *at, each with its NUL, then NULL. */
static void fill_vector(uint64_t *vector, uint32_t count, const char **string, vaddr_t *at)
{
	for (uint32_t i = 0; i < count; i++) {
		vector[i] = *at;
		size_t size = strlen(*string) + 1;
		*string += size;
		*at += size;
	}
	vector[count] = 0;
}

/* The new mm is in use. Sets *stack_pointer; -EFAULT or -ENOMEM. */
static int write_stack(struct load *load, const char *path, const struct exec_arguments *arguments,
		       vaddr_t *stack_pointer)
{
	struct task *task = current_task();
	struct mm *mm = load->mm;
	struct stack_writer stack = { .at = load->stack_top - sizeof(uint64_t) };
	uint8_t random[RANDOM_BYTES];

	vaddr_t file_name = push(&stack, path, strlen(path) + 1, 1);
	vaddr_t strings = push(&stack, arguments->data ? arguments->data : "", arguments->size, 1);
	vaddr_t platform = push(&stack, "x86_64", sizeof("x86_64"), 1);
	random_fill(random, sizeof(random));
	vaddr_t random_at = push(&stack, random, sizeof(random), 16);

	size_t pointers = 1 + arguments->argument_count + 1 + arguments->environment_count + 1;
	uint64_t *words = knew_array(uint64_t, pointers + AUXV_WORDS);
	if (!words)
		return -ENOMEM;
	const char *string = arguments->data;
	vaddr_t at = strings;
	words[0] = arguments->argument_count;
	mm->arguments_start = at;
	fill_vector(words + 1, arguments->argument_count, &string, &at);
	mm->arguments_end = mm->environment_start = at;
	fill_vector(words + 2 + arguments->argument_count, arguments->environment_count, &string,
		    &at);
	mm->environment_end = at;
	uint32_t auxv_words =
		fill_auxv(words + pointers, load, task, random_at, platform, file_name);
	memcpy(mm->auxiliary_vector, words + pointers, auxv_words * sizeof(uint64_t));
	size_t size = (pointers + auxv_words) * sizeof(uint64_t);
	*stack_pointer = push(&stack, words, size, 16);
	mm->stack_start = *stack_pointer;
	kfree(words);
	return stack.has_failed ? -EFAULT : 0;
}

static void use_memory(struct task *task, struct mm *mm)
{
	struct mm *old = task->mm;

	/* Others (/proc) take references on it under the lock. */
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	task->mm = mm;
	mm_switch_to(mm);
	spin_unlock_irqrestore(&tasks_lock, flags);
	vfork_complete(task);
	mm_put(old);
}

static void set_name(struct task *task, const char *path)
{
	const char *slash = strrchr(path, '/');
	string_copy(task->name, slash ? slash + 1 : path, sizeof(task->name));
}

static void set_registers(struct task *task, const struct load *load, vaddr_t stack_pointer)
{
	const struct program *first = load->has_interpreter ? &load->interpreter : &load->main;

	memset(task->user_frame, 0, sizeof(*task->user_frame));
	task->user_frame->rip = first->plan.entry + first->bias;
	task->user_frame->cs = SELECTOR_USER_CODE;
	task->user_frame->ss = SELECTOR_USER_DATA;
	task->user_frame->rsp = stack_pointer;
	task->user_frame->rflags = RFLAGS_IF | RFLAGS_FIXED;
	task->user_frame->error_code = (uint64_t)-1; // no system call to restart
	preempt_disable();
	msr_write(MSR_FS_BASE, 0);
	msr_write(MSR_KERNEL_GS_BASE, 0);
	task->fs_base = task->gs_base = 0;
	preempt_enable();
	fpu_reset(task->fpu_state);
}

/* The other threads die first; this one takes over the process's identity. */
static int become_single_thread(struct task *task)
{
	return task->process->thread_count > 1 ? process_kill_other_threads(task) : 0;
}

/* There is no program to go back to. */
static void die_at_user_mode(struct task *task)
{
	process_kill_threads(task->process, SIGSEGV);
	store_release(&task->has_signal_work, true);
}

static void drop_load(struct load *load)
{
	mm_put(load->mm);
	if (load->has_interpreter)
		mm_file_operations->put(load->interpreter.file);
	if (load->main.file)
		mm_file_operations->put(load->main.file);
	kfree(load);
}

int process_execute(const char *path, struct exec_arguments *arguments)
{
	struct task *task = current_task();
	struct load *load = knew(struct load);
	vaddr_t stack_pointer;

	if (!load)
		return -ENOMEM;
	int error = open_program(&load->main, path, arguments);
	if (error) {
		kfree(load);
		return error;
	}
	error = open_interpreter(load);
	if (!error)
		error = build_memory(load);
	if (!error)
		error = exec_file_operations->unshare();
	if (!error)
		error = become_single_thread(task);
	if (error) {
		drop_load(load);
		return error;
	}

	// The point of no return: the old program's memory goes.
	exec_file_operations->apply_set_id(load->main.file, &task->credentials);
	mm_get(load->mm);
	use_memory(task, load->mm);
	error = clear_segment_ends(&load->main);
	if (!error && load->has_interpreter)
		error = clear_segment_ends(&load->interpreter);
	if (!error)
		error = write_stack(load, path, arguments, &stack_pointer);
	if (error) {
		drop_load(load);
		die_at_user_mode(task);
		return error;
	}
	set_name(task, path);
	load->mm->executable = load->main.file; // its reference moves
	load->main.file = NULL;
	exec_file_operations->close_on_exec(task->files);
	signal_reset_for_exec(task->process);
	task->clear_tid = task->child_set_tid = NULL;
	task->robust_list = NULL;
	task->signal_stack_flags = SS_DISABLE;
	task->signal_stack = task->signal_stack_size = 0;
	task->process->has_executed = true;
	set_registers(task, load, stack_pointer);
	trace_process_exec(task->user_frame->rip, stack_pointer);
	drop_load(load);
	return 0;
}
