/* SPDX-License-Identifier: MIT */
/* Time, timers, resource limits, identities, randomness: what all systems answer alike. */
#include "abi.h"

#include <grp.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>

static volatile int alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static int64_t now(clockid_t clock)
{
	struct timespec time;
	if (clock_gettime(clock, &time) < 0)
		return -1;
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void test_clocks(void)
{
	struct timespec time = { 0, 20000000 }, bad = { 0, -1 }, resolution;
	int64_t last[2] = { 0, 0 };
	int goes_back = 0;

	section("clocks");
	for (int i = 0; i < 10000; i++)
		for (int clock = 0; clock < 2; clock++) {
			int64_t value = now(clock ? CLOCK_MONOTONIC : CLOCK_REALTIME);
			goes_back += value < last[clock];
			last[clock] = value;
		}
	printf("goes back %d\n", goes_back);
	CHECK(now(CLOCK_REALTIME) > 1600000000000000000ll);
	CHECK(now(CLOCK_BOOTTIME) > 0 && now(CLOCK_MONOTONIC_RAW) > 0);
	CHECK(now(CLOCK_MONOTONIC_COARSE) > 0 && now(CLOCK_REALTIME_COARSE) > 0);
	CHECK(now(CLOCK_PROCESS_CPUTIME_ID) > 0 && now(CLOCK_THREAD_CPUTIME_ID) > 0);
	SHOW(clock_gettime(99, &time));
	SHOW(clock_getres(CLOCK_MONOTONIC, &resolution));
	printf("%ld s %ld ns\n", (long)resolution.tv_sec, resolution.tv_nsec);
	SHOW(clock_getres(CLOCK_MONOTONIC, NULL));
	SHOW(clock_getres(99, NULL));
	SHOW(clock_settime(CLOCK_MONOTONIC, &time));
	SHOW(clock_settime(CLOCK_REALTIME, &bad));
	int64_t start_time = now(CLOCK_MONOTONIC);
	SHOW(nanosleep(&time, NULL));
	int64_t slept = now(CLOCK_MONOTONIC) - start_time;
	CHECK(slept >= 20000000 && slept < 2000000000);
	SHOW(nanosleep(&bad, NULL));
	bad.tv_nsec = 1000000000;
	SHOW(nanosleep(&bad, NULL));
	bad.tv_sec = -1, bad.tv_nsec = 0;
	SHOW(nanosleep(&bad, NULL));
	clock_gettime(CLOCK_MONOTONIC, &time);
	SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL)); // past already
	time.tv_sec += 0, time.tv_nsec += 20000000;
	if (time.tv_nsec >= 1000000000)
		time.tv_sec++, time.tv_nsec -= 1000000000;
	SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL));
	SHOW(clock_nanosleep(99, 0, &time, NULL));
}

static void test_timers(void)
{
	struct itimerval timer = { { 0, 20000 }, { 0, 10000 } }, old;
	struct sigaction action = { .sa_handler = on_alarm };

	section("timers");
	alarm(0);
	sigaction(SIGALRM, &action, NULL);
	SHOW(setitimer(ITIMER_REAL, &timer, NULL));
	while (alarms < 3)
		pause();
	SHOW(getitimer(ITIMER_REAL, &old));
	CHECK(old.it_interval.tv_usec == 20000 && old.it_value.tv_usec <= 20000);
	SHOW(alarm(100));
	SHOW(alarm(0));
	SHOW(alarm(0));
	timer.it_value.tv_usec = 1000000;
	SHOW(setitimer(ITIMER_REAL, &timer, NULL));
	SHOW(setitimer(99, &timer, NULL));
	SHOW(getitimer(ITIMER_REAL, (void *)8));
	alarm(30);
	signal(SIGALRM, SIG_DFL);
}

static void open_many(void)
{
	struct rlimit limit = { 10, 10 };
	int last = -1, fd;

	setrlimit(RLIMIT_NOFILE, &limit);
	while ((fd = dup(0)) >= 0)
		last = fd;
	printf("last %d: %s\n", last, strerror(errno));
	SHOW(open("/", O_RDONLY));
	SHOW(dup2(0, 10));
	SHOW(fcntl(0, F_DUPFD, 10));
	int fds[2];
	SHOW(pipe(fds));
	close(9);
	SHOW(pipe(fds));
	SHOW(dup(0));
}

static void grow_file(void)
{
	struct rlimit limit = { 5000, 5000 };
	char bytes[4096] = { 0 };
	char path[] = "/tmp/abi-limits-XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, SIG_IGN);
	SHOW(write(fd, bytes, sizeof(bytes)));
	SHOW(write(fd, bytes, sizeof(bytes)));
	SHOW(write(fd, bytes, sizeof(bytes)));
	SHOW(write(fd, bytes, 0));
	SHOW(pwrite(fd, bytes, 10, 1 << 20));
	SHOW(pwrite(fd, bytes, 10, 10));
	SHOW(ftruncate(fd, 5001));
	SHOW(ftruncate(fd, 5000));
	SHOW(lseek(fd, 0, SEEK_END));
	signal(SIGXFSZ, SIG_DFL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 1, 1 });
	SHOW(write(fd, bytes, 1));
}

