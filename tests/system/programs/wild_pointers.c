/* SPDX-License-Identifier: MIT */
/*
 * Every pointer argument of every system call, given every kind of wild pointer. Which calls
 * there are and which arguments are pointers comes from the kernel's own table, so that a new
 * call is tested from its first day. Integers are small and sane (the tables below); each call
 * is made in a child of its own, with a timer that interrupts what would sleep.
 *
 * A line for what must not be: a child that a signal ended or that hangs, or memory that stays
 * allocated. The last line counts the calls made. With -v: each call and its result.
 */
#define _GNU_SOURCE
#include "lib/for_each.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asm/unistd.h>

enum {
	ARGUMENTS_MAX = 6,
	PAGE = 4096,
	COUNT = 64,	      /* for sizes and counts: more than is left at the end of a page */
	INTERRUPT_US = 20000, /* after which a call that sleeps is interrupted, again and again */
	CHILD_LIMIT_S = 10,
	SITES_SIZE = 64 << 10,
	SETTLE_TRIES = 50,
};

struct argument {
	const char *type, *name;
};

struct call {
	int number;
	const char *name;
	struct argument arguments[ARGUMENTS_MAX];
};

#define ARGUMENT(pair_) ARGUMENT_ pair_
#define ARGUMENT_(type_, argument_) \
	{                           \
#type_, #argument_  \
	}
#define SYSCALL(name_, ...)                                             \
	{                                                               \
		.number = __NR_##name_,                                 \
		.name = #name_,                                         \
		.arguments = { FOR_EACH_COMMA(ARGUMENT, __VA_ARGS__) }, \
	},
static const struct call calls[] = {
#include "sys/table.h"
};

enum { CALL_COUNT = sizeof(calls) / sizeof(*calls) };

/* What is not called, and why. */
static const struct {
	const char *call, *why;
} skipped[] = {
	{ "reboot", "does not return" },
	{ "rt_sigreturn", "takes its registers from the stack, by design" },
};

/* Calls that sleep until a signal comes, and may be told not to see the timer's. */
static const char *const masking[] = { "rt_sigsuspend", "ppoll", "pselect6", "epoll_pwait",
				       "epoll_pwait2" };

/* Integers that are pointers for some commands: these are made wild as well. */
static const struct {
	const char *call, *argument, *selector;
	long selector_values[8];
} hidden_pointers[] = {
	{ "ioctl",
	  "argument",
	  "command",
	  { 0x5401 /* TCGETS */, 0x5402 /* TCSETS */, 0x5413 /* TIOCGWINSZ */,
	    0x5414 /* TIOCSWINSZ */, 0x540f /* TIOCGPGRP */, 0x5410 /* TIOCSPGRP */,
	    0x541b /* FIONREAD */, 0x5421 /* FIONBIO */ } },
	{ "fcntl",
	  "argument",
	  "command",
	  { F_GETLK, F_SETLK, F_SETLKW, 36 /* F_OFD_GETLK */, 37 /* F_OFD_SETLK */, F_DUPFD,
	    F_SETFL, 16 /* F_GETOWN_EX */ } },
	{ "prctl",
	  "a2",
	  "option",
	  { 15 /* PR_SET_NAME */, 16 /* PR_GET_NAME */, 2 /* PR_GET_PDEATHSIG */,
	    40 /* PR_GET_TID_ADDRESS */, 37 /* PR_GET_CHILD_SUBREAPER */ } },
	{ "arch_prctl",
	  "address",
	  "code",
	  { 0x1001 /* SET_GS */, 0x1002 /* SET_FS */, 0x1003 /* GET_FS */, 0x1004 /* GET_GS */ } },
	{ "futex", "timeout", "operation", { 0 /* WAIT */, 9 /* WAIT_BITSET */ } },
	{ "futex",
	  "address",
	  "operation",
	  { 0, 1 /* WAKE */, 3 /* REQUEUE */, 4 /* CMP_REQUEUE */, 5 /* WAKE_OP */,
	    6 /* LOCK_PI */ } },
	{ "futex", "address2", "operation", { 3, 4, 5 } },
	{ "clone", "stack", "flags", { SIGCHLD } },
	{ "mmap", "address", "flags", { 0x22, 0x32, 0x100022, 1, 2, 0x12 } },
	{ "mremap", "address", "flags", { 0, 1, 3 } },
	{ "mremap", "new_address", "flags", { 0, 1, 3 } },
	{ "munmap", "address", NULL, { 0 } },
	{ "mprotect", "address", "protection", { 1, 3, 5 } },
	{ "madvise", "address", "advice", { 0, 4 } },
	{ "brk", "end", NULL, { 0 } },
};

