/* SPDX-License-Identifier: MIT */
/* Pipes and FIFOs: sizes, blocking, atomic writes, hang-up, SIGPIPE, opening rules. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char buffer[1 << 20];

static void show(const char *what, long result)
{
	printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "",
	       result < 0 ? strerror(errno) : "");
	fflush(stdout);
}

static short poll_now(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	poll(&p, 1, 0);
	return p.revents;
}

static void test_capacity(void)
{
	int fds[2], available;

	show("pipe2", pipe2(fds, O_NONBLOCK));
	show("size", fcntl(fds[1], F_GETPIPE_SZ));
	show("read empty", read(fds[0], buffer, 10));
	show("read 0 bytes", read(fds[0], buffer, 0));
	show("write 0 bytes", write(fds[1], buffer, 0));
	show("fill", write(fds[1], buffer, sizeof(buffer)));
	show("write full", write(fds[1], buffer, 1));
	printf("poll full: %x %x\n", poll_now(fds[1], POLLOUT), poll_now(fds[0], POLLIN));
	show("FIONREAD", ioctl(fds[0], FIONREAD, &available));
	printf("available: %d\n", available);
	show("drain 5000", read(fds[0], buffer, 5000));
	show("drain rest", read(fds[0], buffer, sizeof(buffer)));
	show("lseek", lseek(fds[0], 0, SEEK_SET));
	show("pread", pread(fds[0], buffer, 1, 0));
	show("read write end", read(fds[1], buffer, 1));
	show("write read end", write(fds[0], buffer, 1));
	show("set size", fcntl(fds[1], F_SETPIPE_SZ, 8192));
	show("fill small", write(fds[1], buffer, sizeof(buffer)));
	show("shrink full", fcntl(fds[1], F_SETPIPE_SZ, 4096));
	show("grow", fcntl(fds[1], F_SETPIPE_SZ, 20000));
	close(fds[0]);
	close(fds[1]);
}

static void test_order_through_wrap(void)
{
	int fds[2];
	unsigned written = 0, taken = 0, bad = 0;
	unsigned char block[1500];

	if (pipe2(fds, O_NONBLOCK))
		return;
	for (int round = 0; round < 400; round++) {
		for (size_t i = 0; i < sizeof(block); i++)
			block[i] = (unsigned char)((written + i) * 7 % 251);
		ssize_t n = write(fds[1], block, sizeof(block));
		if (n > 0)
			written += (unsigned)n;
		n = read(fds[0], block, 100 + (size_t)round % 1400);
		for (ssize_t i = 0; i < n; i++)
			bad += block[i] != (unsigned char)(taken++ * 7 % 251);
	}
	if (fcntl(fds[1], F_SETPIPE_SZ, 1 << 18) < 0)
		bad++;
	for (ssize_t n; (n = read(fds[0], block, sizeof(block))) > 0;)
		for (ssize_t i = 0; i < n; i++)
			bad += block[i] != (unsigned char)(taken++ * 7 % 251);
	printf("order: all read %d, %u bad\n", written == taken, bad);
	close(fds[0]);
	close(fds[1]);
}

static void on_sigpipe(int signal)
{
	printf("signal %d\n", signal);
}

static void test_hang_up(void)
{
	int fds[2];

	signal(SIGPIPE, on_sigpipe);
	if (pipe(fds))
		return;
	show("write", write(fds[1], "abc", 3));
	close(fds[1]);
	printf("poll with data: %x\n", poll_now(fds[0], POLLIN));
	show("read", read(fds[0], buffer, 10));
	show("read at end", read(fds[0], buffer, 10));
	printf("poll at end: %x\n", poll_now(fds[0], POLLIN));
	close(fds[0]);
	if (pipe(fds))
		return;
	close(fds[0]);
	printf("poll without reader: %x\n", poll_now(fds[1], POLLOUT));
	show("write without reader", write(fds[1], "abc", 3));
	close(fds[1]);
}

static void test_bad_buffers(void)
{
	int fds[2], *volatile bad_address = (int *)8;

	if (pipe2(fds, O_NONBLOCK))
		return;
	show("write bad", write(fds[1], (void *)8, 10));
	show("write good", write(fds[1], "xyz", 3));
	show("read bad", read(fds[0], (void *)8, 10));
	show("read after", read(fds[0], buffer, 10));
	show("pipe bad", pipe(bad_address));
	show("pipe2 bad flags", pipe2(fds, O_APPEND | 1));
	show("next descriptor", dup(0));
}

static void test_blocking_both_ways(void)
{
	int there[2], back[2];
	long sum = 0;

	if (pipe(there) || pipe(back))
		return;
	pid_t child = fork();
	if (child == 0) {
		char c;
		close(there[1]);
		close(back[0]);
		while (read(there[0], &c, 1) == 1)
			if (write(back[1], &c, 1) != 1)
				_exit(1);
		_exit(0);
	}
	close(there[0]);
	close(back[1]);
	for (int i = 0; i < 1000; i++) {
		unsigned char c = (unsigned char)i;
		if (write(there[1], &c, 1) == 1 && read(back[0], &c, 1) == 1)
			sum += c;
	}
	close(there[1]);
	int status;
	waitpid(child, &status, 0);
	printf("round trips: %ld, status %d\n", sum, status);
	close(back[0]);
}

static void test_large_transfer(void)
{
	int fds[2];
	long total = 0;

	if (pipe(fds))
		return;
	pid_t child = fork();
	if (child == 0) {
		close(fds[0]);
		_exit(write(fds[1], buffer, sizeof(buffer)) != (ssize_t)sizeof(buffer));
	}
	close(fds[1]);
	for (ssize_t n; (n = read(fds[0], buffer, 3333)) > 0;)
		total += n;
	int status;
	waitpid(child, &status, 0);
	printf("large: %ld, status %d\n", total, status);
	close(fds[0]);
}

static void test_fifo(void)
{
	const char *name = "/tmp/abi-fifo";

	unlink(name);
	show("mkfifo", mkfifo(name, 0600));
	show("open w nonblock", open(name, O_WRONLY | O_NONBLOCK));
	int reader = open(name, O_RDONLY | O_NONBLOCK);
	printf("reader %s\n", reader >= 0 ? "open" : strerror(errno));
	printf("poll before a writer: %x\n", poll_now(reader, POLLIN));
	show("read before a writer", read(reader, buffer, 1));
	int writer = open(name, O_WRONLY | O_NONBLOCK);
	printf("writer %s\n", writer >= 0 ? "open" : strerror(errno));
	show("read nothing", read(reader, buffer, 1));
	show("write", write(writer, "hello", 5));
	close(writer);
	printf("poll after the writer: %x\n", poll_now(reader, POLLIN));
	show("read", read(reader, buffer, 10));
	printf("poll at the end: %x\n", poll_now(reader, POLLIN));
	close(reader);

	pid_t child = fork();
	if (child == 0) {
		int fd = open(name, O_WRONLY);
		_exit(fd < 0 || write(fd, "from the child", 14) != 14);
	}
	reader = open(name, O_RDONLY);
	ssize_t size = read(reader, buffer, 100);
	printf("blocking open: %.*s\n", (int)size, buffer);
	int status;
	waitpid(child, &status, 0);
	printf("child status %d\n", status);
	close(reader);
	int both = open(name, O_RDWR);
	show("write to oneself", write(both, "me", 2));
	show("read from oneself", read(both, buffer, 10));
	close(both);
	unlink(name);
}

static void test_open_through_proc(void)
{
	int fds[2];
	char path[64];

	if (pipe(fds))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[1]);
	int again = open(path, O_WRONLY);
	printf("opened again: %d\n", again >= 0);
	close(fds[1]);
	show("write through", write(again, "deep", 4));
	close(again);
	show("read", read(fds[0], buffer, 10));
	show("end", read(fds[0], buffer, 10));
	close(fds[0]);
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	for (int fd = 3; fd < 300; fd++) // what the test's starter left open
		close(fd);
	test_capacity();
	test_order_through_wrap();
	test_hang_up();
	test_bad_buffers();
	test_blocking_both_ways();
	test_large_transfer();
	test_fifo();
	test_open_through_proc();
	return 0;
}
