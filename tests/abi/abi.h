/* SPDX-License-Identifier: MIT */
/* What the programs share. Each prints what must be equal on every Linux, and nothing else. */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The result of a call: its value, or the error's name. Evaluates the call once. */
#define SHOW(call_) show(#call_, (long)(call_))
/* Only whether a condition holds. */
#define CHECK(condition_) printf("%s: %s\n", #condition_, (condition_) ? "yes" : "NO")

static inline void show(const char *what, long result)
{
	if (result == -1)
		printf("%s: %s\n", what, strerror(errno));
	else
		printf("%s: %ld\n", what, result);
}

/* Children print, too: nothing may wait in a buffer when they are made. */
static inline void start(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	alarm(30); // a hang ends
}

static inline void section(const char *name)
{
	printf("-- %s\n", name);
}

static inline void show_status(const char *what, int status)
{
	if (WIFEXITED(status))
		printf("%s: exited %d\n", what, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s: killed by %d\n", what, WTERMSIG(status));
	else if (WIFSTOPPED(status))
		printf("%s: stopped by %d\n", what, WSTOPSIG(status));
	else if (WIFCONTINUED(status))
		printf("%s: continued\n", what);
}

/* Run in a child; its status. */
static inline int in_child(void (*function)(void))
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		function();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static inline void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
	while (nanosleep(&time, &time) < 0 && errno == EINTR) {
	}
}