/* Values of integers that are not 0 or COUNT. The first that fits holds; call NULL: any. */
static const struct {
	const char *call, *argument;
	long value;
} integers[] = {
	{ NULL, "mask_size", 8 },
	{ NULL, "set_size", 8 },
	{ NULL, "directory", AT_FDCWD },
	{ NULL, "from_directory", AT_FDCWD },
	{ NULL, "to_directory", AT_FDCWD },
	{ "wait4", "options", WNOHANG },
	{ "wait4", "pid", -1 },
	{ "waitid", "options", WNOHANG | WEXITED },
	{ "readv", "count", 2 },
	{ "writev", "count", 2 },
	{ "poll", "count", 4 },
	{ "ppoll", "count", 4 },
	{ "epoll_ctl", "operation", EPOLL_CTL_ADD },
	{ "clone", "flags", 0x01300000 | SIGCHLD }, /* all three of the TID flags */
	{ "clone3", "size", 88 },
	{ "futex", "value", 1 }, /* not what is there: never sleeps */
	{ "set_robust_list", "size", 24 },
	{ "sched_getaffinity", "size", 8 },
	{ "sched_setaffinity", "size", 8 },
	{ "clock_settime", "clock", 0 },
	{ "rt_sigaction", "signal", SIGUSR2 },
	{ "rt_sigqueueinfo", "signal", SIGUSR1 },
	{ "rt_tgsigqueueinfo", "signal", SIGUSR1 },
	{ "setrlimit", "resource", 4 },
	{ "prlimit64", "resource", 4 },
	{ "setgroups", "size", 2 },
	{ "mmap", "descriptor", -1 },
	{ NULL, "length", COUNT },
	{ NULL, "count", COUNT },
	{ NULL, "size", COUNT },
};

/* Strings that stand for sane paths. */
static const struct {
	const char *call, *argument, *text;
} paths[] = {
	{ "execve", "path", "/bin/true" }, { "symlink", "path", "new" },
	{ "symlinkat", "path", "new" },	   { "readlink", "path", "link" },
	{ "readlinkat", "path", "link" },  { "mount", "type", "tmpfs" },
	{ NULL, "target", "folder" },	   { NULL, "to", "new" },
	{ NULL, "path", "file" },	   { NULL, "from", "file" },
	{ NULL, "source", "file" },
};

static const char folder[] = "/tmp/wild";
static int descriptors[12], descriptor_count;
static int epoll;
static int is_verbose;
static long call_count;

static char *pages; /* unmapped, mapped, unmapped */
static char *read_only, *no_access, *beyond_end;
static char scratch[ARGUMENTS_MAX][2 * PAGE] __attribute__((aligned(4096)));

struct wild {
	const char *name;
	uint64_t value;
	int is_content; /* the argument points to a page full of the value */
};
static struct wild wilds[32];
static int wild_count;

static void add_wild(const char *name, uint64_t value)
{
	wilds[wild_count++] = (struct wild){ name, value, 0 };
}

