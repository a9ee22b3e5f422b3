/* SPDX-License-Identifier: MIT */
/* What can be done with a descriptor that only names a file. */
#include "abi.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const char name[] = "/tmp/abi-o-path";

static void use(const char *what, const char *path)
{
	int fd = open(path, O_PATH);
	struct flock lock = { .l_type = F_RDLCK };
	struct stat stat;
	char buffer[512];

	section(what);
	CHECK(fd >= 0);
	SHOW(fcntl(fd, F_GETFL) & (O_PATH | O_ACCMODE));
	SHOW(fcntl(fd, F_SETFL, O_NONBLOCK));
	SHOW(fcntl(fd, F_GETFD));
	SHOW(fcntl(fd, F_SETLK, &lock));
	SHOW(fcntl(fd, F_OFD_SETLK, &lock));
	SHOW(fcntl(fd, F_GETOWN));
	SHOW(flock(fd, LOCK_SH));
	SHOW(read(fd, buffer, 1));
	SHOW(write(fd, buffer, 1));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)));
	SHOW(fsync(fd));
	SHOW(ftruncate(fd, 0));
	SHOW(futimens(fd, NULL));
	SHOW(fchmod(fd, 0700));
	SHOW(fchown(fd, 0, 0));
	SHOW(fstat(fd, &stat));
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	SHOW(errno == EBADF);
	SHOW(close(dup(fd)));
	SHOW(close(fd));
}

int main(void)
{
	start();
	unlink(name);
	close(open(name, O_WRONLY | O_CREAT, 0644));
	use("a file", name);
	use("a directory", "/tmp");
	use("a device", "/dev/null");
	return unlink(name);
}
