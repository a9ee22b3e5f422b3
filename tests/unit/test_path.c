/* SPDX-License-Identifier: MIT */
/*
 * Paths over tmpfs: walking, opening, making and removing, mount points. The errors are those
 * of Linux 6.1; tests/abi/path.c asks Linux itself. Every object that a test makes is counted,
 * and must be gone when its tree is.
 */
#include "fs/device.h"
#include "fs/eventpoll.h"
#include "fs/file_lock.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/operations.h"
#include "fs/page_cache.h"
#include "fs/path.h"
#include "fs/pipe.h"
#include "fs/tmpfs/tmpfs.h"
#include "fs/tmpfs/tmpfs_private.h"
#include "harness.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/task.h"

#include <stdio.h>
#include <string.h>

enum { BAD_DESCRIPTOR = 99, GOOD_DESCRIPTOR = 3 };

/* ---- what lies below and beside ---- */

static long live_objects;
static long allocations_left = -1; /* before memory is out; -1: never */

static void *allocate(size_t size)
{
	if (allocations_left == 0)
		return NULL;
	allocations_left -= allocations_left > 0;
	live_objects++;
	return __builtin_calloc(1, size); // <stdlib.h> and Linux's headers do not go together
}

void slab_cache_init(struct slab_cache *cache, const char *name, uint32_t object_size,
		     uint32_t alignment)
{
	*cache = (struct slab_cache){ .name = name, .object_size = object_size };
	cache->alignment = alignment;
}

void *slab_allocate_at(struct slab_cache *cache, const struct alloc_site *site)
{
	(void)site;
	return allocate(cache->object_size);
}

void slab_free(struct slab_cache *cache, void *object)
{
	(void)cache;
	kfree(object);
}

void *kmalloc_at(size_t size, const struct alloc_site *site)
{
	(void)site;
	return allocate(size);
}

void kfree(void *object)
{
	live_objects -= object != NULL;
	__builtin_free(object);
}

struct page_cache *page_cache_create(void)
{
	return allocate(1);
}

uint64_t page_cache_room(void)
{
	return UINT64_MAX;
}

void page_cache_destroy(struct page_cache *cache)
{
	kfree(cache);
}

nanoseconds_t time_wall_clock(void)
{
	return 0;
}

long copy_string_from_user(char *to, const char __user *from, size_t size)
{
	size_t length = strnlen(from, size);
	if (length == size)
		return -ENAMETOOLONG;
	memcpy(to, from, length + 1);
	return (long)length;
}

void epoll_forget_file(struct file *file)
{
	(void)file;
}

void file_lock_release(const struct inode *inode, const void *owner)
{
	(void)inode, (void)owner;
}

const struct file_operations *character_device_operations(uint64_t device)
{
	(void)device;
	return NULL;
}

const struct file_operations fifo_file_operations;

void iov_iter_init_kernel(struct iov_iter *iter, void *buffer, size_t size)
{
	(void)iter, (void)buffer, (void)size;
}

static int set_size(struct inode *inode, uint64_t size)
{
	inode->size = size;
	return 0;
}

const struct inode_operations tmpfs_data_inode_operations = { .set_size = set_size };
const struct file_operations tmpfs_data_file_operations;

void tmpfs_get_attributes(struct inode *inode, uint64_t *blocks, uint32_t *block_size)
{
	(void)inode, (void)blocks, (void)block_size;
}

static struct file *open_descriptor; /* what GOOD_DESCRIPTOR is */

struct file *file_table_lookup(int descriptor)
{
	if (descriptor != GOOD_DESCRIPTOR || !open_descriptor)
		return NULL;
	file_get(open_descriptor);
	return open_descriptor;
}

static struct mutex *held_mutexes;
static struct mutex **held(void)
{
	return &held_mutexes;
}
static const struct blocking_operations blocking = { .held = held };

static struct task task;

/* ---- the tree ---- */

static void make(const char *path, const char *target)
{
	int error;
	if (target) {
		error = vfs_symlink(target, AT_FDCWD, path);
	} else if (path[strlen(path) - 1] == '/') {
		error = vfs_make_directory(AT_FDCWD, path, 0755);
	} else {
		struct file *file = file_open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);
		error = is_error(file) ? (int)pointer_error(file) : 0;
		if (!error)
			file_put(file);
	}
	CHECK(error == 0);
}