static void make_wilds(void)
{
	int file = open("short_file", O_RDWR | O_CREAT, 0600);

	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(pages, 0, 3 * PAGE);
	munmap(pages, PAGE);
	munmap(pages + 2 * PAGE, PAGE);
	read_only = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	no_access = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	beyond_end = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	close(file);

	add_wild("NULL", 0);
	add_wild("1", 1);
	add_wild("the kernel's text", 0xffffffff80100000);
	add_wild("the direct map", 0xffff800000100000);
	add_wild("the last byte of the address space", ~0ull);
	add_wild("a non-canonical address", 0x8000000000000000);
	add_wild("above the canonical half", 0x0000800000000000);
	add_wild("the last user byte", 0x00007fffffffefff);
	add_wild("the page above the last user byte", 0x00007ffffffff000);
	add_wild("an unmapped page", (uint64_t)pages);
	add_wild("a read-only page", (uint64_t)read_only);
	add_wild("a page without access", (uint64_t)no_access);
	add_wild("a page beyond a file's end", (uint64_t)beyond_end);
	add_wild("the last byte of a page", (uint64_t)pages + 2 * PAGE - 1);
	add_wild("the last 4 bytes of a page", (uint64_t)pages + 2 * PAGE - 4);
	add_wild("the last 8 bytes of a page", (uint64_t)pages + 2 * PAGE - 8);
	add_wild("the last 24 bytes of a page", (uint64_t)pages + 2 * PAGE - 24);
	add_wild("across into an unmapped page below", (uint64_t)pages + PAGE - 4);
	add_wild("an odd address", (uint64_t)pages + PAGE + 1);
	int direct = wild_count;
	for (int i = 2; i < direct; i++) {
		wilds[wild_count] = wilds[i];
		wilds[wild_count++].is_content = 1;
		if (wild_count == sizeof(wilds) / sizeof(*wilds))
			break;
	}
}

static void say(const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	int size = vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (write(STDOUT_FILENO, text, (size_t)size) != size)
		_exit(99);
}

/* Not through the C library: its errno is in memory that the call may have changed. */
static long raw(long number, const uint64_t *a)
{
	register uint64_t r10 __asm__("r10") = a[3];
	register uint64_t r8 __asm__("r8") = a[4];
	register uint64_t r9 __asm__("r9") = a[5];
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static void make_descriptors(void)
{
	int pipes[2], *next = descriptors;

	*next++ = open("file", O_RDWR);
	if (pipe2(pipes, O_NONBLOCK) == 0) {
		*next++ = pipes[0];
		*next++ = pipes[1];
		if (write(pipes[1], "some bytes in the pipe", 22) != 22)
			_exit(99);
	}
	*next++ = open(".", O_RDONLY);
	*next++ = open("/dev/null", O_RDWR);
	*next++ = open("/dev/zero", O_RDWR);
	*next++ = open("/dev/urandom", O_RDWR);
	*next++ = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY);
	*next++ = open("/proc/self/maps", O_RDONLY);
	*next++ = eventfd(1, EFD_NONBLOCK);
	epoll = epoll_create1(0);
	*next++ = epoll;
	descriptor_count = (int)(next - descriptors);
}

static int is_pointer(const struct argument *argument)
{
	return argument->type && strstr(argument->type, "__user") != NULL;
}

static int matches(const char *pattern, const char *name)
{
	return !pattern || strcmp(pattern, name) == 0;
}

static uint64_t sane_value(const struct call *call, int index)
{
	const struct argument *argument = &call->arguments[index];

	if (is_pointer(argument)) {
		if (strstr(argument->type, "char"))
			for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
				if (matches(paths[i].call, call->name) &&
				    matches(paths[i].argument, argument->name))
					return (uint64_t)paths[i].text;
		return (uint64_t)scratch[index];
	}
	for (size_t i = 0; i < sizeof(integers) / sizeof(*integers); i++)
		if (matches(integers[i].call, call->name) &&
		    matches(integers[i].argument, argument->name))
			return (uint64_t)integers[i].value;
	if (strncmp(call->name, "rt_", 3) == 0 && strstr(argument->name, "id"))
		return (uint64_t)getpid();
	if (strcmp(argument->name, "epoll") == 0)
		return (uint64_t)epoll;
	return 0;
}

/* The argument that a descriptor of each kind is tried for, or -1. */
static int descriptor_argument(const struct call *call)
{
	for (int i = 0; i < ARGUMENTS_MAX; i++) {
		const struct argument *argument = &call->arguments[i];
		if (argument->type && strcmp(argument->type, "int") == 0 &&
		    (strcmp(argument->name, "descriptor") == 0 ||
		     strcmp(argument->name, "from") == 0))
			return i;
	}
	return -1;
}

