/* SPDX-License-Identifier: MIT */
/* flock and fcntl locks between processes: conflicts, splitting, who holds, when they go. */
#include "abi.h"

#include <pthread.h>
#include <sys/file.h>

static const char path[] = "/tmp/abi-locks";

static int lock(int fd, int command, int type, off_t start, off_t length)
{
	struct flock request = { .l_type = (short)type, .l_start = start, .l_len = length };
	return fcntl(fd, command, &request);
}

static void ask(int fd, const char *what, int type, off_t start, off_t length)
{
	struct flock request = { .l_type = (short)type, .l_start = start, .l_len = length };

	if (fcntl(fd, F_GETLK, &request) < 0)
		printf("%s: %s\n", what, strerror(errno));
	else if (request.l_type == F_UNLCK)
		printf("%s: free\n", what);
	else
		printf("%s: %s %ld + %ld, whence %d, by parent %d\n", what,
		       request.l_type == F_WRLCK ? "write" : "read", (long)request.l_start,
		       (long)request.l_len, request.l_whence, request.l_pid == getppid());
}

static void look(void)
{
	int fd = open(path, O_RDWR);

	ask(fd, "read 0 + 1", F_RDLCK, 0, 1);
	ask(fd, "write 0 + 1", F_WRLCK, 0, 1);
	ask(fd, "write 10 + 5", F_WRLCK, 10, 5);
	ask(fd, "write 15 + 5", F_WRLCK, 15, 5);
	ask(fd, "write all", F_WRLCK, 0, 0);
	ask(fd, "read all", F_RDLCK, 0, 0);
	SHOW(lock(fd, F_SETLK, F_WRLCK, 10, 1));
	SHOW(lock(fd, F_SETLK, F_RDLCK, 200, 1));
	SHOW(lock(fd, F_SETLK, F_WRLCK, 50, 1));
}

