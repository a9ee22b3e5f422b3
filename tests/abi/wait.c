/* SPDX-License-Identifier: MIT */
/* fork, exit, wait: statuses, groups, stops, rusage, orphans. */
#include "abi.h"

#include <sys/prctl.h>
#include <sys/resource.h>

static void exit_3(void)
{
	_exit(3);
}

static void abort_now(void)
{
	abort();
}

static void divide(void)
{
	__asm__ volatile("xorl %%ecx, %%ecx\n\tidivl %%ecx" : : : "rax", "rcx", "rdx");
}

static void illegal(void)
{
	__asm__ volatile("ud2");
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

static void privileged(void)
{
	__asm__ volatile("hlt");
}

static void read_null(void)
{
	*(volatile int *)16;
}

static void kill_self(void)
{
	kill(getpid(), SIGKILL);
}

static void exit_large(void)
{
	_exit(0x1234);
}

static void test_statuses(void)
{
	section("statuses");
	show_status("exit 3", in_child(exit_3));
	show_status("exit 0x1234", in_child(exit_large));
	show_status("abort", in_child(abort_now));
	show_status("divide", in_child(divide));
	show_status("illegal", in_child(illegal));
	show_status("breakpoint", in_child(breakpoint));
	show_status("privileged", in_child(privileged));
	show_status("null", in_child(read_null));
	show_status("kill", in_child(kill_self));
}

static void test_errors(void)
{
	int status;
	siginfo_t info;

	section("errors");
	SHOW(wait(&status));
	SHOW(waitpid(-1, &status, WNOHANG));
	SHOW(waitpid(1 << 22, &status, 0));
	SHOW(waitpid(-1, &status, 0x10000000 >> 8));
	SHOW(waitid(P_ALL, 0, &info, 0));
	SHOW(waitid(P_PID, 0, &info, WEXITED));
	SHOW(waitid(99, 1, &info, WEXITED));
	SHOW(waitid(P_ALL, 0, &info, WEXITED));
	SHOW(wait4(-1, &status, 0, (struct rusage *)8));
	pid_t child = fork();
	if (child == 0)
		_exit(1);
	SHOW(wait4(child, (int *)8, 0, NULL));
	SHOW(wait4(child, NULL, 0, NULL));
}

static void test_waitid(void)
{
	section("waitid");
	siginfo_t info = { 0 };
	pid_t child = fork();
	if (child == 0) {
		raise(SIGSTOP);
		_exit(9);
	}
	SHOW(waitid(P_PID, (id_t)child, &info, WSTOPPED));
	printf("signo %d code %d status %d pid %d uid %d\n", info.si_signo, info.si_code,
	       info.si_status, info.si_pid == child, info.si_uid == getuid());
	SHOW(waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOHANG));
	printf("nothing: pid %d signo %d\n", info.si_pid, info.si_signo);
	kill(child, SIGCONT);
	SHOW(waitid(P_PID, (id_t)child, &info, WCONTINUED));
	printf("code %d status %d\n", info.si_code, info.si_status);
	SHOW(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT));
	printf("code %d status %d\n", info.si_code, info.si_status);
	SHOW(waitid(P_PGID, (id_t)getpgrp(), &info, WEXITED));
	printf("code %d status %d\n", info.si_code, info.si_status);
	child = fork();
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 1, 1 }); // too small for any core
		abort();
	}
	SHOW(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT));
	printf("code %d status %d\n", info.si_code, info.si_status);
	int status;
	waitpid(child, &status, 0);
	printf("status %#x\n", status);
}

/* Group 1 is a group, and not "any child" as -1 is for wait4. */
static void test_group_one(void)
{
	siginfo_t info = { 0 };

	section("group 1");
	pid_t child = fork();
	if (child == 0)
		_exit(3);
	setpgid(child, 0);
	SHOW(waitid(P_PGID, 1, &info, WEXITED));
	SHOW(waitid(P_PGID, (id_t)child, &info, WEXITED));
}