static int argument_named(const struct call *call, const char *name)
{
	for (int i = 0; i < ARGUMENTS_MAX; i++)
		if (name && call->arguments[i].name && strcmp(call->arguments[i].name, name) == 0)
			return i;
	return -1;
}

static void make_zombie(void)
{
	siginfo_t info;
	pid_t child = fork();

	if (child == 0)
		_exit(3);
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
}

static void make_call(const struct call *call, const uint64_t *values, int index,
		      const struct wild *wild)
{
	if (strncmp(call->name, "wait", 4) == 0)
		make_zombie();
	long result = raw(call->number, values);
	if (result == 0 && strncmp(call->name, "clone", 5) == 0)
		raw(__NR_exit_group, (const uint64_t[6]){ 0 });
	if (is_verbose)
		say("%s(%s = %s%s): %ld\n", call->name, call->arguments[index].name,
		    wild->is_content ? "a page full of " : "", wild->name, result);
}

static void ignore_signal(int number)
{
	(void)number;
}

/* In the child: the call with one argument wild, once for each kind of descriptor. */
static void try_argument(const struct call *call, int index, const struct wild *wild,
			 const char *selector, long selector_value)
{
	uint64_t values[ARGUMENTS_MAX] = { 0 };
	int descriptor = descriptor_argument(call), selecting = argument_named(call, selector);
	struct itimerval timer = { { 0, INTERRUPT_US }, { 0, INTERRUPT_US } };
	struct sigaction action = { .sa_handler = ignore_signal };

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	if (chdir(folder) < 0)
		_exit(99);
	make_descriptors();
	for (int i = 0; i < ARGUMENTS_MAX && call->arguments[i].type; i++)
		values[i] = sane_value(call, i);
	if (selecting >= 0)
		values[selecting] = (uint64_t)selector_value;
	values[index] = wild->value;
	if (wild->is_content) {
		uint64_t *page = (uint64_t *)scratch[index];
		for (size_t i = 0; i < PAGE / sizeof(*page); i++)
			page[i] = wild->value;
		values[index] = (uint64_t)page;
	}
	for (int i = 0; i < (descriptor < 0 ? 1 : descriptor_count); i++) {
		if (descriptor >= 0)
			values[descriptor] = (uint64_t)descriptors[i];
		make_call(call, values, index, wild);
	}
}

static void clean_folder(void)
{
	while (umount2("folder", 0) == 0) {
	}
	unlink("new");
	rmdir("new");
	if (access("file", F_OK) < 0)
		close(open("file", O_RDWR | O_CREAT, 0600));
	if (truncate("file", 3 * PAGE) < 0)
		_exit(99);
}

/* The child's status, or -1 when it hangs. */
static int wait_with_limit(pid_t child)
{
	const struct timespec limit = { CHILD_LIMIT_S, 0 };
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (waitpid(child, &status, WNOHANG) == 0)
		if (sigtimedwait(&set, NULL, &limit) < 0 && errno == EAGAIN) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			return -1;
		}
	return status;
}

static void run_child(const struct call *call, int index, const struct wild *wild,
		      const char *selector, long selector_value)
{
	pid_t child = fork();

	if (child == 0) {
		sigset_t none;
		int null = open("/dev/null", O_WRONLY);
		if (!is_verbose) // a program that execve() starts has something to say
			dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		try_argument(call, index, wild, selector, selector_value);
		raw(__NR_exit_group, (const uint64_t[6]){ 0 });
	}
	int status = wait_with_limit(child);
	if (status < 0 || WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 99))
		say("%s(%s = %s%s; %s = %ld): %s %d\n", call->name, call->arguments[index].name,
		    wild->is_content ? "a page full of " : "", wild->name,
		    selector ? selector : "-", selector_value, status < 0 ? "hangs" : "ended with",
		    status < 0 ? 0 : status);
	call_count++;
	clean_folder();
}

