/* SPDX-License-Identifier: MIT */
/* Signals: handlers, masks, nesting, restarting, stacks, what siginfo tells. */
#include "abi.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <ucontext.h>

static volatile sig_atomic_t count, depth, deepest, nest_count;
static siginfo_t last;
static int handler_signals[16], handled;

static void note(int number)
{
	handler_signals[handled++ & 15] = number;
	count++;
}

static void note_info(int number, siginfo_t *info, void *context)
{
	(void)context;
	last = *info;
	note(number);
}

static void set(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };
	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

static void test_actions(void)
{
	struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART | SA_NODEFER }, old;

	section("actions");
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGUSR2);
	SHOW(sigaction(SIGUSR1, &action, NULL));
	SHOW(sigaction(SIGUSR1, NULL, &old));
	printf("same %d flags %x mask %d %d\n", old.sa_handler == note,
	       old.sa_flags & 0x7fffffff & ~0x04000000, sigismember(&old.sa_mask, SIGUSR2),
	       sigismember(&old.sa_mask, SIGUSR1));
	SHOW(sigaction(SIGKILL, &action, NULL));
	SHOW(sigaction(SIGSTOP, &action, NULL));
	SHOW(sigaction(SIGKILL, NULL, &old));
	SHOW(sigaction(0, NULL, &old));
	SHOW(sigaction(65, NULL, &old));
	SHOW(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	SHOW(kill(getpid(), 65));
	SHOW(kill(getpid(), -1));
	SHOW(kill(getpid(), 0));
	SHOW(raise(SIGUSR1));
	printf("count %d\n", count);
	action.sa_flags = SA_RESETHAND;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &old);
	printf("count %d reset %d\n", count, old.sa_handler == SIG_DFL);
}

static void test_mask(void)
{
	sigset_t mask, old, pending;

	section("masks");
	set(SIGUSR1, note_info, 0);
	set(SIGUSR2, note_info, 0);
	set(SIGRTMIN, note_info, 0);
	handled = 0;
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGUSR2);
	sigaddset(&mask, SIGRTMIN);
	sigaddset(&mask, SIGKILL); // taken without a word
	SHOW(sigprocmask(SIG_BLOCK, &mask, &old));
	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("kill blocked %d usr1 %d\n", sigismember(&mask, SIGKILL),
	       sigismember(&mask, SIGUSR1));
	SHOW(sigprocmask(77, &mask, NULL));
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);    // one is remembered
	for (int i = 0; i < 3; i++) // each is
		sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 40 + i });
	sigpending(&pending);
	printf("pending usr1 %d usr2 %d rt %d hup %d\n", sigismember(&pending, SIGUSR1),
	       sigismember(&pending, SIGUSR2), sigismember(&pending, SIGRTMIN),
	       sigismember(&pending, SIGHUP));
	sigprocmask(SIG_SETMASK, &old, NULL);
	printf("handled %d, last value %d code %d\n", handled, last.si_value.sival_int,
	       last.si_code);
	sigpending(&pending);
	printf("pending usr1 %d\n", sigismember(&pending, SIGUSR1));
}

/* What waits is thrown away when it is ignored, with its siginfo, and does not come back. */
static void test_discard(void)
{
	sigset_t mask;

	section("ignored while it waits");
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	for (int to_thread = 0; to_thread < 2; to_thread++) {
		set(SIGUSR1, note_info, 0);
		handled = 0;
		sigprocmask(SIG_BLOCK, &mask, NULL);
		SHOW(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 1 }));
		SHOW(raise(SIGUSR1));
		signal(SIGUSR1, SIG_IGN);
		set(SIGUSR1, note_info, 0);
		if (to_thread)
			raise(SIGUSR1);
		else
			sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 2 });
		sigprocmask(SIG_UNBLOCK, &mask, NULL);
		printf("handled %d, code %d\n", handled, last.si_code);
	}
}

static void nest(int number, siginfo_t *info, void *context)
{
	sigset_t now;

	(void)info, (void)context;
	depth++;
	if (depth > deepest)
		deepest = depth;
	sigprocmask(SIG_BLOCK, NULL, &now);
	printf("in %d: own blocked %d, usr1 %d usr2 %d\n", number == SIGUSR1 ? 1 : 2,
	       sigismember(&now, number), sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2));
	if (number == SIGUSR1 && nest_count++ == 0) {
		raise(SIGUSR1); // blocked: comes afterwards
		raise(SIGUSR2); // at once
	}
	depth--;
}

static void test_nesting(void)
{
	section("nesting");
	set(SIGUSR1, nest, 0);
	set(SIGUSR2, nest, 0);
	deepest = 0;
	struct sigaction action = { .sa_sigaction = nest, .sa_flags = SA_SIGINFO };
	sigaction(SIGUSR1, &action, NULL);
	kill(getpid(), SIGUSR1);
	printf("deepest %d\n", deepest);
}

