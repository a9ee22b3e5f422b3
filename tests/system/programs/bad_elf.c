/* SPDX-License-Identifier: MIT */
/*
 * Executes hostile program files, one kind after the other, and prints what execve said to
 * each. A good file, from which each kind differs in one thing, comes first. All is done
 * twice; what the kernel has allocated after the second time must be what it had after the
 * first (/proc/allocsites), and what differs is printed.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BASE = 0x400000,
	PAGE = 4096,
	HEADERS = 4, /* room for that many program headers */
	GOOD_STATUS = 7,
	SITES_SIZE = 1 << 17,
};

static const char path[] = "/tmp/bad_elf_file";

static struct image {
	Elf64_Ehdr header;
	Elf64_Phdr entries[HEADERS];
	char interpreter[64];
	uint8_t code[64];
} image;
static size_t image_size;

static void make_good_image(void)
{
	/* exit(GOOD_STATUS) */
	static const uint8_t code[] = { 0xb8, 60, 0, 0, 0, 0xbf, GOOD_STATUS, 0, 0, 0, 0x0f, 0x05 };

	image = (struct image){
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_entry = BASE + offsetof(struct image, code),
			.e_phoff = offsetof(struct image, entries),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1,
		},
		.entries = { {
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_X,
			.p_vaddr = BASE,
			.p_filesz = sizeof(struct image),
			.p_memsz = sizeof(struct image),
			.p_align = PAGE,
		} },
	};
	memcpy(image.code, code, sizeof(code));
	image_size = sizeof(image);
}

static void add_load(uint64_t address)
{
	Elf64_Phdr *entry = &image.entries[image.header.e_phnum++];
	*entry = image.entries[0];
	entry->p_vaddr = address;
}

static void add_interpreter(const char *name, uint64_t size)
{
	Elf64_Phdr *entry = &image.entries[image.header.e_phnum++];
	*entry = (Elf64_Phdr){ .p_type = PT_INTERP,
			       .p_offset = offsetof(struct image, interpreter),
			       .p_filesz = size };
	strcpy(image.interpreter, name);
}

static void make_script(const char *line)
{
	image_size = strlen(line);
	memcpy(&image, line, image_size);
}

#define HEADER image.header
#define ENTRY  image.entries[0]
#define KINDS(X)                                                                      \
	X("nothing at all", image_size = 0)                                           \
	X("half a magic", image_size = 2)                                             \
	X("the identification only", image_size = EI_NIDENT)                          \
	X("half a header", image_size = sizeof(Elf64_Ehdr) / 2)                       \
	X("no program headers behind the header", image_size = sizeof(Elf64_Ehdr))    \
	X("another magic", HEADER.e_ident[EI_MAG1] = 'e')                             \
	X("32 bits", HEADER.e_ident[EI_CLASS] = ELFCLASS32)                           \
	X("big endian", HEADER.e_ident[EI_DATA] = ELFDATA2MSB)                        \
	X("for another machine", HEADER.e_machine = EM_AARCH64)                       \
	X("an object file", HEADER.e_type = ET_REL)                                   \
	X("a core file", HEADER.e_type = ET_CORE)                                     \
	X("short program headers", HEADER.e_phentsize = sizeof(Elf64_Phdr) - 1)       \
	X("no program headers", HEADER.e_phnum = 0)                                   \
	X("65535 program headers", HEADER.e_phnum = UINT16_MAX)                       \
	X("program headers behind the end", HEADER.e_phoff = 1 << 20)                 \
	X("program headers at the end of the world", HEADER.e_phoff = -8ull)          \
	X("more in the file than in memory", ENTRY.p_memsz = 16)                      \
	X("data behind the end of the file", ENTRY.p_offset = 16 * PAGE)              \
	X("data at the end of the world", ENTRY.p_offset = -(uint64_t)PAGE)           \
	X("more data than there are numbers", ENTRY.p_filesz = ENTRY.p_memsz = -1ull) \
	X("memory around the end of the world", ENTRY.p_memsz = -(uint64_t)BASE)      \
	X("an address of the kernel", ENTRY.p_vaddr = 0xffffffff80000000)             \
	X("an address in the hole", ENTRY.p_vaddr = 1ull << 47)                       \
	X("memory into the hole", ENTRY.p_memsz = 1ull << 47)                         \
	X("the null page", ENTRY.p_vaddr = 0)                                         \
	X("not congruent to the file", ENTRY.p_vaddr = BASE + 8)                      \
	X("no segment", ENTRY.p_type = PT_NOTE)                                       \
	X("segments in descending order", add_load(BASE - 16 * PAGE))                 \
	X("one segment over another", add_load(BASE))                                 \
	X("an entry outside of the segments", HEADER.e_entry = BASE + 16 * PAGE)      \
	X("an entry in the kernel", HEADER.e_entry = 0xffffffff80000000)              \
	X("an interpreter that is not there", add_interpreter("/no/such", 9))         \
	X("an interpreter that is a folder", add_interpreter("/tmp", 5))              \
	X("an interpreter without an end", add_interpreter("/tmp/x", 5))              \
	X("an interpreter without a name", add_interpreter("", 0))                    \
	X("an interpreter of a gigabyte", add_interpreter("/x", 1 << 30))             \
	X("two interpreters", (add_interpreter("/a", 3), add_interpreter("/b", 3)))   \
	X("a script without an interpreter", make_script("#!\n"))                     \
	X("a script of an absent interpreter", make_script("#!/no/such\n"))           \
	X("a script that interprets itself", make_script("#!/tmp/bad_elf_file\n"))

