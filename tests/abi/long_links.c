/* SPDX-License-Identifier: MIT */
/* Symbolic links whose targets and the rest of the path do not fit into one PATH_MAX. */
#include "abi.h"

#include <limits.h>
#include <sys/stat.h>

static char target[PATH_MAX], path[PATH_MAX + 1];

/* before, then "./" until the text has that length, then after. */
static char *padded(char *text, const char *before, size_t length, const char *after)
{
	strcpy(text, before);
	while (strlen(text) + strlen(after) + 2 <= length)
		strcat(text, "./");
	return strcat(text, after);
}

static int opens(const char *name, int flags)
{
	int fd = open(name, flags, 0644);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

int main(void)
{
	struct stat stat;

	start();
	if (system("rm -rf /tmp/abi-links") || mkdir("/tmp/abi-links", 0755) ||
	    chdir("/tmp/abi-links") || mkdir("d", 0755))
		return 1;

	section("a long target before a long rest");
	SHOW(symlink(padded(target, "", 4000, "d"), "long"));
	SHOW(opens(padded(path, "long/", 4000, "file"), O_RDWR | O_CREAT));
	SHOW(opens(path, O_RDONLY));
	SHOW(opens("d/file", O_RDONLY));
	SHOW(mkdir(padded(path, "long/", 4000, "sub"), 0755));
	SHOW(opens(padded(path, "long/", 4094, "file"), O_RDONLY));
	SHOW(opens(padded(path, "long/", 4097, "file"), O_RDONLY));

	section("long targets in long targets");
	SHOW(symlink(padded(target, "long/", 4000, "sub"), "second"));
	SHOW(symlink(padded(target, "second/", 4000, ".."), "third"));
	SHOW(opens(padded(path, "third/", 4000, "file"), O_RDONLY));
	SHOW(lstat(padded(path, "third/", 4000, "sub"), &stat));
	SHOW(rename(padded(path, "third/", 4000, "file"), "d/other"));
	SHOW(opens("third/other", O_RDONLY));

	section("ends");
	SHOW(symlink(padded(target, "third/", 4000, "other"), "last"));
	SHOW(opens("last", O_RDONLY));
	SHOW(opens("last/", O_RDONLY));
	SHOW(symlink("/", "root"));
	SHOW(opens(padded(path, "root/tmp/abi-links/", 4000, "third/other"), O_RDONLY));
	SHOW(opens("root", O_RDONLY));
	SHOW(symlink("loop/x", "loop"));
	SHOW(opens("loop", O_RDONLY));
	SHOW(symlink("new", "hanging"));
	SHOW(opens("hanging", O_RDWR | O_CREAT));
	SHOW(opens("new", O_RDONLY));
	return system("rm -rf /tmp/abi-links");
}