static void test_info(void)
{
	siginfo_t info;
	sigset_t set_;
	struct timespec zero = { 0, 0 };

	section("siginfo");
	set(SIGUSR1, note_info, 0);
	kill(getpid(), SIGUSR1);
	printf("kill: signo %d code %d errno %d pid %d uid %d\n", last.si_signo, last.si_code,
	       last.si_errno, last.si_pid == getpid(), last.si_uid == getuid());
	raise(SIGUSR1);
	printf("raise: code %d pid %d\n", last.si_code, last.si_pid == getpid());
	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 77 });
	printf("queue: code %d value %d pid %d\n", last.si_code, last.si_value.sival_int,
	       last.si_pid == getpid());
	memset(&info, 0, sizeof(info));
	info.si_code = SI_USER;
	SHOW(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
	info.si_code = -60;
	SHOW(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info));
	printf("own code: %d\n", last.si_code);
	SHOW(syscall(SYS_tgkill, getpid(), getpid(), 0));
	SHOW(syscall(SYS_tgkill, 1 << 22, getpid(), 0));
	SHOW(syscall(SYS_tgkill, -1, getpid(), 0));
	SHOW(syscall(SYS_tkill, 0, 0));
	set(SIGCHLD, note_info, 0);
	pid_t child = fork();
	if (child == 0)
		_exit(11);
	while (waitpid(child, NULL, 0) < 0) {
	}
	printf("child: code %d status %d pid %d\n", last.si_code, last.si_status,
	       last.si_pid == child);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set_);
	sigaddset(&set_, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set_, NULL);
	SHOW(sigtimedwait(&set_, &info, &zero));
	kill(getpid(), SIGUSR2);
	SHOW(sigtimedwait(&set_, &info, &zero));
	printf("code %d pid %d\n", info.si_code, info.si_pid == getpid());
	kill(getpid(), SIGUSR2);
	SHOW(sigwaitinfo(&set_, NULL));
	struct timespec bad = { 0, 1000000000 };
	SHOW(sigtimedwait(&set_, &info, &bad));
	sigprocmask(SIG_UNBLOCK, &set_, NULL);
}

static sigjmp_buf back;
static void *fault_address;

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	printf("signal %d code %d address %s\n", number, info->si_code,
	       info->si_addr == fault_address ? "right" : "other");
	siglongjmp(back, 1);
}

static void touch(const char *what, volatile char *address, int writes)
{
	fault_address = (void *)address;
	printf("%s: ", what);
	if (sigsetjmp(back, 1) == 0) {
		if (writes)
			*address = 1;
		else
			(void)*address;
		printf("no fault\n");
	}
}

static void test_faults(void)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/tmp/abi-signals", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	section("faults");
	for (int number = 1; number <= 11; number++)
		if (number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
		    number == SIGTRAP)
			set(number, on_fault, 0);
	touch("unmapped", (char *)0x1234000, 0);
	touch("write to read-only", page + 5, 1);
	touch("read of read-only", page + 5, 0);
	touch("no access", none, 0);
	touch("beyond file", file + 4096, 0);
	touch("beyond empty file", file, 1);
	if (ftruncate(fd, 10) == 0)
		touch("in file", file, 1);
	fault_address = NULL;
	printf("non-canonical: ");
	if (sigsetjmp(back, 1) == 0)
		(void)*(volatile char *)0x8000000000000000;
	printf("kernel: ");
	fault_address = (void *)0xffffffff80100000;
	if (sigsetjmp(back, 1) == 0)
		(void)*(volatile char *)0xffffffff80100000;
	printf("execute: ");
	fault_address = page;
	if (sigsetjmp(back, 1) == 0)
		((void (*)(void))(uintptr_t)page)();
	printf("int3: ");
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile("int3");
	for (int number = 4; number <= 11; number++)
		signal(number, SIG_DFL);
	close(fd);
	unlink("/tmp/abi-signals");
}

static void interrupt_soon(long ms)
{
	struct itimerval timer = { { 0, 0 }, { 0, ms * 1000 } };
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void test_restart(void)
{
	int fds[2], status;
	char byte = 'x';

	section("restart");
	if (pipe(fds) < 0)
		return;
	set(SIGALRM, note_info, 0);
	interrupt_soon(30);
	SHOW(read(fds[0], &byte, 1));
	set(SIGALRM, note_info, SA_RESTART);
	pid_t child = fork();
	if (child == 0) {
		pause_ms(150);
		_exit(write(fds[1], "y", 1) == 1 ? 0 : 1);
	}
	count = 0;
	interrupt_soon(30);
	SHOW(read(fds[0], &byte, 1));
	printf("byte %c, handlers ran %d\n", byte, count);
	interrupt_soon(30);
	CHECK(waitpid(child, &status, 0) == child);
	interrupt_soon(30);
	struct timespec time = { 0, 200000000 }, rest = { 0, 0 };
	SHOW(nanosleep(&time, &rest)); // never restarted
	CHECK(rest.tv_nsec > 50000000 && rest.tv_nsec < 190000000);
	interrupt_soon(30);
	SHOW(pause());
	sigset_t none;
	sigemptyset(&none);
	interrupt_soon(30);
	SHOW(sigsuspend(&none));
	interrupt_soon(30);
	SHOW(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL));
	signal(SIGALRM, SIG_DFL);
	alarm(30);
	close(fds[0]);
	close(fds[1]);
}

