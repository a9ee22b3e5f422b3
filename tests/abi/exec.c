/* SPDX-License-Identifier: MIT */
/* execve: arguments and their limits, scripts, what is kept and what is reset, auxv. */
#include "abi.h"

#include <elf.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static char own_path[256];

static void put_script(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	fchmod(fd, mode);
	close(fd);
}

static void run(const char *what, const char *path, char *const argv[], char *const envp[])
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execve(path, argv, envp);
		printf("%s: %s\n", what, strerror(errno));
		_exit(126);
	}
	waitpid(child, &status, 0);
	show_status(what, status);
}

/* Run as "exec show ...": tells what it was given. */
static int show_arguments(int argc, char **argv, char **envp)
{
	printf("argc %d:", argc);
	for (int i = 0; i < argc && i < 8; i++)
		printf(" [%.40s]", strrchr(argv[i], '/') ? strrchr(argv[i], '/') : argv[i]);
	printf("\nenvironment:");
	for (int i = 0; envp[i] && i < 8; i++)
		printf(" [%.40s]", envp[i]);
	printf("\n");
	return argc;
}

static int show_kept(void)
{
	sigset_t mask, pending;
	struct sigaction action;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigpending(&pending);
	printf("blocked %d pending %d", sigismember(&mask, SIGUSR1),
	       sigismember(&pending, SIGUSR1));
	sigaction(SIGUSR2, NULL, &action);
	printf(" handled->default %d", action.sa_handler == SIG_DFL);
	sigaction(SIGHUP, NULL, &action);
	printf(" ignored %d\n", action.sa_handler == SIG_IGN);
	SHOW(fcntl(20, F_GETFD));
	SHOW(fcntl(21, F_GETFD));
	stack_t stack;
	sigaltstack(NULL, &stack);
	printf("alternate stack %d\n", stack.ss_flags == SS_DISABLE);
	char name[16];
	prctl(PR_GET_NAME, name);
	printf("name %s\n", name);
	printf("umask %o\n", umask(0));
	return 0;
}

static int show_auxv(void)
{
	extern const char __ehdr_start[] __attribute__((weak));
	const char *random = (const char *)getauxval(AT_RANDOM);

	printf("page %lu clock %lu secure %lu base %lu flags %lu\n", getauxval(AT_PAGESZ),
	       getauxval(AT_CLKTCK), getauxval(AT_SECURE), getauxval(AT_BASE), getauxval(AT_FLAGS));
	printf("uid %lu %lu gid %lu %lu\n", getauxval(AT_UID), getauxval(AT_EUID),
	       getauxval(AT_GID), getauxval(AT_EGID));
	printf("phent %lu phdr %d\n", getauxval(AT_PHENT),
	       __ehdr_start ? getauxval(AT_PHDR) == (unsigned long)__ehdr_start + sizeof(Elf64_Ehdr)
			    : 1);
	printf("execfn %s platform %s\n", strrchr((char *)getauxval(AT_EXECFN), '/'),
	       (char *)getauxval(AT_PLATFORM));
	int is_random = 0;
	for (int i = 0; random && i < 16; i++)
		is_random |= random[i];
	printf("random %d\n", is_random != 0);
	return 0;
}

static void test_arguments(void)
{
	char *plain[] = { own_path, "show", "one", "", "three", NULL };
	char *none[] = { NULL };
	char *environment[] = { "A=1", "B=", "odd", NULL };

	section("arguments");
	run("plain", own_path, plain, environment);
	run("no environment", own_path, plain, none);
	run("NULL environment", own_path, plain, NULL);
	run("bad argument", own_path, (char *const[]){ own_path, (char *)8, NULL }, NULL);
	char **volatile bad = (char **)8;
	run("bad vector", own_path, bad, NULL);
	run("bad path", (char *)8, plain, NULL);
	run("empty path", "", plain, NULL);
	run("missing", "/tmp/none", plain, NULL);
	run("directory", "/tmp", plain, NULL);
	run("through a file", "/etc/passwd/x", plain, NULL);
}

static void test_limits(void)
{
	char *large = malloc((128 << 10) + 10), *half = malloc(100000);
	char *many[120];

	section("limits");
	memset(large, 'x', (128 << 10) + 9);
	large[(128 << 10) - 1] = '\0';
	run("128 KiB with NUL", own_path, (char *const[]){ own_path, "show", large, NULL }, NULL);
	large[(128 << 10) - 1] = 'x';
	large[128 << 10] = '\0';
	run("one byte more", own_path, (char *const[]){ own_path, "show", large, NULL }, NULL);
	memset(half, 'y', 99999);
	half[99999] = '\0';
	many[0] = own_path, many[1] = "show";
	for (int i = 2; i < 119; i++)
		many[i] = half;
	many[15] = NULL;
	run("1.3 MB", own_path, many, NULL);
	many[15] = half;
	many[118] = NULL;
	run("11 MB", own_path, many, NULL);
	free(large);
	free(half);
}