#define NAME(name_, change_) name_,
static const char *const kinds[] = { KINDS(NAME) };

/* Make the good image one of kind `number`. */
static void change_image(size_t number)
{
	size_t at = 0;
#define CHANGE(name_, change_) \
	if (at++ == number) {  \
		change_;       \
	}
	KINDS(CHANGE)
}

static void write_file(void)
{
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0755);
	if (fd < 0 || write(fd, &image, image_size) != (ssize_t)image_size) {
		perror(path);
		exit(1);
	}
	close(fd);
}

/* What becomes of a process that executes the file. */
static void execute(char *text, size_t size)
{
	int status, fds[2], error = 0;
	char *const arguments[] = { "bad_elf_file", NULL };

	if (pipe2(fds, O_CLOEXEC) < 0)
		exit(1);
	pid_t child = fork();
	if (child == 0) {
		execve(path, arguments, NULL);
		error = errno;
		if (write(fds[1], &error, sizeof(error)) < 0)
			_exit(2);
		_exit(1);
	}
	close(fds[1]);
	ssize_t got = read(fds[0], &error, sizeof(error));
	close(fds[0]);
	waitpid(child, &status, 0);
	if (got == sizeof(error))
		snprintf(text, size, "%s", strerror(error));
	else if (WIFSIGNALED(status))
		snprintf(text, size, "killed by signal %d", WTERMSIG(status));
	else
		snprintf(text, size, "executed, status %d", WEXITSTATUS(status));
}

static void execute_all(int prints)
{
	char text[128];

	make_good_image();
	write_file();
	execute(text, sizeof(text));
	if (prints)
		printf("a good file: %s\n", text);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		make_good_image();
		change_image(i);
		write_file();
		execute(text, sizeof(text));
		if (prints)
			printf("%s: %s\n", kinds[i], text);
	}
	unlink(path);
}

static void read_sites(char *text)
{
	size_t size = 0;
	ssize_t got;
	int fd = open("/proc/allocsites", O_RDONLY);

	while (fd >= 0 && (got = read(fd, text + size, SITES_SIZE - 1 - size)) > 0)
		size += (size_t)got;
	text[size] = '\0';
	close(fd);
}

static void print_difference(char *before, char *after)
{
	char *save_before, *save_after;
	char *old = strtok_r(before, "\n", &save_before);
	char *new = strtok_r(after, "\n", &save_after);

	for (; old && new;
	     old = strtok_r(NULL, "\n", &save_before), new = strtok_r(NULL, "\n", &save_after))
		if (strcmp(old, new) != 0)
			printf("leaked: %s, before %s\n", new, old);
}

int main(void)
{
	static char before[SITES_SIZE], after[SITES_SIZE];

	read_sites(before);
	execute_all(1);
	read_sites(before);
	execute_all(0);
	read_sites(after);
	print_difference(before, after);
	return 0;
}
