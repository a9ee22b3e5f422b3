/* SPDX-License-Identifier: MIT */
/* Threads as the C library uses them, and the clone and futex calls below. */
#include "abi.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_CLOCK_REALTIME = 256,
	FUTEX_PRIVATE = 128,
};

enum { THREADS = 8, ROUNDS = 5000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static __thread int own = 7;
static long total;
static int turn, errors;

static void *count(void *argument)
{
	long number = (long)argument;

	if (own != 7)
		errors++;
	own = (int)number;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		total++;
		pthread_mutex_unlock(&mutex);
	}
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 50; i++) {
		pthread_mutex_lock(&mutex);
		while (turn % THREADS != number)
			pthread_cond_wait(&condition, &mutex);
		turn++;
		pthread_cond_broadcast(&condition);
		pthread_mutex_unlock(&mutex);
	}
	if (own != (int)number || getpid() == syscall(SYS_gettid))
		errors++;
	sem_post(&semaphore);
	return (void *)(number * 10);
}

static void test_pthreads(void)
{
	pthread_t threads[THREADS];
	long sum = 0;

	section("pthreads");
	pthread_barrier_init(&barrier, NULL, THREADS);
	sem_init(&semaphore, 0, 0);
	for (long i = 0; i < THREADS; i++)
		SHOW(pthread_create(&threads[i], NULL, count, (void *)i));
	for (int i = 0; i < THREADS; i++) {
		void *result;
		sem_wait(&semaphore);
		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	printf("total %ld turn %d sum %ld errors %d own %d\n", total, turn, sum, errors, own);
}

static void *wait_cancelled(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

static void *timed(void *unused)
{
	struct timespec end;

	(void)unused;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += 30000000;
	if (end.tv_nsec >= 1000000000)
		end.tv_sec++, end.tv_nsec -= 1000000000;
	pthread_mutex_lock(&mutex);
	long result = pthread_cond_timedwait(&condition, &mutex, &end);
	pthread_mutex_unlock(&mutex);
	return (void *)result;
}

static void test_endings(void)
{
	pthread_t thread;
	void *result;

	section("endings");
	pthread_create(&thread, NULL, wait_cancelled, NULL);
	SHOW(pthread_cancel(thread));
	SHOW(pthread_join(thread, &result));
	printf("cancelled %d\n", result == PTHREAD_CANCELED);
	pthread_create(&thread, NULL, timed, NULL);
	pthread_join(thread, &result);
	printf("timed out %d\n", (long)result == ETIMEDOUT);
	pthread_mutexattr_t attributes;
	pthread_mutex_t special;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&special, &attributes);
	SHOW(pthread_mutex_lock(&special));
	SHOW(pthread_mutex_lock(&special));
	SHOW(pthread_mutex_unlock(&special));
	SHOW(pthread_mutex_unlock(&special));
	SHOW(pthread_mutex_unlock(&special) == EPERM);
}

static void *die_holding(void *argument)
{
	pthread_mutex_lock(argument);
	return NULL;
}

static void test_robust(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t robust;
	pthread_t thread;

	section("robust");
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attributes);
	pthread_create(&thread, NULL, die_holding, &robust);
	pthread_join(thread, NULL);
	CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
	SHOW(pthread_mutex_consistent(&robust));
	SHOW(pthread_mutex_unlock(&robust));
}

static void *exit_group_7(void *unused)
{
	(void)unused;
	_exit(7);
}

static void *fault(void *unused)
{
	(void)unused;
	*(volatile int *)16 = 1;
	return NULL;
}

static void in_thread(void *(*function)(void *))
{
	pthread_t thread;
	pthread_create(&thread, NULL, function, NULL);
	for (;;)
		pause();
}

static void exit_in_thread(void)
{
	in_thread(exit_group_7);
}

static void fault_in_thread(void)
{
	in_thread(fault);
}

static void *late(void *unused)
{
	(void)unused;
	pause_ms(50);
	_exit(9);
}

static void leader_first(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, late, NULL);
	pthread_exit(NULL);
}

static void test_processes(void)
{
	section("whole processes");
	show_status("exit in a thread", in_child(exit_in_thread));
	show_status("fault in a thread", in_child(fault_in_thread));
	show_status("leader ends first", in_child(leader_first));
}

static volatile int word, child_ran;
static char stack[65536] __attribute__((aligned(16)));

static int child_function(void *argument)
{
	child_ran = *(int *)argument;
	return 33;
}