/* A root that stays; each test mounts a tmpfs of its own on /t and works in it. */
static long start(void)
{
	if (!task.fs) {
		host_test_cpu->current = &task;
		blocking_operations = &blocking;
		inode_init();
		file_init();
		tmpfs_register();
		task.fs = fs_context_clone(NULL);
		CHECK(mount_file_system("none", "/", "tmpfs", 0, "") == 0);
		make("/t/", NULL);
	}
	long before = live_objects;
	CHECK(mount_file_system("none", "/t", "tmpfs", 0, "") == 0);
	struct path path;
	CHECK(path_lookup(AT_FDCWD, "/t", LOOKUP_FOLLOW, &path) == 0);
	fs_context_set(task.fs, &task.fs->working_directory, path);
	return before;
}

static void finish(long before)
{
	struct path path;
	CHECK(path_lookup(AT_FDCWD, "/", 0, &path) == 0);
	fs_context_set(task.fs, &task.fs->working_directory, path);
	CHECK(unmount_file_system("/t") == 0);
	CHECK(live_objects == before);
	CHECK(held_mutexes == NULL && host_test_cpu->preempt_count == 0);
}

static int look_up(const char *name, uint32_t flags)
{
	struct path path;
	int error = path_lookup(AT_FDCWD, name, flags, &path);
	if (!error)
		path_put(&path);
	return error;
}

/* Where a path leads, as the root sees it; "" when it leads nowhere. */
static const char *where(const char *name)
{
	static char buffer[PATH_MAX];
	struct path path;
	if (path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &path))
		return "";
	const char *text = path_format(&path, buffer, sizeof(buffer));
	path_put(&path);
	return is_error(text) ? "" : text;
}

static bool leads_to(const char *name, const char *expected)
{
	return strcmp(where(name), expected) == 0;
}

static int open_file(const char *name, uint32_t flags)
{
	struct file *file = file_open(name, flags, 0644);
	if (is_error(file))
		return (int)pointer_error(file);
	file_put(file);
	return 0;
}

/* ---- walking ---- */

TEST(test_dots_and_slashes_are_walked)
{
	long before = start();
	make("d/", NULL);
	make("d/e/", NULL);
	make("d/file", NULL);
	CHECK(leads_to(".", "/t"));
	CHECK(leads_to("/", "/"));
	CHECK(leads_to("//", "/"));
	CHECK(leads_to("/t//d///e", "/t/d/e"));
	CHECK(leads_to("d/./e/.", "/t/d/e"));
	CHECK(leads_to("d/e/..", "/t/d"));
	CHECK(leads_to("d/e/../../d/file", "/t/d/file"));
	CHECK(leads_to("/..", "/"));
	CHECK(leads_to("/../../t", "/t"));
	CHECK(leads_to("..", "/"));
	CHECK(leads_to("../t/d", "/t/d"));
	CHECK(look_up("d/none", 0) == -ENOENT);
	CHECK(look_up("none/..", 0) == -ENOENT);
	CHECK(look_up("", 0) == -ENOENT);
	CHECK(look_up("", LOOKUP_EMPTY) == 0);
	finish(before);
}

TEST(test_a_file_is_no_directory)
{
	long before = start();
	make("file", NULL);
	make("d/", NULL);
	make("to_file", "file");
	make("to_file_slash", "file/");
	make("to_dir_slash", "d/");
	CHECK(look_up("file/", 0) == -ENOTDIR);
	CHECK(look_up("file/.", 0) == -ENOTDIR);
	CHECK(look_up("file/..", 0) == -ENOTDIR);
	CHECK(look_up("file/x", 0) == -ENOTDIR);
	CHECK(look_up("file", LOOKUP_DIRECTORY) == -ENOTDIR);
	CHECK(look_up("to_file/", 0) == -ENOTDIR);
	CHECK(look_up("to_file_slash", LOOKUP_FOLLOW) == -ENOTDIR);
	CHECK(look_up("to_file_slash", 0) == 0);
	CHECK(look_up("to_dir_slash", LOOKUP_FOLLOW) == 0);
	CHECK(look_up("d/", 0) == 0);
	CHECK(look_up("d//", LOOKUP_DIRECTORY) == 0);
	finish(before);
}

