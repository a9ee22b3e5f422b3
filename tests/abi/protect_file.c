/* SPDX-License-Identifier: MIT */
/* A file that is open for reading only is not written through a mapping either. */
#include "abi.h"

#include <sys/mman.h>

enum { PAGE = 4096 };

static const char name[] = "/tmp/abi-protect";

static void protect(const char *what, int open_flags, int map_flags)
{
	int fd = open(name, open_flags);
	char *p = mmap(NULL, 3 * PAGE, PROT_READ, map_flags, fd, 0);

	section(what);
	CHECK(p != MAP_FAILED);
	close(fd);
	SHOW(mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
	SHOW(mprotect(p + PAGE, PAGE, PROT_WRITE));
	SHOW(mprotect(p, PAGE, PROT_NONE));
	SHOW(mprotect(p, PAGE, PROT_READ | PROT_EXEC));
	SHOW(munmap(p, 3 * PAGE));
}

static void protect_in_part(void)
{
	int fd = open(name, O_RDONLY), has_written = 0, pipes[2];
	char *p = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	section("what comes before it is protected");
	CHECK(mmap(p + 2 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
	SHOW(mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
	SHOW(pipe(pipes));
	for (int page = 0; page < 3; page++) { // the kernel writes where the program may
		has_written =
			write(pipes[1], "x", 1) == 1 && read(pipes[0], p + page * PAGE, 1) == 1;
		printf("page %d: %d\n", page, has_written);
	}
}

int main(void)
{
	static char bytes[3 * PAGE];
	int fd;

	start();
	unlink(name);
	fd = open(name, O_RDWR | O_CREAT, 0644);
	if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes))
		return 1;
	protect("shared, read only", O_RDONLY, MAP_SHARED);
	protect("shared", O_RDWR, MAP_SHARED);
	protect("private, read only", O_RDONLY, MAP_PRIVATE);
	protect_in_part();
	return unlink(name);
}