static void test_record_locks(void)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	section("record locks");
	SHOW(lock(fd, F_SETLK, F_WRLCK, 10, 10));
	SHOW(lock(fd, F_SETLK, F_RDLCK, 200, 100));
	in_child(look);
	SHOW(lock(fd, F_SETLK, F_UNLCK, 13, 2)); // splits it
	in_child(look);
	SHOW(lock(fd, F_SETLK, F_RDLCK, 11, 4));
	in_child(look);
	SHOW(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	in_child(look);
	SHOW(lock(fd, F_SETLK, F_WRLCK, 0, 0));
	close(open(path, O_RDONLY)); // any close of the file lets go of them all
	in_child(look);
	SHOW(lock(fd, F_SETLK, F_WRLCK, -5, 3));
	SHOW(lock(fd, F_SETLK, F_WRLCK, 20, -5));
	in_child(look);
	SHOW(lock(fd, F_SETLK, 99, 0, 1));
	SHOW(fcntl(fd, F_SETLK, (void *)8));
	SHOW(fcntl(fd, F_GETLK, NULL));
	close(fd);
	fd = open(path, O_RDONLY);
	SHOW(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	SHOW(lock(fd, F_SETLK, F_RDLCK, 0, 1));
	close(fd);
	SHOW(lock(fd, F_SETLK, F_RDLCK, 0, 1));
}

static void ignore(int number)
{
	(void)number;
}

static void wait_for_lock(void)
{
	struct sigaction action = { .sa_handler = ignore };
	int fd = open(path, O_RDWR);

	sigaction(SIGALRM, &action, NULL);
	ualarm(30000, 0);
	SHOW(lock(fd, F_SETLKW, F_WRLCK, 0, 1));
	alarm(20);
	SHOW(lock(fd, F_SETLKW, F_WRLCK, 0, 1));
}

static void test_waiting(void)
{
	int fd = open(path, O_RDWR), status;

	section("waiting");
	SHOW(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	pid_t child = fork();
	if (child == 0) {
		wait_for_lock();
		_exit(0);
	}
	pause_ms(200);
	SHOW(waitpid(child, &status, WNOHANG));
	lock(fd, F_SETLK, F_UNLCK, 0, 1); // both print from here on
	CHECK(waitpid(child, &status, 0) == child);
	show_status("waiter", status);
	close(fd);
}

static int waiting_fd;

static void *lock_and_wait(void *unused)
{
	(void)unused;
	return (void *)(long)lock(waiting_fd, F_SETLKW, F_WRLCK, 0, 1);
}

/* A lock that comes after its descriptor was closed would have nobody to give it up. */
static void test_closed_meanwhile(void)
{
	int holder = open(path, O_RDWR), pipes[2];
	pthread_t thread;
	void *result;
	char byte;

	section("closed while it waits");
	waiting_fd = open(path, O_RDWR);
	if (pipe(pipes))
		return;
	pid_t child = fork();
	if (child == 0) {
		close(pipes[1]);
		lock(holder, F_SETLK, F_WRLCK, 0, 1);
		while (read(pipes[0], &byte, 1) > 0) {
		}
		_exit(0);
	}
	close(pipes[0]);
	pause_ms(100); // the child has the lock by then
	pthread_create(&thread, NULL, lock_and_wait, NULL);
	pause_ms(100); // the thread waits by then
	close(waiting_fd);
	close(pipes[1]);
	pthread_join(thread, &result);
	printf("lock %ld\n", (long)result);
	waitpid(child, NULL, 0);
	child = fork();
	if (child == 0) {
		ask(open(path, O_RDWR), "write 0 + 1", F_WRLCK, 0, 1);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	close(holder);
}

static void test_deadlock(void)
{
	int fd = open(path, O_RDWR), status, ready[2];
	char byte;

	section("deadlock");
	if (pipe(ready) < 0)
		return;
	SHOW(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	pid_t child = fork();
	if (child == 0) {
		lock(fd, F_SETLK, F_WRLCK, 5, 1);
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		_exit(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 3 : 4);
	}
	if (read(ready[0], &byte, 1) != 1)
		return;
	pause_ms(100);
	SHOW(lock(fd, F_SETLKW, F_WRLCK, 5, 1));
	lock(fd, F_SETLK, F_UNLCK, 0, 0);
	waitpid(child, &status, 0);
	show_status("child", status);
	close(fd);
	close(ready[0]);
	close(ready[1]);
}

static void try_flock(void)
{
	int fd = open(path, O_RDONLY);

	SHOW(flock(fd, LOCK_SH | LOCK_NB));
	SHOW(flock(fd, LOCK_EX | LOCK_NB));
}

static void test_flock(void)
{
	int fd = open(path, O_RDWR), other = open(path, O_RDWR);

	section("flock");
	SHOW(flock(fd, LOCK_EX));
	SHOW(flock(fd, LOCK_EX));
	SHOW(flock(other, LOCK_SH | LOCK_NB));
	in_child(try_flock);
	SHOW(flock(fd, LOCK_SH));
	SHOW(flock(other, LOCK_SH | LOCK_NB));
	SHOW(flock(other, LOCK_EX | LOCK_NB));
	in_child(try_flock);
	int copy = dup(fd);
	close(fd); // the copy holds on
	SHOW(flock(other, LOCK_EX | LOCK_NB));
	close(copy);
	SHOW(flock(other, LOCK_EX | LOCK_NB));
	SHOW(flock(other, LOCK_UN));
	in_child(try_flock);
	SHOW(flock(other, 7));
	SHOW(flock(-1, LOCK_EX));
	close(other);
}

static void test_open_file_locks(void)
{
	int fd = open(path, O_RDWR), other = open(path, O_RDWR);
	struct flock request = { .l_type = F_WRLCK, .l_start = 5, .l_len = 5 };

	section("open file description locks");
	SHOW(fcntl(fd, F_OFD_SETLK, &request));
	SHOW(fcntl(other, F_OFD_SETLK, &request));
	SHOW(fcntl(other, F_OFD_GETLK, &request));
	printf("type %d pid %d\n", request.l_type, request.l_pid);
	request = (struct flock){ .l_type = F_WRLCK, .l_len = 5, .l_pid = 1 };
	SHOW(fcntl(fd, F_OFD_SETLK, &request));
	close(fd);
	request = (struct flock){ .l_type = F_WRLCK, .l_start = 5, .l_len = 5 };
	SHOW(fcntl(other, F_OFD_SETLK, &request));
	close(other);
}

int main(void)
{
	start();
	test_record_locks();
	test_waiting();
	test_closed_meanwhile();
	test_deadlock();
	test_flock();
	test_open_file_locks();
	unlink(path);
	return 0;
}