TEST(test_links_are_followed_where_they_should_be)
{
	long before = start();
	make("d/", NULL);
	make("d/file", NULL);
	make("link", "d");
	make("absolute", "/t/d/file");
	make("d/up", "../d/./up2");
	make("d/up2", "file");
	make("dangling", "none");
	make("root", "/");
	CHECK(leads_to("link/file", "/t/d/file"));
	CHECK(leads_to("link", "/t/d"));
	CHECK(leads_to("absolute", "/t/d/file"));
	CHECK(leads_to("link/up", "/t/d/file"));
	CHECK(leads_to("root/t/link/../d", "/t/d"));
	CHECK(leads_to("link/..", "/t")); // of what it leads to
	CHECK(look_up("dangling", LOOKUP_FOLLOW) == -ENOENT);
	CHECK(look_up("dangling", 0) == 0);
	CHECK(look_up("dangling/", 0) == -ENOENT);
	CHECK(look_up("link/", 0) == 0);
	struct path path;
	CHECK(path_lookup(AT_FDCWD, "link", 0, &path) == 0 && S_ISLNK(path.dentry->inode->mode));
	path_put(&path);
	CHECK(path_lookup(AT_FDCWD, "link/", 0, &path) == 0 && S_ISDIR(path.dentry->inode->mode));
	path_put(&path);
	finish(before);
}

TEST(test_forty_links_are_followed_and_no_more)
{
	long before = start();
	char name[16], target[16];
	make("self", "self");
	make("a", "b");
	make("b", "a");
	make("l0", ".");
	for (int i = 1; i <= 40; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		make(name, target);
	}
	CHECK(look_up("self", LOOKUP_FOLLOW) == -ELOOP);
	CHECK(look_up("self", 0) == 0);
	CHECK(look_up("self/x", 0) == -ELOOP);
	CHECK(look_up("a", LOOKUP_FOLLOW) == -ELOOP);
	CHECK(look_up("l39", LOOKUP_FOLLOW) == 0); // itself and 39 more
	CHECK(look_up("l40", LOOKUP_FOLLOW) == -ELOOP);
	CHECK(look_up("l19/l19/x", 0) == -ENOENT);
	CHECK(look_up("l19/l20/x", 0) == -ELOOP);
	CHECK(open_file("self", O_CREAT | O_WRONLY) == -ELOOP);
	finish(before);
}

TEST(test_names_have_a_longest)
{
	long before = start();
	char name[PATH_MAX + 16];
	memset(name, 'n', sizeof(name));
	name[NAME_MAX] = '\0';
	make(name, NULL);
	CHECK(look_up(name, 0) == 0);
	strcpy(name + NAME_MAX, "n");
	CHECK(look_up(name, 0) == -ENAMETOOLONG);
	CHECK(open_file(name, O_CREAT | O_WRONLY) == -ENAMETOOLONG);
	CHECK(vfs_make_directory(AT_FDCWD, name, 0755) == -ENAMETOOLONG);
	strcpy(name + NAME_MAX, "n/x");
	CHECK(look_up(name, 0) == -ENAMETOOLONG);

	memset(name, '/', sizeof(name));
	strcpy(name + PATH_MAX - 1 - 2, ".");
	CHECK(look_up(name, 0) == 0);
	strcpy(name + PATH_MAX - 1 - 1, ".");
	CHECK(look_up(name, 0) == 0); // with its NUL it is PATH_MAX
	strcpy(name + PATH_MAX - 1, ".");
	CHECK(look_up(name, 0) == -ENAMETOOLONG);
	finish(before);
}

TEST(test_a_directory_is_searched_only_with_permission)
{
	long before = start();
	make("d/", NULL);
	make("d/file", NULL);
	struct path path;
	CHECK(path_lookup(AT_FDCWD, "d", 0, &path) == 0);
	path.dentry->inode->mode = S_IFDIR | 0744;
	path_put(&path);
	CHECK(look_up("d/file", 0) == 0);
	task.credentials.fsuid = 1000;
	CHECK(look_up("d", 0) == 0);
	CHECK(look_up("d/file", 0) == -EACCES);
	CHECK(look_up("d/..", 0) == -EACCES);
	CHECK(look_up("d/.", 0) == -EACCES);
	CHECK(open_file("d/new", O_CREAT | O_WRONLY) == -EACCES);
	task.credentials.fsuid = 0;
	finish(before);
}