static void test_scripts(void)
{
	char *argv[] = { "script-name", "x y", NULL };
	char line[600];

	section("scripts");
	snprintf(line, sizeof(line), "#!%s show\nbody\n", own_path);
	put_script("/tmp/abi-exec-1", line, 0755);
	run("script", "/tmp/abi-exec-1", argv, NULL);
	snprintf(line, sizeof(line), "#! \t%s   show  two words \t\n", own_path);
	put_script("/tmp/abi-exec-1", line, 0755);
	run("blanks", "/tmp/abi-exec-1", argv, NULL);
	snprintf(line, sizeof(line), "#!%s", own_path);
	put_script("/tmp/abi-exec-1", line, 0755);
	run("no newline", "/tmp/abi-exec-1", (char *const[]){ "a", "show", NULL }, NULL);
	put_script("/tmp/abi-exec-1", "#!/tmp/none\n", 0755);
	run("missing interpreter", "/tmp/abi-exec-1", argv, NULL);
	put_script("/tmp/abi-exec-1", "#!\n", 0755);
	run("no interpreter", "/tmp/abi-exec-1", argv, NULL);
	put_script("/tmp/abi-exec-1", "", 0755);
	run("empty", "/tmp/abi-exec-1", argv, NULL);
	put_script("/tmp/abi-exec-1", "echo no\n", 0755);
	run("text", "/tmp/abi-exec-1", argv, NULL);
	snprintf(line, sizeof(line), "#!%s show\n", own_path);
	put_script("/tmp/abi-exec-1", line, 0644);
	run("not executable", "/tmp/abi-exec-1", argv, NULL);
	put_script("/tmp/abi-exec-1", line, 0755);
	put_script("/tmp/abi-exec-2", "#!/tmp/abi-exec-1 nested\n", 0755);
	run("nested", "/tmp/abi-exec-2", argv, NULL);
	put_script("/tmp/abi-exec-2", "#!/tmp/abi-exec-2\n", 0755);
	run("endless", "/tmp/abi-exec-2", argv, NULL);
	memset(line, 'i', sizeof(line));
	memcpy(line, "#!/tmp/", 7);
	line[599] = '\0';
	put_script("/tmp/abi-exec-2", line, 0755);
	run("long line", "/tmp/abi-exec-2", argv, NULL);
	unlink("/tmp/abi-exec-1");
	unlink("/tmp/abi-exec-2");
}

static void handler(int number)
{
	(void)number;
}

static void run_kept(void)
{
	sigset_t mask;
	stack_t stack = { .ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ };

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGUSR1);
	signal(SIGUSR2, handler);
	signal(SIGHUP, SIG_IGN);
	sigaltstack(&stack, NULL);
	dup2(1, 20);
	dup2(1, 21);
	fcntl(21, F_SETFD, FD_CLOEXEC);
	umask(031);
	prctl(PR_SET_NAME, "another");
	execl(own_path, "zero", "kept", NULL);
}

static void test_kept(void)
{
	section("kept and reset");
	show_status("kept", in_child(run_kept));
	run("auxv", own_path, (char *const[]){ "x", "auxv", NULL }, NULL);
}

static void *exec_from_thread(void *unused)
{
	(void)unused;
	execle(own_path, "from-thread", "show", NULL, (char *const[]){ NULL });
	return NULL;
}

static void *sleep_forever(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

static void run_from_thread(void)
{
	pthread_t thread;
	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, sleep_forever, NULL);
	pthread_create(&thread, NULL, exec_from_thread, NULL);
	sleep_forever(NULL);
}

static void test_threads(void)
{
	int status;

	section("exec in a thread");
	pid_t child = fork();
	if (child == 0)
		run_from_thread();
	CHECK(waitpid(child, &status, 0) == child);
	show_status("thread", status);
}

int main(int argc, char **argv, char **envp)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	if (argc > 1 && strcmp(argv[1], "kept") == 0)
		return show_kept();
	if (argc > 1 && strcmp(argv[1], "auxv") == 0)
		return show_auxv();
	if (argc > 1)
		return show_arguments(argc, argv, envp);
	start();
	if (readlink("/proc/self/exe", own_path, sizeof(own_path) - 1) < 0)
		return 1;
	test_arguments();
	test_limits();
	test_scripts();
	test_kept();
	test_threads();
	return 0;
}