static void test_stops(void)
{
	section("stop and continue");
	int status;
	pid_t child = fork();
	if (child == 0) {
		for (;;)
			pause();
	}
	kill(child, SIGSTOP);
	CHECK(waitpid(child, &status, WUNTRACED) == child);
	show_status("stopped", status);
	kill(child, SIGTERM); // waits until it runs again
	SHOW(waitpid(child, &status, WNOHANG));
	kill(child, SIGCONT);
	CHECK(waitpid(child, &status, 0) == child);
	show_status("ended", status);
	child = fork();
	if (child == 0) {
		setpgid(0, 0); // with its parent in another group: not orphaned
		raise(SIGTSTP);
		pause();
	}
	CHECK(waitpid(child, &status, WUNTRACED) == child);
	show_status("tstp", status);
	kill(child, SIGCONT);
	CHECK(waitpid(child, &status, WCONTINUED) == child);
	show_status("cont", status);
	kill(child, SIGTERM);
	CHECK(waitpid(child, &status, 0) == child);
	show_status("ended", status);
}

static void test_groups(void)
{
	section("groups");
	int status;
	pid_t first = fork();
	if (first == 0) {
		pause();
		_exit(0);
	}
	SHOW(setpgid(first, first));
	CHECK(getpgid(first) == first);
	pid_t second = fork();
	if (second == 0) {
		pause();
		_exit(0);
	}
	SHOW(setpgid(second, first));
	SHOW(setpgid(second, 1 << 22));
	SHOW(setpgid(1 << 22, 0));
	SHOW(setpgid(first, -1));
	SHOW(waitpid(-first, &status, WNOHANG));
	SHOW(kill(-first, SIGUSR1));
	CHECK(waitpid(-first, &status, 0) > 0);
	show_status("one", status);
	CHECK(waitpid(-first, &status, 0) > 0);
	show_status("other", status);
	SHOW(waitpid(-first, &status, 0));
	SHOW(kill(-first, 0));
	SHOW(kill(first, 0));
	first = fork();
	if (first == 0) {
		CHECK(setsid() == getpid());
		SHOW(setsid());
		CHECK(getsid(0) == getpid() && getpgrp() == getpid());
		SHOW(setpgid(0, 0));
		_exit(0);
	}
	waitpid(first, &status, 0);
	show_status("session", status);
}

static void test_sigchld(void)
{
	int status;

	section("SIGCHLD ignored");
	signal(SIGCHLD, SIG_IGN);
	pid_t child = fork();
	if (child == 0)
		_exit(1);
	SHOW(waitpid(child, &status, 0));
	signal(SIGCHLD, SIG_DFL);
	struct sigaction action = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };
	sigaction(SIGCHLD, &action, NULL);
	child = fork();
	if (child == 0)
		_exit(1);
	SHOW(waitpid(child, &status, 0));
	signal(SIGCHLD, SIG_DFL);
}

static void test_orphan(void)
{
	int fds[2], status;
	char answer = '?';

	section("orphans");
	if (pipe(fds) < 0)
		return;
	pid_t child = fork();
	if (child == 0) {
		pid_t parent = getpid();
		if (fork() == 0) {
			while (getppid() == parent)
				pause_ms(1);
			answer = getppid() != parent ? 'y' : 'n';
			if (write(fds[1], &answer, 1) != 1)
				_exit(1);
			_exit(0);
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	SHOW(read(fds[0], &answer, 1));
	printf("new parent: %c\n", answer);
	close(fds[0]);
	close(fds[1]);
}

static void test_vfork(void)
{
	int status;
	static volatile int shared;

	section("vfork");
	pid_t child = vfork();
	if (child == 0) {
		shared = 5;
		_exit(6);
	}
	printf("shared %d\n", shared);
	waitpid(child, &status, 0);
	show_status("vfork", status);
}

static void test_pdeathsig(void)
{
	int signal_number = -1;

	section("prctl");
	SHOW(prctl(PR_SET_PDEATHSIG, SIGUSR1));
	SHOW(prctl(PR_GET_PDEATHSIG, &signal_number));
	printf("%d\n", signal_number);
	SHOW(prctl(PR_SET_PDEATHSIG, 100));
	SHOW(prctl(PR_SET_PDEATHSIG, 0));
	SHOW(prctl(PR_SET_NAME, "a-name-that-is-too-long"));
	char name[16];
	SHOW(prctl(PR_GET_NAME, name));
	printf("%s\n", name);
	SHOW(prctl(PR_GET_DUMPABLE));
	SHOW(prctl(PR_SET_DUMPABLE, 0));
	SHOW(prctl(PR_GET_DUMPABLE));
	SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SHOW(prctl(PR_GET_KEEPCAPS));
	SHOW(prctl(999999));
}

int main(void)
{
	start();
	test_statuses();
	test_errors();
	test_waitid();
	test_group_one();
	test_stops();
	test_groups();
	test_sigchld();
	test_orphan();
	test_vfork();
	test_pdeathsig();
	return 7;
}