/* ---- relative to a descriptor ---- */

TEST(test_a_bad_descriptor_is_told_once)
{
	long before = start();
	struct path path;
	struct path_parent parent;
	CHECK(path_lookup(BAD_DESCRIPTOR, "x", 0, &path) == -EBADF);
	CHECK(path_lookup_parent(BAD_DESCRIPTOR, "x", &parent) == -EBADF);
	CHECK(vfs_make_directory(BAD_DESCRIPTOR, "x", 0755) == -EBADF);
	CHECK(vfs_unlink(BAD_DESCRIPTOR, "x") == -EBADF);
	CHECK(path_lookup(BAD_DESCRIPTOR, "/t", 0, &path) == 0); // not looked at
	path_put(&path);
	finish(before);
}

TEST(test_a_descriptor_is_where_the_walk_begins)
{
	long before = start();
	struct path path;
	make("d/", NULL);
	make("d/file", NULL);
	open_descriptor = file_open("d", O_PATH, 0);
	CHECK(!is_error(open_descriptor));
	CHECK(path_lookup(GOOD_DESCRIPTOR, "file", 0, &path) == 0);
	path_put(&path);
	CHECK(vfs_make_directory(GOOD_DESCRIPTOR, "made", 0755) == 0);
	CHECK(look_up("d/made", 0) == 0);
	file_put(open_descriptor);
	open_descriptor = file_open("d/file", O_PATH, 0);
	CHECK(path_lookup(GOOD_DESCRIPTOR, "x", 0, &path) == -ENOTDIR);
	CHECK(path_lookup(GOOD_DESCRIPTOR, "", LOOKUP_EMPTY, &path) == 0);
	CHECK(path.dentry == open_descriptor->path.dentry);
	path_put(&path);
	file_put(open_descriptor);
	open_descriptor = NULL;
	finish(before);
}

/* ---- creating ---- */

TEST(test_open_creates_what_is_not_there)
{
	long before = start();
	make("d/", NULL);
	make("file", NULL);
	make("dangling", "d/new");
	make("absolute", "/t/d/new2");
	make("to_file", "file");
	make("nowhere", "none/x");
	CHECK(open_file("none", O_WRONLY) == -ENOENT);
	CHECK(open_file("file", O_CREAT | O_EXCL | O_WRONLY) == -EEXIST);
	CHECK(open_file("to_file", O_CREAT | O_EXCL | O_WRONLY) == -EEXIST);
	CHECK(open_file("dangling", O_CREAT | O_EXCL | O_WRONLY) == -EEXIST);
	CHECK(open_file("dangling", O_CREAT | O_NOFOLLOW | O_WRONLY) == -ELOOP);
	CHECK(look_up("d/new", 0) == -ENOENT);
	CHECK(open_file("dangling", O_CREAT | O_WRONLY) == 0);
	CHECK(look_up("d/new", 0) == 0);
	CHECK(open_file("absolute", O_CREAT | O_WRONLY) == 0);
	CHECK(look_up("d/new2", 0) == 0);
	CHECK(open_file("nowhere", O_CREAT | O_WRONLY) == -ENOENT);
	CHECK(open_file("file/x", O_CREAT | O_WRONLY) == -ENOTDIR);
	CHECK(open_file("d", O_CREAT | O_RDONLY) == -EISDIR);
	CHECK(open_file("d/", O_CREAT | O_RDONLY) == -EISDIR);
	CHECK(open_file("new/", O_CREAT | O_WRONLY) == -EISDIR);
	CHECK(open_file("d/.", O_CREAT | O_RDONLY) == -EISDIR);
	CHECK(open_file("d/.", O_CREAT | O_EXCL | O_RDONLY) == -EEXIST);
	CHECK(open_file("..", O_CREAT | O_EXCL | O_RDONLY) == -EEXIST);
	CHECK(open_file("/", O_CREAT | O_EXCL | O_RDONLY) == -EEXIST);
	CHECK(open_file("/", O_CREAT | O_RDONLY) == -EISDIR);
	CHECK(open_file("to_file", O_NOFOLLOW | O_RDONLY) == -ELOOP);
	CHECK(open_file("to_file", O_NOFOLLOW | O_PATH) == 0);
	CHECK(open_file("d", O_WRONLY) == -EISDIR);
	CHECK(open_file("file", O_DIRECTORY) == -ENOTDIR);
	finish(before);
}

