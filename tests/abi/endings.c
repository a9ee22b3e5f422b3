/* SPDX-License-Identifier: MIT */
/* Threads that end their process, or execute a program, all at the same time. */
#include "abi.h"

#include <pthread.h>

enum { ROUNDS = 30 };

static char own_path[256];
static volatile int is_started;

static void *execute(void *unused)
{
	(void)unused;
	while (!is_started) {
	}
	execl(own_path, "endings", "executed", NULL);
	return NULL;
}

static void *end(void *unused)
{
	(void)unused;
	while (!is_started) {
	}
	_exit(7);
}

static void *sleep_long(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

static void *make_threads(void *unused)
{
	pthread_t thread;

	(void)unused;
	for (;;)
		if (pthread_create(&thread, NULL, sleep_long, NULL))
			sched_yield();
	return NULL;
}

static void run_together(void *(*const functions[])(void *), int count)
{
	pthread_t thread;

	for (int i = 1; i < count; i++)
		pthread_create(&thread, NULL, functions[i], NULL);
	is_started = 1;
	functions[0](NULL);
	sleep_long(NULL);
}

/* How many of the rounds end with either status. */
static void play(const char *what, void *(*const functions[])(void *), int count, int a, int b)
{
	int ended = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int status;
		pid_t child = fork();
		if (child == 0) {
			alarm(20);
			run_together(functions, count);
		}
		waitpid(child, &status, 0);
		ended +=
			WIFEXITED(status) && (WEXITSTATUS(status) == a || WEXITSTATUS(status) == b);
	}
	printf("%s: %d\n", what, ended);
}

static void *end_soon(void *unused)
{
	(void)unused;
	pause_ms(1);
	_exit(7);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 9;
	start();
	if (readlink("/proc/self/exe", own_path, sizeof(own_path) - 1) < 0)
		return 1;
	play("all execute", (void *(*const[])(void *)){ execute, execute, execute }, 3, 9, 9);
	play("ends and executes", (void *(*const[])(void *)){ execute, end }, 2, 9, 7);
	play("ends while threads are made",
	     (void *(*const[])(void *)){ end_soon, make_threads, make_threads }, 3, 7, 7);
	return 0;
}