static char *alternate;

static void on_stack(int number, siginfo_t *info, void *context)
{
	char here;
	stack_t now;

	(void)number, (void)info;
	sigaltstack(NULL, &now);
	printf("on alternate %d, flags %d, context flags %d\n",
	       &here >= alternate && &here < alternate + SIGSTKSZ, now.ss_flags,
	       ((ucontext_t *)context)->uc_stack.ss_flags);
	SHOW(sigaltstack(&now, NULL));
}

static void test_stack(void)
{
	stack_t stack = { .ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ }, old;

	section("alternate stack");
	alternate = stack.ss_sp;
	SHOW(sigaltstack(NULL, &old));
	printf("flags %d\n", old.ss_flags);
	SHOW(sigaltstack(&stack, NULL));
	set(SIGUSR1, on_stack, SA_ONSTACK);
	raise(SIGUSR1);
	set(SIGUSR1, on_stack, 0);
	raise(SIGUSR1);
	stack.ss_size = 100;
	SHOW(sigaltstack(&stack, NULL));
	stack.ss_flags = 0x40;
	SHOW(sigaltstack(&stack, NULL));
	stack.ss_flags = SS_DISABLE;
	SHOW(sigaltstack(&stack, &old));
	printf("size %d\n", old.ss_size == SIGSTKSZ);
	SHOW(sigaltstack(NULL, &old));
	printf("flags %d size %zu\n", old.ss_flags, old.ss_size);
}

static volatile int goes_on = 1;

static int grow_stack(int level)
{
	volatile char frame[65536];
	frame[0] = (char)level;
	return (goes_on ? grow_stack(level + 1) : 0) + frame[0];
}

static void overflow_stack(void)
{
	_exit(grow_stack(0));
}

static void on_overflow(int number)
{
	(void)number;
	_exit(55);
}

static void overflow_with_handler(void)
{
	stack_t stack = { .ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ };
	struct sigaction action = { .sa_handler = on_overflow, .sa_flags = SA_ONSTACK };

	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	overflow_stack();
}

static void blocked_fault(void)
{
	sigset_t all;
	sigfillset(&all);
	signal(SIGSEGV, on_overflow);
	sigprocmask(SIG_BLOCK, &all, NULL);
	(void)*(volatile int *)8;
}

static void ignored_fault(void)
{
	signal(SIGSEGV, SIG_IGN);
	(void)*(volatile int *)8;
}

static void test_overflow(void)
{
	section("hard cases");
	show_status("stack overflow", in_child(overflow_stack));
	show_status("with a handler", in_child(overflow_with_handler));
	show_status("fault blocked", in_child(blocked_fault));
	show_status("fault ignored", in_child(ignored_fault));
}

static void inherit(void)
{
	sigset_t now, pending;
	struct sigaction action;

	sigprocmask(SIG_BLOCK, NULL, &now);
	sigpending(&pending);
	sigaction(SIGUSR1, NULL, &action);
	printf("child: blocked %d pending %d handler %d\n", sigismember(&now, SIGUSR2),
	       sigismember(&pending, SIGUSR2), action.sa_sigaction == note_info);
}

static void test_inheritance(void)
{
	sigset_t mask;

	section("inheritance");
	set(SIGUSR1, note_info, 0);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGUSR2);
	show_status("fork", in_child(inherit));
	struct timespec zero = { 0, 0 };
	sigtimedwait(&mask, NULL, &zero);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

static volatile double sum;

static void disturb(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info, (void)context;
	volatile double other = 1.5;
	for (int i = 0; i < 10; i++)
		other *= 1.25;
	errno = 77;
	count++;
}

static void test_registers(void)
{
	struct itimerval timer = { { 0, 1000 }, { 0, 1000 } }, off = { { 0, 0 }, { 0, 0 } };
	double expected = 0;

	section("registers and FPU survive handlers");
	set(SIGALRM, disturb, SA_RESTART);
	for (int i = 1; i < 2000000; i++)
		expected += 1.0 / i;
	count = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
	int rounds = 0;
	int are_same = 1;
	do {
		double value = 0;
		for (int i = 1; i < 2000000; i++)
			value += 1.0 / i;
		are_same &= value == expected;
		rounds++;
	} while (count < 5 && rounds < 1000);
	setitimer(ITIMER_REAL, &off, NULL);
	printf("same %d, interrupted %d\n", are_same, count >= 5);
	signal(SIGALRM, SIG_DFL);
	alarm(30);
}

int main(void)
{
	start();
	test_actions();
	test_mask();
	test_discard();
	test_nesting();
	test_info();
	test_faults();
	test_restart();
	test_stack();
	test_overflow();
	test_inheritance();
	test_registers();
	return 0;
}
