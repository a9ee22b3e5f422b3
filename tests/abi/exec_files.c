/* SPDX-License-Identifier: MIT */
/* A task that shares its descriptors executes a program: it gets a table of its own. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_SIZE = 65536, KEPT = 20, CLOSED = 21, MADE = 22 };

static void show(const char *who)
{
	printf("%s: kept %s, close-on-exec %s, made %s\n", who,
	       fcntl(KEPT, F_GETFD) < 0 ? "closed" : "open",
	       fcntl(CLOSED, F_GETFD) < 0 ? "closed" : "open",
	       fcntl(MADE, F_GETFD) < 0 ? "closed" : "open");
	fflush(stdout);
}

static int child(void *name)
{
	dup2(KEPT, MADE); // in the table of both
	execl("/proc/self/exe", name, "executed", NULL);
	_exit(9);
}

int main(int count, char **words)
{
	int status;

	if (count > 1) {
		show(words[1]);
		close(KEPT); // in its own table
		return 0;
	}
	int file = open("/dev/null", O_RDWR);
	dup2(file, KEPT);
	dup3(file, CLOSED, O_CLOEXEC);
	for (int i = 0; i < 20; i++) {
		char *stack = malloc(STACK_SIZE);
		int pid = clone(child, stack + STACK_SIZE, CLONE_FILES | SIGCHLD, words[0]);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return 1;
		show("parent");
		close(MADE);
		free(stack);
	}
	return 0;
}
