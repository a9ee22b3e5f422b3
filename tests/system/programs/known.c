/* SPDX-License-Identifier: MIT */
/*
 * A workload whose every value is known, for tests of what debuggers show: a file system
 * mounted at a place, a file in it at a descriptor and an offset, mappings at fixed addresses
 * with some of their pages touched, and two children asleep: one in nanosleep(), one reading an
 * empty pipe. What cannot be fixed is printed, "name value" a line, "ready 1" last.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	DESCRIPTOR = 9,
	OFFSET = 1234,
	SITES_SIZE = 64 << 10,
	WRITABLE_AT = 0x10000000, /* 8 pages, 5 of them touched */
	READABLE_AT = 0x20000000, /* 4 pages, 2 of them touched */
	CODE_AT = 0x30000000,	  /* 3 pages, 1 of them touched */
	SHARED_AT = 0x40000000,	  /* 2 pages of the file from its second page on, both touched */
};

static char sites[SITES_SIZE];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void check(int is_good, const char *what)
{
	if (!is_good)
		die(what);
}

static char *map(uintptr_t address, size_t page_count, int protection, int flags, int fd, off_t at)
{
	void *memory =
		mmap((void *)address, page_count * PAGE, protection, flags | MAP_FIXED, fd, at);
	check(memory == (void *)address, "mmap");
	return memory;
}

static void make_files(void)
{
	mkdir("/tmp/there", 0700);
	check(mount("a-source", "/tmp/there", "tmpfs", 0, "") == 0, "mount");
	int fd = open("/tmp/there/file", O_RDWR | O_CREAT | O_APPEND, 0640);
	check(fd >= 0 && ftruncate(fd, 4 * PAGE) == 0, "file");
	check(dup2(fd, DESCRIPTOR) == DESCRIPTOR && close(fd) == 0, "dup2");
	check(lseek(DESCRIPTOR, OFFSET, SEEK_SET) == OFFSET, "lseek");
}

static void make_mappings(void)
{
	volatile char sum = 0;
	int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;

	char *writable = map(WRITABLE_AT, 8, PROT_READ | PROT_WRITE, anonymous, -1, 0);
	for (int i = 0; i < 5; i++)
		writable[i * PAGE] = 1;
	char *readable = map(READABLE_AT, 4, PROT_READ, anonymous, -1, 0);
	for (int i = 0; i < 2; i++)
		sum += readable[i * PAGE];
	char *code = map(CODE_AT, 3, PROT_READ | PROT_WRITE, anonymous, -1, 0);
	code[PAGE] = (char)0xc3; // ret
	check(mprotect(code, 3 * PAGE, PROT_READ | PROT_EXEC) == 0, "mprotect");
	((void (*)(void))(uintptr_t)(CODE_AT + PAGE))();
	char *shared = map(SHARED_AT, 2, PROT_READ | PROT_WRITE, MAP_SHARED, DESCRIPTOR, PAGE);
	for (int i = 0; i < 2; i++)
		shared[i * PAGE] = 1;
}

/* The system calls stand in these functions themselves, so that their addresses tell. */
__attribute__((noinline)) static long sleep_in_nanosleep(const struct timespec *time)
{
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_nanosleep), "D"(time), "S"(NULL)
			 : "rcx", "r11", "memory");
	return result + 1;
}

__attribute__((noinline)) static long sleep_in_read(int fd, void *buffer)
{
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_read), "D"(fd), "S"(buffer), "d"(1)
			 : "rcx", "r11", "memory");
	return result + 2;
}

static pid_t start_sleeper(const char *name, int read_end)
{
	const struct timespec time = { 10000, 0 };
	char byte;
	pid_t child = fork();

	check(child >= 0, "fork");
	if (child == 0) {
		prctl(PR_SET_NAME, name);
		_exit((int)(read_end < 0 ? sleep_in_nanosleep(&time)
					 : sleep_in_read(read_end, &byte)));
	}
	return child;
}

static void wait_until_asleep(pid_t child)
{
	char path[64], text[512] = "";

	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	do {
		int fd = open(path, O_RDONLY);
		ssize_t got = read(fd, text, sizeof(text) - 1);
		check(got > 0, path);
		text[got] = '\0';
		close(fd);
	} while (!strstr(text, ") S"));
}

/* What is live, in the words of the kernel itself; the file stays open, as it was when read. */
static void print_sites(void)
{
	size_t size = 0;
	ssize_t got;

	memset(sites, 1, sizeof(sites));
	int fd = open("/proc/allocsites", O_RDONLY);
	while ((got = read(fd, sites + size, sizeof(sites) - size)) > 0)
		size += (size_t)got;
	check(write(STDOUT_FILENO, sites, size) == (ssize_t)size, "write");
	check(write(STDOUT_FILENO, "ready 1\n", 8) == 8, "write");
}

int main(void)
{
	int pipe_ends[2];

	make_files();
	make_mappings();
	check(pipe2(pipe_ends, O_CLOEXEC) == 0, "pipe2");
	pid_t sleeper = start_sleeper("known-sleeper", -1);
	pid_t reader = start_sleeper("known-reader", pipe_ends[0]);
	wait_until_asleep(sleeper);
	wait_until_asleep(reader);
	printf("parent %d\nsleeper %d\nreader %d\nread_end %d\nwrite_end %d\n", getpid(), sleeper,
	       reader, pipe_ends[0], pipe_ends[1]);
	printf("sleep_in_nanosleep %lu\nsleep_in_read %lu\n", (unsigned long)&sleep_in_nanosleep,
	       (unsigned long)&sleep_in_read);
	fflush(stdout);
	print_sites();
	waitpid(sleeper, NULL, 0);
	return 0;
}