TEST(test_special_last_components_are_not_made_or_removed)
{
	long before = start();
	make("d/", NULL);
	make("file", NULL);
	make("dangling", "none");
	CHECK(vfs_make_directory(AT_FDCWD, ".", 0755) == -EEXIST);
	CHECK(vfs_make_directory(AT_FDCWD, "d/..", 0755) == -EEXIST);
	CHECK(vfs_make_directory(AT_FDCWD, "/", 0755) == -EEXIST);
	CHECK(vfs_make_directory(AT_FDCWD, "dangling", 0755) == -EEXIST);
	CHECK(vfs_make_directory(AT_FDCWD, "made/", 0755) == 0);
	CHECK(vfs_symlink("x", AT_FDCWD, "new/") == -ENOENT);
	CHECK(vfs_symlink("", AT_FDCWD, "new") == -ENOENT);
	CHECK(vfs_unlink(AT_FDCWD, ".") == -EISDIR);
	CHECK(vfs_unlink(AT_FDCWD, "d") == -EISDIR);
	CHECK(vfs_unlink(AT_FDCWD, "file/") == -ENOTDIR);
	CHECK(vfs_remove_directory(AT_FDCWD, "d/.") == -EINVAL);
	CHECK(vfs_remove_directory(AT_FDCWD, "d/..") == -ENOTEMPTY);
	CHECK(vfs_remove_directory(AT_FDCWD, "/") == -EBUSY);
	CHECK(vfs_remove_directory(AT_FDCWD, "file") == -ENOTDIR);
	CHECK(vfs_rename(AT_FDCWD, "d", AT_FDCWD, "d/x", 0) == -EINVAL);
	CHECK(vfs_rename(AT_FDCWD, "file", AT_FDCWD, "new/", 0) == -ENOTDIR);
	CHECK(vfs_rename(AT_FDCWD, "d/.", AT_FDCWD, "new", 0) == -EBUSY);
	CHECK(vfs_rename(AT_FDCWD, "file", AT_FDCWD, "d", 0) == -EISDIR);
	CHECK(vfs_rename(AT_FDCWD, "d", AT_FDCWD, "file", 0) == -ENOTDIR);
	CHECK(vfs_rename(AT_FDCWD, "d/", AT_FDCWD, "renamed/", 0) == 0);
	CHECK(look_up("renamed", LOOKUP_DIRECTORY) == 0 && look_up("d", 0) == -ENOENT);
	CHECK(vfs_unlink(AT_FDCWD, "dangling") == 0);
	CHECK(vfs_remove_directory(AT_FDCWD, "renamed/") == 0);
	finish(before);
}

TEST(test_nothing_is_made_in_a_removed_directory)
{
	long before = start();
	make("d/", NULL);
	open_descriptor = file_open("d", O_PATH, 0);
	CHECK(vfs_remove_directory(AT_FDCWD, "d") == 0);
	CHECK(vfs_make_directory(GOOD_DESCRIPTOR, "x", 0755) == -ENOENT);
	struct file *file = file_open_at(GOOD_DESCRIPTOR, "x", O_CREAT | O_WRONLY, 0644);
	CHECK(is_error(file) && pointer_error(file) == -ENOENT);
	char buffer[64];
	CHECK(strcmp(file_format_path(open_descriptor, buffer, sizeof(buffer)), "/t/d (deleted)") ==
	      0);
	file_put(open_descriptor);
	open_descriptor = NULL;
	finish(before);
}

/* ---- mounts ---- */

