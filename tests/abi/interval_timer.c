/* SPDX-License-Identifier: MIT */
/* Interval timers that fire fast, at the exit of their process, and set by several threads. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALS = 20, CHILDREN = 60, THREADS = 4, ROUNDS = 1000 };

static volatile sig_atomic_t count;

static volatile sig_atomic_t limit;

static void set_interval(int first_us, int interval_us)
{
	struct itimerval value = { { 0, interval_us }, { 0, first_us } };
	setitimer(ITIMER_REAL, &value, NULL);
}

/* Stops the timer at the limit: a fast one may leave no time for anything but its handler. */
static void on_alarm(int signal)
{
	(void)signal;
	if (++count == limit)
		set_interval(0, 0);
}

static void fire_faster_than_it_can_be_handled(void)
{
	limit = SIGNALS;
	set_interval(1, 1);
	while (count < SIGNALS)
		;
	limit = 0;
	printf("fast: fired\n");
}

static void exit_while_it_fires(void)
{
	int status, failures = 0;

	for (int i = 0; i < CHILDREN; i++) {
		int child = fork();
		if (child == 0) {
			count = 0;
			set_interval(50, 300);
			while (count < 3 + i % 5)
				;
			_exit(0);
		}
		failures += waitpid(child, &status, 0) != child || status != 0;
	}
	printf("exits: %d failed\n", failures);
}

static void *set_many_times(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++)
		set_interval(100 + i % 7, 400);
	return NULL;
}

static void set_by_several_threads(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, set_many_times, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	set_interval(0, 0);
	printf("threads: set\n");
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	setvbuf(stdout, NULL, _IONBF, 0);
	sigaction(SIGALRM, &action, NULL);
	fire_faster_than_it_can_be_handled();
	exit_while_it_fires();
	set_by_several_threads();
	return 0;
}
