/* SPDX-License-Identifier: MIT */
/* Files and directories: opening, naming, contents, attributes, what calls refuse. */
#include "abi.h"

#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <termios.h>

/* As the kernel's; this musl does not know it yet. */
struct statx_result {
	uint32_t mask, block_size;
	uint64_t attributes;
	uint32_t links, uid, gid;
	uint16_t mode, unused;
	uint64_t inode, size, blocks, attributes_mask;
	struct {
		int64_t seconds;
		uint32_t nanoseconds, unused;
	} access, birth, change, modification;
	uint32_t more[32];
};

enum { BASIC_STATS = 0x7ff };

static const char folder[] = "/tmp/abi-files";

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static void get(const char *path)
{
	char text[100] = "";
	int fd = open(path, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (got < 0)
		printf("%s: %s\n", path, strerror(errno));
	else
		printf("%s: [%s]\n", path, text);
	close(fd);
}

static void show_stat(const char *path)
{
	struct stat s;

	if (lstat(path, &s) < 0)
		printf("%s: %s\n", path, strerror(errno));
	else
		printf("%s: mode %o links %ld size %ld uid %d gid %d blocks %d\n", path, s.st_mode,
		       S_ISDIR(s.st_mode) ? 0 : (long)s.st_nlink,
		       S_ISDIR(s.st_mode) ? 0 : (long)s.st_size, (int)s.st_uid, (int)s.st_gid,
		       s.st_blksize > 0);
}

static int closed(int fd)
{
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return fd < 0 ? -1 : 0;
}

#define OPEN(...) show("open(" #__VA_ARGS__ ")", closed(open(__VA_ARGS__)))

static void test_open(void)
{
	section("open");
	OPEN("none", O_RDONLY);
	OPEN("new", O_RDWR | O_CREAT | O_EXCL, 0640);
	OPEN("new", O_RDWR | O_CREAT | O_EXCL, 0640);
	OPEN("new", O_RDONLY | O_DIRECTORY);
	OPEN("new/", O_RDONLY);
	OPEN("new/below", O_RDONLY);
	OPEN(".", O_WRONLY);
	OPEN(".", O_RDONLY | O_DIRECTORY);
	OPEN(".", O_RDWR | O_CREAT, 0600);
	OPEN("made/", O_RDWR | O_CREAT, 0600);
	OPEN("", O_RDONLY);
	OPEN("no/way", O_RDWR | O_CREAT, 0600);
	SHOW(symlink("new", "link"));
	SHOW(symlink("nowhere", "dangling"));
	SHOW(symlink("loop", "loop"));
	OPEN("link", O_RDONLY);
	OPEN("link", O_RDONLY | O_NOFOLLOW);
	OPEN("link", O_RDWR | O_CREAT | O_EXCL, 0600);
	OPEN("dangling", O_RDONLY);
	OPEN("dangling", O_RDWR | O_CREAT | O_EXCL, 0600);
	OPEN("dangling", O_RDWR | O_CREAT, 0600);
	show_stat("nowhere");
	OPEN("loop", O_RDONLY);
	char path[5000];
	memset(path, 'x', sizeof(path));
	path[300] = '\0';
	SHOW(closed(open(path, O_RDONLY)));
	path[300] = 'x';
	path[4999] = '\0';
	SHOW(closed(open(path, O_RDONLY)));
	for (int i = 0; i < 4999; i += 2)
		path[i] = '.', path[i + 1] = '/';
	path[4095] = '\0';
	SHOW(closed(open(path, O_RDONLY)));
	path[4094] = '\0';
	SHOW(closed(open(path + 1 - 1, O_RDONLY)));
	SHOW(openat(999, "relative", O_RDONLY));
	OPEN("/tmp/../tmp/./abi-files//new", O_RDONLY);
	OPEN("/../../tmp", O_RDONLY);
	int fd = open("new", O_RDONLY);
	SHOW(openat(fd, "x", O_RDONLY));
	close(fd);
	fd = open("new", O_PATH);
	SHOW(read(fd, path, 1));
	SHOW(fchmod(fd, 0600));
	struct stat s;
	SHOW(fstat(fd, &s));
	close(fd);
	umask(027);
	OPEN("masked", O_RDWR | O_CREAT, 0666);
	SHOW(mkdir("masked-dir", 0777));
	show_stat("masked");
	show_stat("masked-dir");
	SHOW((long)umask(022));
}

static void test_contents(void)
{
	char text[100] = "";
	int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct iovec parts[3] = { { "one", 3 }, { "", 0 }, { "three", 5 } };

	section("contents");
	SHOW(write(fd, "0123456789", 10));
	SHOW(lseek(fd, 3, SEEK_SET));
	SHOW(read(fd, text, 4));
	printf("%s\n", text);
	SHOW(lseek(fd, -2, SEEK_CUR));
	SHOW(lseek(fd, -20, SEEK_CUR));
	SHOW(lseek(fd, 5, SEEK_END));
	SHOW(lseek(fd, 0, 99));
	SHOW(read(fd, text, 4));
	SHOW(write(fd, "x", 1)); // leaves a hole
	memset(text, 'z', 20);
	SHOW(pread(fd, text, 20, 8));
	printf("%d %d %c %c\n", text[2], text[6], text[7], text[8]);
	SHOW(pread(fd, text, 5, -1));
	SHOW(pwrite(fd, "ABC", 3, 1));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(writev(fd, parts, 3));
	SHOW(writev(fd, parts, -1));
	SHOW(writev(fd, parts, 1025));
	SHOW(writev(fd, parts, 0));
	parts[0].iov_len = (size_t)-1;
	SHOW(writev(fd, parts, 3));
	char a[4] = "", b[10] = "";
	struct iovec in[2] = { { a, 3 }, { b, 9 } };
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(readv(fd, in, 2));
	printf("%s|%s\n", a, b);
	SHOW(ftruncate(fd, 4));
	SHOW(ftruncate(fd, 8));
	SHOW(ftruncate(fd, -1));
	SHOW(pread(fd, text, 20, 0));
	printf("%.4s %d%d%d%d\n", text, text[4], text[5], text[6], text[7]);
	int append = open("data", O_WRONLY | O_APPEND);
	SHOW(lseek(append, 0, SEEK_SET));
	SHOW(write(append, "end", 3));
	SHOW(lseek(append, 0, SEEK_CUR));
	SHOW(pwrite(append, "!", 1, 0)); // appends all the same
	SHOW(read(append, text, 1));
	SHOW(fcntl(append, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
	SHOW(fcntl(append, F_SETFL, O_NONBLOCK));
	SHOW(fcntl(append, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
	close(append);
	show_stat("data");
	SHOW(lseek(fd, 0, SEEK_DATA));
	SHOW(lseek(fd, 12, SEEK_DATA));
	SHOW(lseek(fd, 2, SEEK_HOLE));
	int waiting = 0;
	lseek(fd, 5, SEEK_SET);
	SHOW(ioctl(fd, FIONREAD, &waiting));
	printf("waiting %d\n", waiting);
	struct termios settings;
	SHOW(tcgetattr(fd, &settings));
	SHOW(isatty(fd));
	SHOW(fsync(fd));
	SHOW(fdatasync(fd));
	close(fd);
	SHOW(fsync(fd));
	SHOW(truncate("data", 2));
	get("data");
	SHOW(truncate("masked-dir", 2));
	SHOW(truncate("none", 2));
	fd = open("data", O_RDONLY);
	SHOW(write(fd, "x", 1));
	SHOW(ftruncate(fd, 0));
	close(fd);
	SHOW(read(-1, text, 1));
	fd = open(".", O_RDONLY);
	SHOW(read(fd, text, 1));
	close(fd);
	fd = open("/dev/full", O_WRONLY);
	SHOW(write(fd, "x", 1));
	close(fd);
}

static void test_names(void)
{
	section("names");
	put("a", "AAA");
	put("b", "BBB");
	mkdir("d", 0755);
	mkdir("e", 0755);
	put("e/full", "x");
	SHOW(link("a", "a2"));
	show_stat("a");
	SHOW(link("a", "b"));
	SHOW(link("d", "d2"));
	SHOW(link("none", "n2"));
	SHOW(symlink("a", "b"));
	SHOW(symlink("", "empty"));
	SHOW(rename("a", "a2")); // the same file: nothing happens
	show_stat("a");
	SHOW(rename("a", "b"));
	get("b");
	SHOW(rename("none", "b"));
	SHOW(rename("b", "d"));
	SHOW(rename("d", "b"));
	SHOW(rename("d", "e"));
	SHOW(rename("e", "d"));
	get("d/full");
	SHOW(rename("d", "d/inside"));
	SHOW(rename("d/full", "d/../moved"));
	get("moved");
	SHOW(rename(".", "x"));
	SHOW(rename("d/..", "x"));
	SHOW(rename("moved/", "x"));
	SHOW(syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "moved", 1 /* NOREPLACE */));
	SHOW(syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "moved", 2 /* EXCHANGE */));
	get("b");
	get("moved");
	SHOW(syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "moved", 3));
	SHOW(unlink("d"));
	SHOW(unlink("none"));
	SHOW(unlink("b/"));
	SHOW(rmdir("b"));
	SHOW(rmdir("."));
	SHOW(rmdir("d/."));
	SHOW(rmdir("d/.."));
	put("d/again", "x");
	SHOW(rmdir("d"));
	SHOW(unlinkat(AT_FDCWD, "d/again", 0));
	SHOW(unlinkat(AT_FDCWD, "d", 0));
	SHOW(unlinkat(AT_FDCWD, "d", 99));
	SHOW(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
	SHOW(mkdir("b", 0700));
	SHOW(mkdir("d/", 0700));
	SHOW(mkdir("no/way", 0700));
	SHOW(mkdir(".", 0700));
	char target[10] = "##########";
	SHOW(readlink("link", target, 2));
	printf("%.4s\n", target);
	SHOW(readlink("b", target, 10));
	SHOW(readlink("", target, 10));
	SHOW(readlink("link", target, 0));
	int fd = open("b", O_RDWR);
	SHOW(unlink("b"));
	struct stat s;
	SHOW(fstat(fd, &s));
	printf("links %ld size %ld\n", (long)s.st_nlink, (long)s.st_size);
	SHOW(write(fd, "still", 5));
	close(fd);
	SHOW(mknod("fifo", S_IFIFO | 0600, 0));
	show_stat("fifo");
	SHOW(mknod("regular", S_IFREG | 0600, 0));
	show_stat("regular");
	SHOW(mknod("dir", S_IFDIR | 0600, 0));
}

static void show_times(const char *path)
{
	struct stat s;
	if (stat(path, &s) == 0)
		printf("%s: atime %ld.%09ld mtime %ld.%09ld\n", path, (long)s.st_atim.tv_sec,
		       s.st_atim.tv_nsec, (long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}

static void test_attributes(void)
{
	section("attributes");
	put("f", "x");
	SHOW(chmod("f", 07777));
	show_stat("f");
	SHOW(chown("f", 12, 34)); // takes set-user-ID away
	show_stat("f");
	SHOW(chown("f", -1, 56));
	SHOW(chown("f", 78, -1));
	show_stat("f");
	SHOW(lchown("link", 1, 2));
	show_stat("link");
	SHOW(chmod("none", 0600));
	SHOW(fchmodat(AT_FDCWD, "f", 0640, 0));
	SHOW(access("f", R_OK | W_OK));
	SHOW(access("f", X_OK));
	SHOW(access("f", 8));
	SHOW(access("none", F_OK));
	SHOW(access("f/x", F_OK));
	struct timespec times[2] = { { 1000000000, 123456789 }, { 1100000000, 987654321 } };
	SHOW(utimensat(AT_FDCWD, "f", times, 0));
	show_times("f");
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_sec = 5;
	SHOW(utimensat(AT_FDCWD, "f", times, 0));
	show_times("f");
	times[0].tv_nsec = 1000000000;
	SHOW(utimensat(AT_FDCWD, "f", times, 0));
	SHOW(utimensat(AT_FDCWD, "none", NULL, 0));
	int fd = open("f", O_RDONLY);
	times[0].tv_nsec = times[1].tv_nsec = 7;
	SHOW(futimens(fd, times));
	show_times("f");
	close(fd);
	struct statx_result x;
	SHOW(syscall(SYS_statx, AT_FDCWD, "f", 0, BASIC_STATS, &x));
	printf("mask %x mode %o size %d uid %u mtime %d\n", x.mask & BASIC_STATS, x.mode,
	       (int)x.size, x.uid, (int)x.modification.seconds);
	SHOW(syscall(SYS_statx, AT_FDCWD, "", 0, BASIC_STATS, &x));
	SHOW(syscall(SYS_statx, AT_FDCWD, "", AT_EMPTY_PATH, BASIC_STATS, &x));
	SHOW(syscall(SYS_statx, AT_FDCWD, "f", 0x10, BASIC_STATS, &x));
	struct stat s;
	SHOW(fstatat(AT_FDCWD, "link", &s, AT_SYMLINK_NOFOLLOW));
	printf("%o\n", s.st_mode & S_IFMT);
	SHOW(fstatat(AT_FDCWD, "f", &s, 0x10));
}

static void as_nobody(void)
{
	if (setgid(1000) || setuid(1000))
		_exit(1);
	OPEN("secret", O_RDONLY);
	OPEN("secret", O_WRONLY);
	OPEN("public", O_RDONLY);
	OPEN("public", O_WRONLY);
	OPEN("closed/x", O_RDONLY);
	OPEN("mine-not", O_RDWR | O_CREAT, 0600);
	SHOW(access("secret", R_OK));
	SHOW(access("public", R_OK));
	SHOW(unlink("public"));
	SHOW(rename("public", "other"));
	SHOW(chmod("public", 0777));
	SHOW(chown("public", 1000, 1000));
	SHOW(utimensat(AT_FDCWD, "public", NULL, 0));
	SHOW(truncate("public", 0));
	SHOW(mkdir("closed/y", 0700));
	SHOW(chdir("closed"));
	SHOW(chroot("."));
	SHOW(unlink("sticky/root-file"));
	OPEN("sticky/own", O_RDWR | O_CREAT, 0600);
	show_stat("sticky/own");
	SHOW(unlink("sticky/own"));
	SHOW(setuid(0));
	SHOW(kill(1, 0));
	SHOW(sethostname("x", 1));
}

static void test_permissions(void)
{
	section("permissions");
	put("secret", "s");
	put("public", "p");
	chmod("secret", 0600);
	chmod("public", 0644);
	mkdir("closed", 0700);
	put("closed/x", "x");
	mkdir("sticky", 0777);
	chmod("sticky", 01777);
	put("sticky/root-file", "x");
	chmod(".", 0755);
	show_status("as nobody", in_child(as_nobody));
	mkdir("sgid", 0755);
	SHOW(chown("sgid", 0, 77));
	SHOW(chmod("sgid", 02755));
	put("sgid/file", "x");
	mkdir("sgid/dir", 0755);
	show_stat("sgid/file");
	show_stat("sgid/dir");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void test_listing(void)
{
	char *names[100];
	int count = 0;
	struct dirent *entry;
	DIR *dir = opendir(".");

	section("listing");
	while ((entry = readdir(dir)) && count < 100) {
		struct stat s;
		lstat(entry->d_name, &s);
		if (entry->d_type != (s.st_mode & S_IFMT) >> 12 || entry->d_ino != s.st_ino)
			if (strcmp(entry->d_name, "..") != 0)
				printf("%s: type or inode differs\n", entry->d_name);
		names[count++] = strdup(entry->d_name);
	}
	qsort(names, (size_t)count, sizeof(*names), by_name);
	for (int i = 0; i < count; i++)
		printf("%s ", names[i]);
	rewinddir(dir);
	int again = 0;
	while (readdir(dir))
		again++;
	printf("\n%d again %d\n", count == again, count);
	closedir(dir);
	// Every name is seen though many go while it is read.
	mkdir("many", 0755);
	for (int i = 0; i < 300; i++) {
		char path[40];
		snprintf(path, sizeof(path), "many/file-with-a-name-%d", i);
		put(path, "");
	}
	dir = opendir("many");
	for (count = 0; (entry = readdir(dir));)
		if (entry->d_name[0] != '.') {
			count++;
			SHOW(unlinkat(dirfd(dir), entry->d_name, 0) < 0 ? -1 : 0);
			if (count > 3)
				break;
		}
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	printf("seen %d\n", count);
	char small[8];
	int fd = open("many", O_RDONLY);
	SHOW(syscall(SYS_getdents64, fd, small, sizeof(small)));
	close(fd);
	fd = open("f", O_RDONLY);
	SHOW(syscall(SYS_getdents64, fd, small, sizeof(small)));
	close(fd);
	fd = open("d", O_RDONLY);
	SHOW(rmdir("d"));
	char buffer[1000];
	SHOW(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)));
	SHOW(openat(fd, "x", O_RDWR | O_CREAT, 0600));
	close(fd);
}

static void test_descriptors(void)
{
	section("descriptors");
	int fd = open("f", O_RDONLY | O_CLOEXEC);
	SHOW(fcntl(fd, F_GETFD));
	SHOW(dup2(fd, 50));
	SHOW(fcntl(50, F_GETFD));
	SHOW(dup2(fd, fd) == fd);
	SHOW(dup3(fd, fd, 0));
	SHOW(dup3(fd, 51, O_CLOEXEC));
	SHOW(fcntl(51, F_GETFD));
	SHOW(dup3(fd, 52, 1));
	SHOW(dup2(999, 53));
	SHOW(dup2(fd, -1));
	SHOW(dup2(fd, 1 << 30));
	SHOW(fcntl(fd, F_DUPFD, 60));
	SHOW(fcntl(fd, F_DUPFD_CLOEXEC, 60));
	SHOW(fcntl(61, F_GETFD));
	SHOW(fcntl(61, F_SETFD, 0));
	SHOW(fcntl(61, F_GETFD));
	SHOW(fcntl(fd, F_DUPFD, -1));
	SHOW(fcntl(fd, 9999));
	SHOW(close(999));
	SHOW(lseek(50, 1, SEEK_SET));
	SHOW(lseek(60, 0, SEEK_CUR)); // shared
	SHOW(close(50) | close(51) | close(60) | close(61));
	SHOW(syscall(SYS_close_range, 70, 60, 0));
	SHOW(dup2(fd, 70));
	SHOW(syscall(SYS_close_range, 70, 80, 0));
	SHOW(fcntl(70, F_GETFD));
	close(fd);
}

static void test_directories(void)
{
	char path[200];

	section("directories");
	mkdir("deep", 0755);
	mkdir("deep/er", 0755);
	SHOW(chdir("deep/er"));
	SHOW(getcwd(path, sizeof(path)) != NULL);
	printf("%s\n", path);
	SHOW(syscall(SYS_getcwd, path, 5));
	SHOW(chdir("../../f"));
	SHOW(chdir("none"));
	int fd = open("..", O_RDONLY);
	SHOW(fchdir(fd));
	SHOW(rmdir("er"));
	SHOW(mkdir("er", 0755));
	SHOW(chdir("er"));
	SHOW(rmdir("../er"));
	SHOW(syscall(SYS_getcwd, path, sizeof(path)));
	SHOW(closed(open("x", O_RDWR | O_CREAT, 0600)));
	SHOW(closed(open(".", O_RDONLY)));
	SHOW(chdir(".."));
	close(fd);
	SHOW(chdir(folder));
}

int main(void)
{
	start();
	if (system("rm -rf /tmp/abi-files") || mkdir(folder, 0755) || chdir(folder))
		return 1;
	umask(022);
	test_open();
	test_contents();
	test_names();
	test_attributes();
	test_permissions();
	test_listing();
	test_descriptors();
	test_directories();
	return system("rm -rf /tmp/abi-files");
}
