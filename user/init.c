/* SPDX-License-Identifier: MIT */
/*
 * PID 1. With arguments it runs them as a command whose standard files are the debug link's
 * (or the console's, VITRINE_STDIO=console); without, a login shell on the console. It reaps
 * every orphan, and when its own child has ended it tells the host the status, as a shell
 * would count it, and switches the machine off.
 *
 * Limits: a command's orphans are killed by the power-off, as in a container.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_CANNOT_EXECUTE = 126, STATUS_NOT_FOUND = 127, STATUS_SIGNAL = 128 };

static const char usual_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static void complain(const char *what)
{
	fprintf(stderr, "vitrine-init: %s: %s\n", what, strerror(errno));
}

/* What the root file system already has mounted stays as it is. */
static void mount_usual(const char *type, const char *folder)
{
	if (mkdir(folder, 0755) < 0 && errno != EEXIST && errno != EROFS)
		complain(folder);
	if (mount(type, folder, type, 0, NULL) < 0 && errno != EBUSY)
		complain(folder);
}

/* A descriptor below 3 that is closed would be taken by the next file that is opened. */
static void ensure_standard_files(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		int opened = open("/dev/console", O_RDWR);
		if (opened < 0)
			opened = open("/dev/null", O_RDWR);
		if (opened >= 0 && opened != fd) {
			dup2(opened, fd);
			close(opened);
		}
	}
}

static bool open_as(const char *path, int flags, int fd)
{
	int opened = open(path, flags | O_NOCTTY);

	if (opened < 0) {
		complain(path);
		return false;
	}
	if (opened != fd) {
		dup2(opened, fd);
		close(opened);
	}
	return true;
}

static void use_link(void)
{
	open_as("/dev/link/stdin", O_RDONLY, 0);
	open_as("/dev/link/stdout", O_WRONLY, 1);
	open_as("/dev/link/stderr", O_WRONLY, 2);
}

static void set_window_size(void)
{
	const char *rows = getenv("VITRINE_ROWS"), *columns = getenv("VITRINE_COLS");
	struct winsize size = { 0 };

	if (!rows || !columns)
		return;
	size.ws_row = (unsigned short)atoi(rows);
	size.ws_col = (unsigned short)atoi(columns);
	if (ioctl(0, TIOCSWINSZ, &size) < 0)
		complain("window size of the console");
}

static void use_console(void)
{
	for (int fd = 0; fd < 3; fd++)
		open_as("/dev/console", O_RDWR, fd);
	if (ioctl(0, TIOCSCTTY, 0) < 0)
		complain("the console as controlling terminal");
	set_window_size();
}

static void set_environment(void)
{
	setenv("PATH", usual_path, 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "dumb", 0);
	if (chdir("/root") < 0 && chdir("/") < 0)
		complain("/");
	char folder[64];
	if (getcwd(folder, sizeof(folder)))
		setenv("PWD", folder, 1);
	unsetenv("VITRINE_STDIO");
	unsetenv("VITRINE_ROWS");
	unsetenv("VITRINE_COLS");
}

/* In the child: become the command, or end with the status that a shell would give. */
static _Noreturn void become_command(const char *path, char *const arguments[])
{
	execvp(path, arguments);
	int error = errno;
	const char *reason = error == ENOENT ? "not found" : strerror(error);
	fprintf(stderr, "%s: %s\n", path, reason);
	_exit(error == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXECUTE);
}

static pid_t start_command(char *const arguments[])
{
	const char *stdio = getenv("VITRINE_STDIO");
	bool is_on_link = stdio && strcmp(stdio, "link") == 0;
	char *const shell[] = { "-sh", NULL };

	pid_t child = fork();
	if (child != 0)
		return child;
	setsid();
	if (arguments[0] && is_on_link)
		use_link();
	else
		use_console();
	set_environment();
	if (arguments[0])
		become_command(arguments[0], arguments);
	become_command("/bin/sh", shell);
}

/* Collect every child that ends, until the command does; its status as a shell counts. */
static int reap_until(pid_t command)
{
	for (;;) {
		int status;
		pid_t ended = wait(&status);
		if (ended < 0 && errno != EINTR) {
			complain("wait");
			return STATUS_CANNOT_EXECUTE;
		}
		if (ended != command)
			continue;
		return WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static void report_status(int status)
{
	int fd = open("/dev/link/exit", O_WRONLY);

	if (fd < 0 || dprintf(fd, "%d", status) < 0)
		complain("/dev/link/exit");
}

int main(int count, char *arguments[])
{
	(void)count;
	mount_usual("devtmpfs", "/dev");
	ensure_standard_files();
	mount_usual("proc", "/proc");
	mount_usual("tmpfs", "/tmp");
	chmod("/tmp", 01777);

	pid_t command = start_command(arguments + 1);
	int status = STATUS_CANNOT_EXECUTE;
	if (command < 0)
		complain("fork");
	else
		status = reap_until(command);
	report_status(status);
	sync();
	reboot(RB_POWER_OFF);
	complain("power off");
	for (;;)
		pause();
}