static void grow_address_space(void)
{
	enum { MIB = 1 << 20 };
	struct rlimit limit = { 64 * MIB, 64 * MIB };
	const int access = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;

	setrlimit(RLIMIT_AS, &limit);
	SHOW(mmap(NULL, 65 * MIB, access, flags, -1, 0) == MAP_FAILED);
	char *half = mmap(NULL, 40 * MIB, access, flags, -1, 0);
	SHOW(half == MAP_FAILED);
	SHOW(mmap(NULL, 40 * MIB, access, flags, -1, 0) == MAP_FAILED);
	SHOW(mmap(half, 40 * MIB, access, flags | MAP_FIXED, -1, 0) == half);
	SHOW(mremap(half, 40 * MIB, 70 * MIB, MREMAP_MAYMOVE) == MAP_FAILED);
	long end = syscall(SYS_brk, 0);
	SHOW(syscall(SYS_brk, end + 40 * MIB) == end);
	SHOW(syscall(SYS_brk, end + MIB) == end + MIB);
	SHOW(munmap(half, 40 * MIB));
	SHOW(mmap(NULL, 40 * MIB, access, flags, -1, 0) == MAP_FAILED);
}

static void test_limits(void)
{
	struct rlimit limit, again;

	section("limits");
	SHOW(getrlimit(RLIMIT_STACK, &limit));
	SHOW(getrlimit(99, &limit));
	SHOW(setrlimit(99, &limit));
	SHOW(getrlimit(RLIMIT_NOFILE, (void *)8));
	limit.rlim_cur = 100, limit.rlim_max = 50;
	SHOW(setrlimit(RLIMIT_CORE, &limit));
	limit.rlim_cur = 20;
	SHOW(setrlimit(RLIMIT_CORE, &limit));
	SHOW(getrlimit(RLIMIT_CORE, &again));
	printf("%ld %ld\n", (long)again.rlim_cur, (long)again.rlim_max);
	SHOW(prlimit(1 << 22, RLIMIT_CORE, NULL, &again));
	show_status("open", in_child(open_many));
	show_status("file", in_child(grow_file));
	show_status("address space", in_child(grow_address_space));
}

static void drop(void)
{
	uid_t r, e, s;
	gid_t groups[3] = { 5, 6, 7 }, found[5];

	SHOW(setgroups(3, groups));
	SHOW(getgroups(0, NULL));
	SHOW(getgroups(2, found));
	SHOW(getgroups(5, found));
	printf("%d %d %d\n", found[0], found[1], found[2]);
	SHOW(setresgid(100, 200, 300));
	SHOW(setresuid(1000, 2000, 3000));
	getresuid(&r, &e, &s);
	printf("%d %d %d\n", r, e, s);
	SHOW(setuid(0));
	SHOW(seteuid(3000));
	SHOW(seteuid(1000));
	SHOW(setreuid(-1, 4000));
	SHOW(setresuid(3000, 3000, 3000));
	SHOW(seteuid(1000));
	SHOW(setgid(0));
	SHOW(setgroups(0, NULL));
	printf("%d %d %d %d\n", getuid(), geteuid(), getgid(), getegid());
	SHOW(setpriority(PRIO_PROCESS, 0, 5));
	SHOW(setpriority(PRIO_PROCESS, 0, 1));
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(nice(3));
	SHOW(setsid() > 0);
}

static void test_identity(void)
{
	section("identity");
	show_status("drop", in_child(drop));
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(getpriority(99, 0));
	SHOW(setpriority(PRIO_PROCESS, 1 << 22, 0));
}

static void test_others(void)
{
	char a[32], b[32];
	struct utsname name;
	struct rusage usage;
	struct tms tms;

	section("others");
	SHOW(getrandom(a, sizeof(a), 0));
	SHOW(getrandom(b, sizeof(b), GRND_NONBLOCK));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	SHOW(getrandom(a, 1, 0x100));
	SHOW(getrandom(a, 0, 0));
	SHOW(uname(&name));
	printf("%s %s\n", name.sysname, name.machine);
	SHOW(getrusage(RUSAGE_SELF, &usage));
	SHOW(getrusage(RUSAGE_CHILDREN, &usage));
	SHOW(getrusage(99, &usage));
	CHECK(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec >= 0);
	CHECK(times(&tms) != -1);
	SHOW(sysconf(_SC_PAGESIZE));
	SHOW(sysconf(_SC_CLK_TCK));
	SHOW(syscall(400)); // belongs to no call
	SHOW(syscall(9999));
	SHOW(syscall(-5));
}

int main(void)
{
	start();
	test_clocks();
	test_timers();
	test_limits();
	test_identity();
	test_others();
	return 0;
}
