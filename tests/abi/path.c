/* SPDX-License-Identifier: MIT */
/* How paths are walked and names made: prints the errors that the kernel gives. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BAD_DESCRIPTOR = 99 };

static void show(const char *what, const char *name, int result)
{
	printf("%s %.40s: %s\n", what, name, result < 0 ? strerror(errno) : "yes");
}

static void make_tree(void)
{
	char name[16], target[16];

	mkdir("d", 0755);
	mkdir("d/e", 0755);
	close(open("file", O_CREAT | O_WRONLY, 0644));
	symlink("file", "to_file");
	symlink("file/", "to_file_slash");
	symlink("d/", "to_dir_slash");
	symlink("none", "dangling");
	symlink("none/", "dangling_slash");
	symlink("self", "self");
	symlink(".", "l0");
	for (int i = 1; i <= 40; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		symlink(target, name);
	}
}

static void look_up(void)
{
	static const char *const names[] = {
		".",
		"d//e/..",
		"d/none",
		"none/..",
		"",
		"file/",
		"file/.",
		"file/..",
		"to_file/",
		"to_file_slash",
		"to_dir_slash",
		"d/",
		"dangling",
		"dangling/",
		"self",
		"self/x",
		"l39",
		"l40",
		"l19/l19",
		"l19/l20",
		"/../../../..",
		"to_dir_slash/e",
		"dangling_slash",
	};
	struct stat status;
	char name[PATH_MAX + 2];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		show("stat", names[i], stat(names[i], &status));
		show("lstat", names[i], lstat(names[i], &status));
	}
	memset(name, 'n', sizeof(name));
	name[NAME_MAX + 1] = '\0';
	show("stat", name, stat(name, &status));
	show("mkdir", name, mkdir(name, 0755));
	memset(name, '/', sizeof(name));
	strcpy(name + PATH_MAX - 2, ".");
	show("stat", name, stat(name, &status));
	strcpy(name + PATH_MAX - 1, ".");
	show("stat", name, stat(name, &status));
}

static void open_all(void)
{
	static const char *const names[] = { "file",  "to_file", "dangling_slash", "self",
					     "d",     "d/",	 "new/",	   "d/.",
					     "..",    "/",	 "d/./",	   "file/x",
					     "file/", "",	 "to_file_slash" };
	static const int flags[] = { O_RDONLY,
				     O_WRONLY,
				     O_RDONLY | O_DIRECTORY,
				     O_RDONLY | O_NOFOLLOW,
				     O_RDONLY | O_CREAT,
				     O_RDONLY | O_CREAT | O_EXCL,
				     O_WRONLY | O_CREAT | O_NOFOLLOW };
	char what[32];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++) {
			snprintf(what, sizeof(what), "open %x", flags[k]);
			int descriptor = open(names[i], flags[k], 0644);
			show(what, names[i], descriptor);
			close(descriptor);
		}
	int descriptor = open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0644);
	show("open exclusively", "dangling", descriptor);
	close(descriptor);
	descriptor = open("dangling", O_CREAT | O_WRONLY, 0644);
	show("open", "dangling", descriptor);
	close(descriptor);
	show("unlink", "none", unlink("none"));
}

static void change(void)
{
	show("mkdir", ".", mkdir(".", 0755));
	show("mkdir", "d/..", mkdir("d/..", 0755));
	show("mkdir", "/", mkdir("/", 0755));
	show("mkdir", "dangling", mkdir("dangling", 0755));
	show("mkdir", "dangling/", mkdir("dangling/", 0755));
	show("symlink", "new/", symlink("x", "new/"));
	show("symlink", "new", symlink("", "new"));
	show("link", "new/", link("file", "new/"));
	show("link", "d", link("d", "new"));
	show("unlink", ".", unlink("."));
	show("unlink", "d", unlink("d"));
	show("unlink", "file/", unlink("file/"));
	show("rmdir", "d/.", rmdir("d/."));
	show("rmdir", "d/..", rmdir("d/.."));
	show("rmdir", "/", rmdir("/"));
	show("rmdir", "file", rmdir("file"));
	show("rmdir", "d", rmdir("d"));
	show("rename", "d d/x", rename("d", "d/x"));
	show("rename", "d/e d", rename("d/e", "d"));
	show("rename", "file new/", rename("file", "new/"));
	show("rename", "d/. new", rename("d/.", "new"));
	show("rename", "file d", rename("file", "d"));
	show("rename", "d file", rename("d", "file"));
	show("rename", "d/ renamed/", rename("d/", "renamed/"));
}

static void use_bad_descriptor(void)
{
	show("openat", "bad", openat(BAD_DESCRIPTOR, "x", O_RDONLY));
	show("openat O_CREAT", "bad", openat(BAD_DESCRIPTOR, "x", O_CREAT | O_WRONLY, 0644));
	show("mkdirat", "bad", mkdirat(BAD_DESCRIPTOR, "x", 0755));
	show("unlinkat", "bad", unlinkat(BAD_DESCRIPTOR, "x", 0));
	show("renameat", "bad", renameat(AT_FDCWD, "file", BAD_DESCRIPTOR, "x"));
	int descriptor = open("file", O_RDONLY);
	show("mkdirat", "file", mkdirat(descriptor, "x", 0755));
	close(descriptor);
}

int main(void)
{
	char folder[] = "/tmp/pathXXXXXX";

	umask(022);
	if (!mkdtemp(folder) || chdir(folder))
		return 1;
	make_tree();
	look_up();
	open_all();
	change();
	use_bad_descriptor();
	return 0;
}