TEST(test_a_mount_covers_its_directory_both_ways)
{
	long before = start();
	make("m/", NULL);
	make("m/below", NULL);
	make("link", "m");
	CHECK(mount_file_system("none", "link", "tmpfs", MS_RDONLY, "") == 0);
	CHECK(look_up("m/below", 0) == -ENOENT);
	CHECK(leads_to("m", "/t/m"));
	CHECK(leads_to("m/..", "/t"));
	CHECK(leads_to("m/../m/.", "/t/m"));
	CHECK(open_file("m/x", O_CREAT | O_WRONLY) == -EROFS);
	CHECK(vfs_make_directory(AT_FDCWD, "m/x", 0755) == -EROFS);
	CHECK(vfs_remove_directory(AT_FDCWD, "m") == -EBUSY);
	CHECK(vfs_rename(AT_FDCWD, "m", AT_FDCWD, "n", 0) == -EBUSY);
	CHECK(vfs_link(AT_FDCWD, "m/../link", AT_FDCWD, "m/l", false) < 0);
	CHECK(unmount_file_system("m/..") == -EBUSY);		    // m is mounted on it
	CHECK(mount_file_system("none", "m", "tmpfs", 0, "") == 0); // on top
	make("m/upper", NULL);
	struct file *file = file_open("m/upper", O_RDONLY, 0);
	CHECK(unmount_file_system("m") == -EBUSY);
	CHECK(unmount_file_system("m/upper") == -EINVAL);
	file_put(file);
	CHECK(unmount_file_system("m") == 0);
	CHECK(look_up("m/upper", 0) == -ENOENT);
	CHECK(unmount_file_system("m") == 0);
	CHECK(look_up("m/below", 0) == 0);
	CHECK(unmount_file_system("m") == -EINVAL);
	CHECK(mount_file_system("none", "m/below", "tmpfs", 0, "") == -ENOTDIR);
	CHECK(mount_file_system("none", "m", "nofs", 0, "") == -ENODEV);
	finish(before);
}

TEST(test_a_way_up_ends_on_what_covers_the_directory)
{
	long before = start();
	make("m/", NULL);
	make("m/in/", NULL);
	open_descriptor = file_open("m/in", O_PATH, 0);
	CHECK(mount_file_system("none", "m", "tmpfs", 0, "") == 0);
	make("m/above", NULL);
	struct path path;
	CHECK(path_lookup(GOOD_DESCRIPTOR, "../above", 0, &path) == 0);
	path_put(&path);
	file_put(open_descriptor);
	open_descriptor = NULL;
	CHECK(unmount_file_system("m") == 0);
	finish(before);
}

TEST(test_a_root_is_not_left)
{
	long before = start();
	make("jail/", NULL);
	make("jail/in/", NULL);
	make("jail/out", "/../..");
	struct path root, old = task.fs->root;
	CHECK(path_lookup(AT_FDCWD, "jail", 0, &root) == 0);
	task.fs->root = root;
	CHECK(leads_to("/", "/"));
	CHECK(leads_to("/..", "/"));
	CHECK(leads_to("/in/../../in", "/in"));
	CHECK(leads_to("/out/in", "/in"));
	task.fs->root = old;
	path_put(&root);
	finish(before);
}

/* ---- no memory ---- */

static void do_everything(void)
{
	struct file *file = file_open("d/new", O_CREAT | O_WRONLY, 0644);
	if (!is_error(file))
		file_put(file);
	(void)!vfs_make_directory(AT_FDCWD, "d/dir", 0755);
	(void)!vfs_symlink("target", AT_FDCWD, "d/link");
	(void)!vfs_link(AT_FDCWD, "d/new", AT_FDCWD, "d/second", false);
	(void)!vfs_rename(AT_FDCWD, "d/second", AT_FDCWD, "d/third", 0);
	(void)!look_up("link/dir/../link", LOOKUP_FOLLOW);
	if (mount_file_system("none", "d", "tmpfs", 0, "") == 0) {
		while (unmount_file_system("d") == -ENOMEM)
			allocations_left = -1;
	}
	(void)!vfs_unlink(AT_FDCWD, "d/third");
	(void)!vfs_remove_directory(AT_FDCWD, "d/dir");
}

TEST(test_whatever_allocation_fails_nothing_leaks)
{
	for (long limit = 0; limit < 120; limit++) {
		long before = start();
		make("d/", NULL);
		make("link", "d");
		allocations_left = limit;
		do_everything();
		allocations_left = -1;
		finish(before);
	}
}