static void test_clone(void)
{
	int number = 5, status;
	pid_t parent_tid = 0, child_tid = 0;

	section("clone");
	static uint64_t arguments[512];
	arguments[511] = 1; // what no Linux knows yet
	SHOW(syscall(SYS_clone3, arguments, sizeof(arguments)));
	SHOW(syscall(SYS_clone3, arguments, sizeof(arguments) + 8));
	SHOW(syscall(SYS_clone3, arguments, 63));
	pid_t child = clone(child_function, stack + sizeof(stack), CLONE_VM | SIGCHLD, &number);
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	show_status("CLONE_VM", status);
	printf("ran %d\n", child_ran);
	child_ran = 0;
	child = clone(child_function, stack + sizeof(stack),
		      CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, &number, &parent_tid,
		      NULL, &child_tid);
	waitpid(child, &status, 0);
	printf("tid %d ran here %d\n", parent_tid == child, child_ran);
	signal(SIGUSR1, SIG_IGN);
	child = clone(child_function, stack + sizeof(stack), CLONE_VM | SIGUSR1, &number);
	SHOW(waitpid(child, &status, WNOHANG)); // not its child in that sense
	CHECK(waitpid(child, &status, __WALL) == child);
	SHOW(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0));
	SHOW(syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0));
	SHOW(syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0));
	SHOW(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS, 0, 0, 0, 0));
}

static long futex(volatile int *address, int operation, int value, const struct timespec *time,
		  volatile int *second, int value3)
{
	return syscall(SYS_futex, address, operation, value, time, second, value3);
}

static void *wait_on_word(void *unused)
{
	(void)unused;
	return (void *)futex(&word, FUTEX_WAIT | FUTEX_PRIVATE, 0, NULL, NULL, 0);
}

static void test_futex(void)
{
	struct timespec time = { 0, 20000000 }, bad = { 0, 1000000000 }, past = { 1, 0 };
	pthread_t threads[3];
	int second = 0;

	section("futex");
	SHOW(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
	SHOW(futex(&word, FUTEX_WAIT, 0, &time, NULL, 0));
	SHOW(futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0));
	SHOW(futex((int *)((char *)&word + 1), FUTEX_WAIT, 0, &time, NULL, 0));
	SHOW(futex((int *)8, FUTEX_WAIT, 0, &time, NULL, 0));
	SHOW(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
	SHOW(futex(NULL, FUTEX_WAKE, 1, NULL, NULL, 0));
	SHOW(futex(&word, FUTEX_WAIT_BITSET, 0, &time, NULL, 0));
	SHOW(futex(&word, 99, 0, &time, NULL, 0));
	SHOW(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, -1));
	SHOW(futex(&word, FUTEX_WAIT_BITSET, 0, &past, NULL, -1));
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, wait_on_word, NULL);
	long moved = 0;
	while (moved < 3) { // until they all sleep
		pause_ms(10);
		moved += futex(&word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE, 0, (void *)3, &second, 0);
	}
	SHOW(futex(&word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE, 0, (void *)3, &second, 1));
	SHOW(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE, 10, NULL, NULL, 0));
	SHOW(futex(&second, FUTEX_WAKE | FUTEX_PRIVATE, 2, NULL, NULL, 0));
	SHOW(futex(&second, FUTEX_WAKE | FUTEX_PRIVATE, 10, NULL, NULL, 0));
	for (int i = 0; i < 3; i++) {
		void *result;
		pthread_join(threads[i], &result);
		printf("waiter %ld\n", (long)result);
	}
}

static void test_affinity(void)
{
	cpu_set_t set;

	section("affinity");
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	SHOW(sched_setaffinity(0, sizeof(set), &set));
	SHOW(sched_getcpu());
	SHOW(sched_getaffinity(0, sizeof(set), &set));
	printf("cpus %d\n", CPU_COUNT(&set));
	CPU_ZERO(&set);
	SHOW(sched_setaffinity(0, sizeof(set), &set));
	SHOW(sched_setaffinity(1 << 22, sizeof(set), &set));
	SHOW(sched_yield());
	SHOW(sched_get_priority_max(SCHED_OTHER));
	SHOW(sched_getscheduler(0));
}

int main(void)
{
	start();
	test_pthreads();
	test_endings();
	test_robust();
	test_processes();
	test_clone();
	test_futex();
	test_affinity();
	return 0;
}
