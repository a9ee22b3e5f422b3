/* SPDX-License-Identifier: MIT */
/* mmap, mprotect, munmap, mremap, brk, madvise: results, contents, errors. */
#include "abi.h"

#include <setjmp.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static sigjmp_buf back;

static void on_fault(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

/* r, w: whether the byte can be read, written. Keeps its value. */
static void access_of(const char *what, volatile char *address)
{
	volatile int can_read = 0, can_write = 0;

	if (sigsetjmp(back, 1) == 0) {
		char value = *address;
		can_read = 1;
		*address = value;
		can_write = 1;
	}
	printf("%s: %c%c\n", what, can_read ? 'r' : '-', can_write ? 'w' : '-');
}

static char *anonymous(size_t pages, int protection)
{
	return mmap(NULL, pages * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void test_map(void)
{
	section("map");
	char *p = anonymous(4, PROT_READ | PROT_WRITE);
	CHECK((uintptr_t)p % PAGE == 0 && p[0] == 0 && p[4 * PAGE - 1] == 0);
	memset(p, 'a', 4 * PAGE);
	SHOW(mprotect(p + PAGE, PAGE, PROT_READ));
	access_of("0", p);
	access_of("1", p + PAGE);
	access_of("2", p + 2 * PAGE);
	SHOW(munmap(p + 2 * PAGE, PAGE));
	access_of("2 unmapped", p + 2 * PAGE);
	access_of("3", p + 3 * PAGE);
	SHOW(mprotect(p, 4 * PAGE, PROT_READ)); // a hole
	access_of("0 after", p);
	SHOW(munmap(p, 4 * PAGE)); // holes do not matter
	SHOW(munmap(p, 4 * PAGE));
	SHOW(munmap(p + 1, PAGE));
	SHOW(munmap(p, 0));
	SHOW(mprotect(p + 1, PAGE, PROT_READ));
	SHOW(mprotect(p, PAGE, PROT_READ));
	SHOW(mprotect(p, 0, PROT_READ));
	SHOW(mprotect(p, PAGE, 0x800));
	p = anonymous(2, PROT_NONE);
	access_of("none", p);
	SHOW(mprotect(p, PAGE, PROT_READ | PROT_WRITE));
	access_of("made rw", p);
	access_of("its neighbour", p + PAGE);
	p[7] = 7;
	SHOW(mprotect(p, PAGE, PROT_NONE));
	access_of("none again", p);
	SHOW(mprotect(p, PAGE, PROT_READ));
	printf("kept %d\n", p[7]);
	munmap(p, 2 * PAGE);
}

static void test_errors(void)
{
	section("errors");
	int anonymous_flags = MAP_PRIVATE | MAP_ANONYMOUS;
	SHOW((intptr_t)mmap(NULL, 0, PROT_READ, anonymous_flags, -1, 0));
	SHOW((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
	SHOW((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0));
	SHOW((intptr_t)syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, 0, 1));
	SHOW((intptr_t)mmap((void *)0x7000001, PAGE, PROT_READ, anonymous_flags | MAP_FIXED, -1,
			    0));
	SHOW((intptr_t)mmap(NULL, (size_t)1 << 60, PROT_READ, anonymous_flags, -1, 0));
	SHOW((intptr_t)mmap((void *)0x7ffffffff000, PAGE, PROT_READ, anonymous_flags | MAP_FIXED,
			    -1, 0));
	int fd = open("/tmp/abi-memory", O_RDONLY | O_CREAT, 0600);
	SHOW((intptr_t)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
	close(fd);
	fd = open("/tmp/abi-memory", O_WRONLY);
	SHOW((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
	close(fd);
	unlink("/tmp/abi-memory");
	fd = open("/tmp", O_RDONLY);
	SHOW((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
	close(fd);
	int fds[2];
	if (pipe(fds) == 0)
		SHOW((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fds[0], 0));
	close(fds[0]);
	close(fds[1]);
	char *p = anonymous(1, PROT_READ);
	SHOW((intptr_t)mmap(p, PAGE, PROT_READ, anonymous_flags | MAP_FIXED_NOREPLACE, -1, 0));
	munmap(p, PAGE);
	CHECK(mmap(p, PAGE, PROT_READ, anonymous_flags | MAP_FIXED_NOREPLACE, -1, 0) == p);
	CHECK(mmap(p, PAGE, PROT_READ, anonymous_flags | MAP_FIXED, -1, 0) == p);
	munmap(p, PAGE);
	CHECK(mmap(p, PAGE, PROT_READ, anonymous_flags, -1, 0) == p); // a hint that can be met
	munmap(p, PAGE);
}

static void write_shared(void)
{
	extern char *shared_page, *private_page;
	shared_page[1] = 's';
	private_page[1] = 'p';
}

char *shared_page, *private_page;

static void test_shared(void)
{
	section("shared and private");
	shared_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	private_page = anonymous(1, PROT_READ | PROT_WRITE);
	shared_page[0] = private_page[0] = 'x';
	in_child(write_shared);
	printf("shared %c%c private %c%d\n", shared_page[0], shared_page[1], private_page[0],
	       private_page[1]);
	int fd = open("/tmp/abi-memory", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (write(fd, "0123456789", 10) != 10)
		return;
	char *one = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *two = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *copy = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	one[0] = 'A';
	copy[1] = 'B';
	char text[11] = "";
	SHOW(pread(fd, text, 10, 0));
	printf("%s %.10s %.10s %d\n", text, two, copy, one[10]);
	SHOW(pwrite(fd, "Z", 1, 2));
	printf("%c %c\n", two[2], copy[2] == 'Z' || copy[2] == '2' ? '+' : '-');
	one[11] = 'Q'; // behind the end: not in the file
	SHOW(lseek(fd, 0, SEEK_END));
	SHOW(msync(one, PAGE, MS_SYNC));
	SHOW(msync(one, PAGE, MS_SYNC | MS_ASYNC));
	SHOW(msync(one + 1, PAGE, MS_SYNC));
	close(fd); // the mappings stay
	two[3] = 'C';
	printf("%.10s\n", one);
	unlink("/tmp/abi-memory");
	munmap(one, PAGE);
	munmap(two, PAGE);
	munmap(copy, PAGE);
}

static void test_remap(void)
{
	section("mremap");
	char *p = anonymous(8, PROT_READ | PROT_WRITE);
	for (int i = 0; i < 8; i++)
		p[i * PAGE] = (char)('a' + i);
	CHECK(mremap(p, 8 * PAGE, 4 * PAGE, 0) == p);
	access_of("cut off", p + 4 * PAGE);
	CHECK(mremap(p, 4 * PAGE, 8 * PAGE, 0) == p);
	printf("grown in place: %c %d\n", p[3 * PAGE], p[4 * PAGE]);
	char *wall =
		mmap(p + 8 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(wall == p + 8 * PAGE);
	SHOW((intptr_t)mremap(p, 8 * PAGE, 16 * PAGE, 0));
	char *q = mremap(p, 8 * PAGE, 16 * PAGE, MREMAP_MAYMOVE);
	CHECK(q != p && q != MAP_FAILED);
	printf("moved: %c%c%c%c %d %d\n", q[0], q[PAGE], q[2 * PAGE], q[3 * PAGE], q[4 * PAGE],
	       q[15 * PAGE]);
	access_of("old place", p);
	access_of("new place", q + 15 * PAGE);
	char *target = anonymous(4, PROT_READ | PROT_WRITE);
	target[0] = 't';
	CHECK(mremap(q, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target);
	printf("at target: %c%c%d\n", target[0], target[PAGE], target[2 * PAGE]);
	access_of("left behind", q + 2 * PAGE);
	access_of("taken", q);
	SHOW((intptr_t)mremap(q + 1, PAGE, PAGE, 0));
	SHOW((intptr_t)mremap(q, PAGE, PAGE, 0));
	SHOW((intptr_t)mremap(q + 2 * PAGE, PAGE, 0, 0));
	SHOW((intptr_t)mremap(q + 2 * PAGE, PAGE, PAGE, MREMAP_FIXED, target));
	SHOW((intptr_t)mremap(q + 2 * PAGE, PAGE, PAGE, 64));
	SHOW((intptr_t)mremap(target, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			      target + PAGE));
	SHOW((intptr_t)mremap(target, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + 1));
	SHOW((intptr_t)mremap(target, 100 * PAGE, 200 * PAGE, MREMAP_MAYMOVE));
	// A file's mapping keeps its place in the file.
	int fd = open("/tmp/abi-memory", O_RDWR | O_CREAT | O_TRUNC, 0600);
	for (int i = 0; i < 4; i++) {
		char page[PAGE];
		memset(page, '0' + i, sizeof(page));
		if (write(fd, page, sizeof(page)) != PAGE)
			return;
	}
	char *file = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
	file = mremap(file, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	printf("file: %c%c%c\n", file[0], file[PAGE], file[2 * PAGE]);
	file[2 * PAGE] = 'X';
	char byte = 0;
	SHOW(pread(fd, &byte, 1, 3 * PAGE));
	printf("%c\n", byte);
	munmap(file, 3 * PAGE);
	close(fd);
	unlink("/tmp/abi-memory");
	// After fork the pages are shared with the child until written.
	char *forked = anonymous(2, PROT_READ | PROT_WRITE);
	forked[0] = 'f';
	pid_t child = fork();
	if (child == 0) {
		forked = mremap(forked, 2 * PAGE, 600 * PAGE, MREMAP_MAYMOVE);
		forked[0] = 'c';
		_exit(forked[599 * PAGE]);
	}
	int status;
	waitpid(child, &status, 0);
	show_status("child", status);
	printf("parent's: %c\n", forked[0]);
}

static void test_heap(void)
{
	section("brk");
	char *end = (char *)syscall(SYS_brk, 0);
	CHECK((char *)syscall(SYS_brk, end + 3 * PAGE + 5) == end + 3 * PAGE + 5);
	memset(end, 'h', 3 * PAGE + 5);
	CHECK((char *)syscall(SYS_brk, end + PAGE) == end + PAGE);
	access_of("above", end + PAGE + PAGE);
	CHECK((char *)syscall(SYS_brk, end + 3 * PAGE) == end + 3 * PAGE);
	printf("new again: %d\n", end[2 * PAGE + 100]);
	CHECK((char *)syscall(SYS_brk, (char *)8) == end + 3 * PAGE);
	CHECK((char *)syscall(SYS_brk, (char *)0x7fffffffffff) == end + 3 * PAGE);
}

static void test_advice(void)
{
	section("madvise");
	char *p = anonymous(4, PROT_READ | PROT_WRITE);
	memset(p, 'm', 4 * PAGE);
	SHOW(madvise(p + PAGE, PAGE, MADV_DONTNEED));
	printf("%c%d%c\n", p[0], p[PAGE], p[2 * PAGE]);
	SHOW(madvise(p, 4 * PAGE, MADV_WILLNEED));
	SHOW(madvise(p, 4 * PAGE, MADV_SEQUENTIAL));
	SHOW(madvise(p + 1, PAGE, MADV_NORMAL));
	SHOW(madvise(p, 4 * PAGE, 9999));
	munmap(p + PAGE, PAGE);
	SHOW(madvise(p, 4 * PAGE, MADV_NORMAL));
	SHOW(madvise(p, 4 * PAGE, MADV_DONTNEED));
	printf("%d %d\n", p[0], p[2 * PAGE]);
	SHOW(madvise(p, 0, MADV_NORMAL));
}

int main(void)
{
	start();
	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);
	test_map();
	test_errors();
	test_shared();
	test_remap();
	test_heap();
	test_advice();
	return 0;
}
