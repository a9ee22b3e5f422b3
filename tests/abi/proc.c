/* SPDX-License-Identifier: MIT */
/* /proc/self and the like: only what must be equal on every Linux is printed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[1 << 16];

/* The whole file into text; its size. */
static ssize_t slurp(const char *path)
{
	ssize_t size = 0, n;
	int fd = open(path, O_RDONLY);

	if (fd < 0) {
		printf("%s: %s\n", path, strerror(errno));
		text[0] = '\0';
		return -1;
	}
	while ((n = read(fd, text + size, sizeof(text) - 1 - (size_t)size)) > 0)
		size += n;
	text[size] = '\0';
	close(fd);
	return size;
}

/* The field of a stat line, counted from 1 as in proc(5); for those after the name. */
static long stat_field(int number)
{
	char *at = strrchr(text, ')');
	for (int i = 2; i < number && at; i++)
		at = strchr(at + 1, ' ');
	return at ? strtol(at + 1, NULL, 10) : -1;
}

static void test_stat(void)
{
	int spaces = 0;

	slurp("/proc/self/stat");
	for (char *c = strrchr(text, ')'); c && *c; c++)
		spaces += *c == ' ';
	printf("fields %d\n", spaces + 2);
	printf("pid %d, name %d, running %d\n", atoi(text) == getpid(),
	       strstr(text, "(proc") != NULL, strstr(text, ") R ") != NULL);
	printf("ppid %d, pgrp %d, session %d\n", stat_field(4) == getppid(),
	       stat_field(5) == getpgrp(), stat_field(6) == getsid(0));
	printf("threads %ld, vsize %d\n", stat_field(20), stat_field(23) > 0);
}

static void test_status(void)
{
	static const char *const names[] = { "Name:\t",	    "\nState:\tR (running)\n",
					     "\nTgid:\t",   "\nPid:\t",
					     "\nPPid:\t",   "\nUid:\t",
					     "\nVmRSS:\t",  "\nThreads:\t1\n",
					     "\nSigBlk:\t", "\nSigIgn:\t",
					     "\nSigCgt:\t" };
	slurp("/proc/self/status");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		printf("status %zu: %d\n", i, strstr(text, names[i]) != NULL);
}

static void test_maps(void)
{
	char name[64], first[4] = "";
	unsigned long start, end, code = (unsigned long)test_maps;
	int found = 0, stack = 0;

	slurp("/proc/self/maps");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char access[5];
		name[0] = '\0';
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %63s", &start, &end, access, name) < 3)
			printf("bad line %s\n", line);
		if (code >= start && code < end) {
			found = 1;
			memcpy(first, access, 4);
		}
		if ((unsigned long)&start >= start && (unsigned long)&start < end)
			stack = strcmp(name, "[stack]") == 0;
	}
	printf("code mapped %d %.4s, stack %d\n", found, first, stack);
}

static void test_links(char **argv)
{
	char target[4096], path[64];
	struct stat a, b;

	ssize_t n = readlink("/proc/self/exe", target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	printf("exe %d\n", stat(target, &a) == 0 && stat(argv[0], &b) == 0 && a.st_ino == b.st_ino);
	if (chdir("/tmp") == 0) {
		n = readlink("/proc/self/cwd", target, sizeof(target));
		printf("cwd %.*s\n", (int)n, target);
	}
	n = readlink("/proc/self/root", target, sizeof(target));
	printf("root %.*s\n", (int)n, target);
	n = readlink("/proc/self", target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	printf("self %d\n", atoi(target) == getpid());

	int fd = open("/tmp/abi-proc-file", O_RDWR | O_CREAT, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target));
	printf("fd %.*s\n", (int)n, target);
	if (lstat(path, &a) == 0)
		printf("link mode %o\n", a.st_mode);
	if (stat(path, &a) == 0 && fstat(fd, &b) == 0)
		printf("same file %d\n", a.st_ino == b.st_ino);
	unlink("/tmp/abi-proc-file");
	n = readlink(path, target, sizeof(target));
	printf("unlinked %.*s\n", (int)n, target);
	close(fd);
	n = readlink(path, target, sizeof(target));
	printf("closed %zd %s\n", n, n < 0 ? strerror(errno) : "");
	int pair[2];
	if (pipe(pair) == 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", pair[0]);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		printf("pipe %.6s %d\n", target,
		       fstat(pair[0], &a) == 0 && strtoul(target + 6, NULL, 10) == a.st_ino);
		close(pair[0]);
		close(pair[1]);
	}
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void list_numbers(const char *path)
{
	int numbers[256], count = 0;
	struct dirent *entry;
	DIR *directory = opendir(path);

	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' && count < 256)
			numbers[count++] = atoi(entry->d_name);
	if (directory)
		closedir(directory);
	qsort(numbers, (size_t)count, sizeof(int), by_number);
	printf("%s:", path);
	for (int i = 0; i < count; i++)
		printf(" %d", strstr(path, "/task") && numbers[i] == getpid() ? -1 : numbers[i]);
	printf("\n");
}

static void test_vanishing(void)
{
	char path[64], c;

	pid_t child = fork();
	if (child == 0)
		_exit(0);
	siginfo_t info;
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	slurp(path);
	printf("zombie %d\n", strstr(text, ") Z ") != NULL);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", child);
	printf("zombie's cmdline %zd\n", slurp(path));
	snprintf(path, sizeof(path), "/proc/%d/status", child);
	int fd = open(path, O_RDONLY);
	waitpid(child, NULL, 0);
	ssize_t n = read(fd, &c, 1);
	printf("read after it has gone: %zd %s\n", n, strerror(errno));
	close(fd);
	fd = open(path, O_RDONLY);
	printf("open after it has gone: %d %s\n", fd, strerror(errno));
}

int main(int argc, char **argv)
{
	(void)argc;
	setvbuf(stdout, NULL, _IONBF, 0);
	for (int fd = 3; fd < 300; fd++) // what the test's starter left open
		close(fd);
	test_stat();
	test_status();
	test_maps();
	test_links(argv);
	list_numbers("/proc/self/fd");
	list_numbers("/proc/self/task");
	test_vanishing();
	ssize_t size = slurp("/proc/self/cmdline");
	printf("cmdline %d\n", size == (ssize_t)strlen(argv[0]) + 1 && strcmp(text, argv[0]) == 0);
	slurp("/proc/self/comm");
	printf("comm %s", text);
	printf("meminfo %d\n", slurp("/proc/meminfo") > 0 && !strncmp(text, "MemTotal:  ", 11));
	slurp("/proc/uptime");
	double up = 0, idle = 0;
	printf("uptime %d\n", sscanf(text, "%lf %lf", &up, &idle) == 2 && up > 0);
	slurp("/proc/loadavg");
	printf("loadavg %d\n", sscanf(text, "%lf %lf %*f %*d/%*d", &up, &idle));
	slurp("/proc/version");
	printf("version %.14s\n", text);
	slurp("/proc/sys/kernel/ostype");
	printf("ostype %s", text);
	printf("no such file: %zd\n", slurp("/proc/none"));
	printf("no such number: %zd\n", slurp("/proc/007/stat"));
	printf("mkdir: %d\n", mkdir("/proc/x", 0700));
	printf("create: %d\n", open("/proc/x", O_CREAT | O_RDWR, 0600));
	return 0;
}
