/* SPDX-License-Identifier: MIT */
/* From the registers to the function: everything here is made from sys/table.h. */
#include "sys/dispatch.h"

#include "arch/trap.h"
#include "core/percpu.h"
#include "fs/procfs/procfs.h"
#include "lib/atomic.h"
#include "proc/task.h"
#include "sys/syscall.h"
#include "trace/kernel/trace.h"

typedef long (*syscall_function)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

/* Arguments are widened registers: every sys_ function takes its own from the low bits. */
#define SYSCALL(name_, ...) [__NR_##name_] = (syscall_function)(void (*)(void))sys_##name_,
static const syscall_function functions[SYSCALL_NUMBERS] = {
#include "sys/table.h"
};
#undef SYSCALL

#define ARGUMENT_TYPE(pair_)		 ARGUMENT_TYPE_ pair_
#define ARGUMENT_TYPE_(type_, argument_) #type_
#define ARGUMENT_NAME(pair_)		 ARGUMENT_NAME_ pair_
#define ARGUMENT_NAME_(type_, argument_) #argument_
#define SYSCALL(name_, ...)                                                       \
	[__NR_##name_] = {                                                        \
		.name = #name_,                                                   \
		.argument_count = COUNT_ARGUMENTS(__VA_ARGS__),                   \
		.argument_types = { FOR_EACH_COMMA(ARGUMENT_TYPE, __VA_ARGS__) }, \
		.argument_names = { FOR_EACH_COMMA(ARGUMENT_NAME, __VA_ARGS__) }, \
	},
const struct syscall_description syscall_descriptions[SYSCALL_NUMBERS] = {
#include "sys/table.h"
};
#undef SYSCALL

uint64_t syscall_unimplemented_counts[SYSCALL_NUMBERS];

static long call_unimplemented(uint64_t number)
{
	if (number < SYSCALL_NUMBERS)
		fetch_add_relaxed(&syscall_unimplemented_counts[number], 1);
	return -ENOSYS;
}

/* The arguments come in registers and are handed on there: memory is slow. */
static long dispatch(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	struct task *task = current_task();
	uint64_t number = task->user_frame->error_code;
	syscall_function function = number < SYSCALL_NUMBERS ? functions[number] : NULL;

	trace_syscall_enter(number, a0, a1, a2, a3, a4, a5);
	task->current_syscall = (int64_t)number;
	long result =
		likely(function) ? function(a0, a1, a2, a3, a4, a5) : call_unimplemented(number);
	task->current_syscall = -1;
	trace_syscall_exit(number, result);
	return result;
}

static int show_unimplemented(struct text_sink *text)
{
	for (int number = 0; number < SYSCALL_NUMBERS; number++) {
		uint64_t count = load_relaxed(&syscall_unimplemented_counts[number]);
		if (count)
			text_sink_print(text, "%d %lu\n", number, count);
	}
	return 0;
}

static struct procfs_file unimplemented_file = {
	.name = "unimplemented", /* number and how often it was called, a line each */
	.show = show_unimplemented,
};

void syscall_init(void)
{
	procfs_register_file(&unimplemented_file);
	trap_hooks.syscall = dispatch;
}
