/* SPDX-License-Identifier: MIT */
/* poll, ppoll, select, pselect, epoll and eventfd: answers, timeouts, signals, bad arguments. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void show(const char *what, long result)
{
	printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "",
	       result < 0 ? strerror(errno) : "");
}

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void alarm_in_ms(long ms)
{
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void test_poll(int fds[2])
{
	struct timespec start;
	struct pollfd p[3] = { { .fd = fds[0], .events = POLLIN },
			       { .fd = -5, .events = POLLIN },
			       { .fd = fds[1], .events = POLLOUT } };

	show("poll writable", poll(p, 3, -1));
	printf("%x %x %x\n", p[0].revents, p[1].revents, p[2].revents);
	p[2].fd = 77;
	show("poll bad fd", poll(p, 3, -1));
	printf("%x %x %x\n", p[0].revents, p[1].revents, p[2].revents);
	clock_gettime(CLOCK_MONOTONIC, &start);
	show("poll timeout", poll(p, 1, 30));
	printf("waited: %d\n", elapsed_ms(&start) >= 29);
	show("poll nothing", poll(NULL, 0, 10));
	show("poll bad pointer", poll((void *)8, 1, 0));
	show("poll too many", poll(p, 1u << 24, 0));
	alarm_in_ms(30);
	show("poll interrupted", poll(p, 1, -1));
	struct timespec bad = { 0, 2000000000 };
	show("ppoll bad time", ppoll(p, 1, &bad, NULL));
	int null = open("/dev/null", O_RDWR);
	p[0].fd = null;
	p[0].events = POLLIN | POLLOUT;
	show("poll null", poll(p, 1, 0));
	printf("%x\n", p[0].revents);
	close(null);
}

static void test_mask(int fds[2])
{
	sigset_t blocked, old, none;
	struct pollfd p = { .fd = fds[0], .events = POLLIN };
	struct timespec second = { 5, 0 };

	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, &old);
	alarm_in_ms(1);
	usleep(20000);
	show("ppoll with pending signal", ppoll(&p, 1, &second, &none));
	sigprocmask(SIG_SETMASK, &old, &blocked);
	printf("mask kept: %d\n", sigismember(&blocked, SIGALRM));
	fd_set set;
	FD_ZERO(&set);
	FD_SET(fds[1], &set);
	show("pselect", pselect(fds[1] + 1, NULL, &set, NULL, &second, &none));
}

static void test_select(int fds[2])
{
	fd_set readable, writable, exceptional;
	struct timeval timeout = { 0, 30000 };

	FD_ZERO(&readable);
	FD_ZERO(&writable);
	FD_ZERO(&exceptional);
	FD_SET(fds[0], &readable);
	FD_SET(fds[0], &exceptional);
	FD_SET(fds[1], &writable);
	show("select", select(64, &readable, &writable, &exceptional, NULL));
	printf("%d %d %d\n", !!FD_ISSET(fds[0], &readable), !!FD_ISSET(fds[1], &writable),
	       !!FD_ISSET(fds[0], &exceptional));
	FD_SET(fds[0], &readable);
	show("select timeout", select(64, &readable, NULL, NULL, &timeout));
	printf("%d left %ld\n", !!FD_ISSET(fds[0], &readable), (long)timeout.tv_usec);
	FD_ZERO(&readable);
	FD_SET(60, &readable);
	show("select closed", select(64, &readable, NULL, NULL, NULL));
	show("select negative", select(-1, NULL, NULL, NULL, NULL));
	timeout.tv_sec = -1;
	show("select bad time", select(0, NULL, NULL, NULL, &timeout));
	show("select bad pointer", select(10, (void *)8, NULL, NULL, NULL));
	alarm_in_ms(20);
	show("select interrupted", select(0, NULL, NULL, NULL, NULL));
}

static void test_wake(int fds[2])
{
	struct pollfd p = { .fd = fds[0], .events = POLLIN };
	char c;

	pid_t child = fork();
	if (child == 0) {
		usleep(20000);
		_exit(write(fds[1], "w", 1) != 1);
	}
	show("poll woken", poll(&p, 1, 5000));
	printf("%x\n", p.revents);
	show("read", read(fds[0], &c, 1));
	waitpid(child, NULL, 0);
}

static void show_events(const char *what, int result, const struct epoll_event *events)
{
	printf("%s: %d%s%s", what, result, result < 0 ? " " : "",
	       result < 0 ? strerror(errno) : "");
	for (int i = 0; i < result; i++)
		printf(" %x/%lx", events[i].events, (unsigned long)events[i].data.u64);
	printf("\n");
}

static void test_epoll(int fds[2])
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 0x1234567890 }, got[8];
	char c;

	int ep = epoll_create1(EPOLL_CLOEXEC);
	show("add read end", epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &event));
	show("add again", epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &event));
	show_events("nothing", epoll_wait(ep, got, 8, 0), got);
	show_events("timeout", epoll_wait(ep, got, 8, 20), got);
	event = (struct epoll_event){ .events = EPOLLOUT, .data.u64 = 2 };
	show("add write end", epoll_ctl(ep, EPOLL_CTL_ADD, fds[1], &event));
	show_events("writable", epoll_wait(ep, got, 8, -1), got);
	event.events = EPOLLOUT | EPOLLONESHOT;
	show("one shot", epoll_ctl(ep, EPOLL_CTL_MOD, fds[1], &event));
	show_events("first", epoll_wait(ep, got, 8, 0), got);
	show_events("second", epoll_wait(ep, got, 8, 0), got);
	show("write", write(fds[1], "e", 1));
	show_events("readable", epoll_wait(ep, got, 8, -1), got);
	show_events("still readable", epoll_wait(ep, got, 1, -1), got);
	show("read", read(fds[0], &c, 1));
	show("delete", epoll_ctl(ep, EPOLL_CTL_DEL, fds[1], NULL));
	show("delete again", epoll_ctl(ep, EPOLL_CTL_DEL, fds[1], NULL));
	show("modify absent", epoll_ctl(ep, EPOLL_CTL_MOD, fds[1], &event));
	show("add itself", epoll_ctl(ep, EPOLL_CTL_ADD, ep, &event));
	show("add closed", epoll_ctl(ep, EPOLL_CTL_ADD, 99, &event));
	int regular = open("/proc/self/exe", O_RDONLY);
	show("add regular", epoll_ctl(ep, EPOLL_CTL_ADD, regular, &event));
	close(regular);
	show("bad operation", epoll_ctl(ep, 17, fds[1], &event));
	show("bad event", epoll_ctl(ep, EPOLL_CTL_ADD, fds[1], (void *)8));
	show("no epoll", epoll_ctl(fds[0], EPOLL_CTL_ADD, fds[1], &event));
	show("zero events", epoll_wait(ep, got, 0, 0));
	show("create flags", epoll_create1(77));
	show("create size", epoll_create(0));

	int outer = epoll_create1(0);
	event = (struct epoll_event){ .events = EPOLLIN, .data.u64 = 3 };
	show("nest", epoll_ctl(outer, EPOLL_CTL_ADD, ep, &event));
	show("cycle", epoll_ctl(ep, EPOLL_CTL_ADD, outer, &event));
	show_events("outer idle", epoll_wait(outer, got, 8, 0), got);
	show("write", write(fds[1], "n", 1));
	show_events("outer ready", epoll_wait(outer, got, 8, -1), got);
	show("read", read(fds[0], &c, 1));
	alarm_in_ms(20);
	show_events("interrupted", epoll_wait(outer, got, 8, -1), got);
	close(outer);

	int other[2];
	if (pipe(other))
		return;
	event = (struct epoll_event){ .events = EPOLLIN, .data.u64 = 4 };
	show("add other", epoll_ctl(ep, EPOLL_CTL_ADD, other[0], &event));
	close(other[1]);
	show_events("hang-up", epoll_wait(ep, got, 8, -1), got);
	close(other[0]);
	show_events("closed", epoll_wait(ep, got, 8, 0), got);
	close(ep);
}

static void test_eventfd(void)
{
	uint64_t value = 0;

	int fd = eventfd(3, EFD_NONBLOCK);
	show("read", read(fd, &value, 8));
	printf("%lu\n", (unsigned long)value);
	show("read empty", read(fd, &value, 8));
	show("read short", read(fd, &value, 4));
	value = UINT64_MAX;
	show("write max", write(fd, &value, 8));
	value = UINT64_MAX - 1;
	show("write most", write(fd, &value, 8));
	value = 1;
	show("write full", write(fd, &value, 8));
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	show("poll", poll(&p, 1, 0));
	printf("%x\n", p.revents);
	close(fd);
	fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	for (int i = 0; i < 3; i++)
		show("semaphore", read(fd, &value, 8));
	printf("%lu\n", (unsigned long)value);
	close(fd);
	show("bad flags", eventfd(0, 2));
}

int main(void)
{
	int fds[2];

	setvbuf(stdout, NULL, _IONBF, 0);
	for (int fd = 3; fd < 300; fd++) // what the test's starter left open
		close(fd);
	if (pipe(fds))
		return 1;
	test_poll(fds);
	test_mask(fds);
	test_select(fds);
	test_wake(fds);
	test_epoll(fds);
	test_eventfd();
	return 0;
}
