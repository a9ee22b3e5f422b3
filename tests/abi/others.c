/* SPDX-License-Identifier: MIT */
/* What a user may do to another's processes and to its own, and with set-ID files. */
#include "abi.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { USER = 1000 };

static const char copy[] = "/var/tmp/abi-set-id"; // where every user may go
static pid_t target;
static int is_others;

static void act(void)
{
	struct rlimit limit, low = { 10, 20 };
	void *head;
	size_t size;
	cpu_set_t set;

	SHOW(prlimit(target, RLIMIT_NOFILE, NULL, &limit));
	SHOW(prlimit(target, RLIMIT_NOFILE, &low, NULL));
	SHOW(prlimit(target, 99, NULL, &limit));
	if (is_others) // a task that changed its IDs keeps its lists from its user, too
		SHOW(syscall(SYS_get_robust_list, target, &head, &size));
	CHECK(sched_getaffinity(target, sizeof(set), &set) == 0);
	SHOW(sched_setaffinity(target, sizeof(set), &set));
	SHOW(getpriority(PRIO_PROCESS, target));
	SHOW(setpriority(PRIO_PROCESS, target, 5));
	SHOW(setpriority(PRIO_PROCESS, target, 1));
	SHOW(kill(target, 0));
}

static void become_user(void)
{
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		_exit(99);
}

static void act_as_user(void)
{
	become_user();
	act();
}

/* A child with these IDs that sleeps; it tells when it has them. */
static void start_target(int is_user)
{
	int ready[2], byte = 0;

	if (pipe(ready))
		exit(1);
	target = fork();
	if (target == 0) {
		if (is_user)
			become_user();
		close(ready[1]);
		close(ready[0]);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 0)
		exit(1);
	close(ready[0]);
}

static void end_target(void)
{
	int status;

	kill(target, SIGKILL);
	waitpid(target, &status, 0);
}

static void execute_copy(void)
{
	become_user();
	SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (fork() == 0) { // children have it, too
		SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
		SHOW(system("grep NoNewPrivs /proc/self/status"));
		execl(copy, copy, "ids", NULL);
		_exit(98);
	}
	wait(NULL);
}

static int copy_self(void)
{
	char bytes[4096];
	ssize_t size;
	mkdir("/var/tmp", 01777);
	int from = open("/proc/self/exe", O_RDONLY), to = open(copy, O_WRONLY | O_CREAT, 0755);

	while ((size = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)size) != size)
			return -1;
	close(from);
	return fchmod(to, 06755) || close(to) || size ? -1 : 0;
}

int main(int argc, char **argv)
{
	(void)argv;
	start();
	if (argc > 1) {
		printf("%d %d %d %d\n", getuid(), geteuid(), getgid(), getegid());
		return 0;
	}
	if (geteuid() != 0)
		return 1;
	section("root's, as a user");
	start_target(0);
	is_others = 1;
	show_status("child", in_child(act_as_user));
	end_target();
	section("a user's, as that user");
	start_target(1);
	is_others = 0;
	show_status("child", in_child(act_as_user));
	end_target();
	section("set-ID");
	SHOW(copy_self());
	show_status("child", in_child(execute_copy));
	return unlink(copy);
}
