/* SPDX-License-Identifier: MIT */
/*
 * PID 1 is the program of init= (or /init, /sbin/init, /bin/sh), with the arguments of the
 * module "argv" (strings, each with its NUL) or of the command line after "--". Words
 * NAME=VALUE that the kernel does not know become its environment, as on Linux.
 */
#include "core/start_init.h"

#include "arch/cpu.h"
#include "core/kmain.h"
#include "core/boot_info.h"
#include "core/command_line.h"
#include "core/command_line_private.h"
#include "core/log.h"
#include "fs/mount.h"
#include "fs/operations.h"
#include "fs/vfs.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/layout.h"
#include "mm/slab.h"
#include "proc/exec.h"
#include "proc/task.h"

enum { ENVIRONMENT_MAX = 64 };

static char
	*argument_text; /* the argv module's strings; NULL: none. Kept: PID 1 may be tried again */
static size_t argument_text_size;
uint64_t boot_init_timestamp; /* TSC when PID 1 is about to run; `make bench` */

static const char *const kernel_words[] = { "console",	"init",	 "selftest", "trace", "kgdb",
					    "kgdbwait", "panic", "maxcpus",  "seed",  "clock" };

void start_init_keep_arguments(void)
{
	for (uint32_t i = 0; i < boot_info.module_count; i++) {
		const struct boot_module *module = &boot_info.modules[i];
		size_t size = module->end - module->start;
		if (strcmp(module->name, "argv") != 0 || size == 0)
			continue;
		argument_text = kmalloc(size + 1);
		if (!argument_text)
			panic("no memory for PID 1's arguments");
		memcpy(argument_text, physical_to_virtual(module->start), size);
		argument_text_size = size;
	}
}

/* Without the program's own name. */
static size_t count_arguments(void)
{
	size_t count = 0;

	if (!argument_text)
		return command_line.argument_count;
	for (size_t at = 0; at < argument_text_size; at += strlen(argument_text + at) + 1)
		count++;
	return count;
}

/* Zeroed room for the program's name first, and the end. */
static const char **collect_arguments(void)
{
	size_t count = count_arguments(), at = 0;
	const char **arguments = knew_array(const char *, count + 2);

	if (!arguments)
		panic("no memory for PID 1's arguments");
	for (size_t i = 0; i < count; i++) {
		arguments[i + 1] = argument_text ? argument_text + at : command_line.arguments[i];
		at += argument_text ? strlen(argument_text + at) + 1 : 0;
	}
	return arguments;
}

static bool is_kernel_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_words); i++) {
		size_t length = strlen(kernel_words[i]);
		if (strncmp(word, kernel_words[i], length) == 0 &&
		    (word[length] == '\0' || word[length] == '='))
			return true;
	}
	return false;
}

static void collect_environment(const char **environment)
{
	uint32_t count = 0;

	environment[count++] = "HOME=/";
	environment[count++] = "TERM=linux";
	for (uint32_t i = 0; i < command_line.word_count && count < ENVIRONMENT_MAX - 1; i++) {
		const char *word = command_line.words[i];
		if (!strchr(word, '=') || is_kernel_word(word))
			continue;
		if (string_starts_with(word, "TERM="))
			environment[1] = word;
		else
			environment[count++] = word;
	}
}

static int try_program(const char *path, const char **arguments, const char *const *environment)
{
	struct exec_arguments strings;

	arguments[0] = path;
	int error = exec_arguments_from_kernel(&strings, arguments, environment);
	if (error)
		return error;
	error = process_execute(path, &strings);
	exec_arguments_free(&strings);
	return error;
}

/* As Linux's CONFIG_DEVTMPFS_MOUNT, so that PID 1 has a console whatever the archive holds. */
static void mount_devices(void)
{
	int error = vfs_make_directory(AT_FDCWD, "/dev", 0755);

	if (!error || error == -EEXIST)
		error = mount_file_system("devtmpfs", "/dev", "devtmpfs", 0, "");
	if (error)
		log_line("warning: /dev cannot be mounted (%d)", error);
}

static void open_console(void)
{
	struct file *file = file_open("/dev/console", O_RDWR, 0);

	if (is_error(file)) {
		log_line("warning: /dev/console cannot be opened (%ld)", pointer_error(file));
		return;
	}
	for (int i = 0; i < 3; i++) {
		file_get(file);
		if (file_table_install(file, 0, false) < 0)
			file_put(file);
	}
	file_put(file);
}

int start_init_execute(void)
{
	static const char *const usual[] = { "/init", "/sbin/init", "/etc/init", "/bin/init",
					     "/bin/sh" };
	const char **arguments = collect_arguments();
	const char **environment = knew_array(const char *, ENVIRONMENT_MAX);
	const char *wanted = command_line_value("init");
	int error = -ENOENT;

	if (!environment)
		panic("no memory for PID 1's environment");
	collect_environment(environment);
	mount_devices();
	open_console();
	if (wanted) {
		error = try_program(wanted, arguments, environment);
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(usual) && error; i++)
			error = try_program(usual[i], arguments, environment);
	}
	if (error)
		panic("no program for PID 1: %s failed (error %d)",
		      wanted ? wanted : "every usual one", -error);
	kfree(arguments);
	kfree(environment);
	boot_init_timestamp = cpu_timestamp();
	log_line("PID 1 after %lu TSC ticks", boot_init_timestamp - boot_kmain_timestamp);
	return 0;
}
