/* SPDX-License-Identifier: MIT */
/* RLIMIT_FSIZE: what of a write goes in, and what is told when nothing does. */
#include "abi.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

static const char name[] = "/tmp/abi-size-limit";
static volatile int signals;

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	signals++;
	printf("signal %d, code %d, own %d\n", number, info->si_code, info->si_pid == getpid());
}

static long size_of(int fd)
{
	struct stat stat;
	return fstat(fd, &stat) < 0 ? -1 : (long)stat.st_size;
}

static void set_limit(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };
	SHOW(setrlimit(RLIMIT_FSIZE, &limit));
}

static void test_writes(int fd)
{
	char bytes[64] = { 'x' };
	struct iovec vector[2] = { { bytes, 30 }, { bytes, 30 } };

	section("writes");
	set_limit(100);
	SHOW(write(fd, bytes, 60));
	SHOW(write(fd, bytes, 60)); // up to the limit
	SHOW(write(fd, bytes, 60));
	SHOW(write(fd, bytes, 0));
	SHOW(pwrite(fd, bytes, 60, 90));
	SHOW(pwrite(fd, bytes, 60, 100));
	SHOW(pwrite(fd, bytes, 1, 5000));
	SHOW(lseek(fd, 50, SEEK_SET));
	SHOW(writev(fd, vector, 2));
	SHOW(lseek(fd, 0, SEEK_CUR));
	printf("size %ld, signals %d\n", size_of(fd), signals);
}

static void test_sizes(int fd)
{
	char byte = 'x';

	section("sizes");
	SHOW(ftruncate(fd, 200));
	SHOW(ftruncate(fd, 100));
	SHOW(truncate(name, 101));
	set_limit(RLIM_INFINITY);
	SHOW(ftruncate(fd, 300));
	set_limit(100);
	SHOW(ftruncate(fd, 200)); // shrinks, though it is over the limit
	SHOW(ftruncate(fd, 201));
	SHOW(pwrite(fd, &byte, 1, 99));
	printf("size %ld, signals %d\n", size_of(fd), signals);
}

static void test_others(void)
{
	int fds[2], append = open(name, O_WRONLY | O_APPEND);
	char byte = 'x';

	section("others");
	SHOW(write(append, &byte, 1));
	SHOW(pipe(fds));
	set_limit(0);
	SHOW(write(fds[1], &byte, 1)); // no regular file
	close(append);
}

static void exceed(void)
{
	int fd = open(name, O_WRONLY | O_TRUNC);
	char byte = 'x';

	signal(SIGXFSZ, SIG_DFL);
	SHOW(write(fd, &byte, 1));
}

static void exceed_ignoring(void)
{
	int fd = open(name, O_WRONLY | O_TRUNC);
	char byte = 'x';

	signal(SIGXFSZ, SIG_IGN);
	SHOW(write(fd, &byte, 1));
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };

	start();
	sigaction(SIGXFSZ, &action, NULL);
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || unlink("not there") == 0)
		return 1;
	test_writes(fd);
	test_sizes(fd);
	test_others();
	show_status("by default", in_child(exceed) & 0x7f); // the core flag is the host's matter
	show_status("ignored", in_child(exceed_ignoring));
	unlink(name);
	return 0;
}