static int is_mask(const struct call *call, int index)
{
	for (size_t i = 0; i < sizeof(masking) / sizeof(*masking); i++)
		if (strcmp(masking[i], call->name) == 0)
			return strcmp(call->arguments[index].name, "mask") == 0;
	return 0;
}

static int is_skipped(const struct call *call)
{
	for (size_t i = 0; i < sizeof(skipped) / sizeof(*skipped); i++)
		if (strcmp(skipped[i].call, call->name) == 0)
			return 1;
	return 0;
}

static void run_hidden(const struct call *call)
{
	for (size_t i = 0; i < sizeof(hidden_pointers) / sizeof(*hidden_pointers); i++) {
		if (strcmp(hidden_pointers[i].call, call->name) != 0)
			continue;
		int index = argument_named(call, hidden_pointers[i].argument);
		const long *value = hidden_pointers[i].selector_values;
		for (int first = 1;
		     index >= 0 &&
		     (first || (*value && value <= &hidden_pointers[i].selector_values[7]));
		     first = 0, value++)
			for (int wild = 0; wild < wild_count; wild++)
				run_child(call, index, &wilds[wild], hidden_pointers[i].selector,
					  *value);
	}
}

static void run_all(const char *only)
{
	for (int i = 0; i < CALL_COUNT; i++) {
		const struct call *call = &calls[i];
		if (is_skipped(call) || (only && strcmp(only, call->name) != 0))
			continue;
		for (int index = 0; index < ARGUMENTS_MAX; index++)
			for (int wild = 0; is_pointer(&call->arguments[index]) && wild < wild_count;
			     wild++)
				if (!wilds[wild].is_content || !is_mask(call, index))
					run_child(call, index, &wilds[wild], NULL, 0);
		run_hidden(call);
	}
}

static void read_sites(char *text)
{
	size_t size = 0;
	ssize_t got;
	int fd = open("/proc/allocsites", O_RDONLY);

	while (fd >= 0 && (got = read(fd, text + size, SITES_SIZE - 1 - size)) > 0)
		size += (size_t)got;
	text[size] = '\0';
	close(fd);
}

/* Lines of after that are not in before; their number. */
static int compare_sites(const char *before, const char *after, int prints)
{
	int count = 0;

	while (*before && *after) {
		size_t old = strcspn(before, "\n"), new = strcspn(after, "\n");
		// Slabs and kernel stacks are kept for the next time, more or fewer by how the
		// CPUs raced; a leaked stack is seen by its leaked task.
		int is_cache = strncmp(after, "src/mm/slab.c:", 14) == 0 ||
			       strncmp(after, "src/mm/kernel_stack.c:", 22) == 0;
		if (!is_cache && (old != new || strncmp(before, after, new) != 0)) {
			count++;
			if (prints)
				say("leaked: %.*s, before %.*s\n", (int)new, after, (int)old,
				    before);
		}
		before += old + (before[old] == '\n');
		after += new + (after[new] == '\n');
	}
	return count;
}

static void check_leaks(const char *only)
{
	static char before[SITES_SIZE], after[SITES_SIZE];

	run_all(only); // caches fill: names, kernel stacks, slabs' magazines
	run_all(only);
	memset(before, 1, sizeof(before)); // their pages count too
	memset(after, 1, sizeof(after));
	read_sites(before);
	run_all(only);
	for (int tries = 0; tries < SETTLE_TRIES; tries++) { // dead tasks are freed a little later
		read_sites(after);
		if (compare_sites(before, after, 0) == 0)
			return;
		usleep(INTERRUPT_US);
	}
	compare_sites(before, after, 1);
}

int main(int argc, char **argv)
{
	sigset_t set;
	const char *only = NULL;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			is_verbose = 1;
		else
			only = argv[i];
	}
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	mkdir(folder, 0700);
	if (chdir(folder) < 0)
		return 1;
	mkdir("folder", 0700);
	if (symlink("file", "link") < 0 && errno != EEXIST)
		return 1;
	clean_folder();
	make_wilds();
	if (is_verbose)
		run_all(only);
	else
		check_leaks(only);
	say("%d calls known, %ld made\n", CALL_COUNT, call_count);
	return 0;
}
