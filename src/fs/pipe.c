/* SPDX-License-Identifier: MIT */
/*
 * A pipe is a ring of bytes in pages that are allocated when first written, and kept until
 * the last close. The ring starts over at its first page whenever it runs empty, so that
 * small messages to and fro stay in one page.
 *
 * Every pipe belongs to an inode, in the file system (a FIFO) or anonymous, and is found by
 * it in pipe_table while any file is open on it: so opening /proc/PID/fd/N reaches the same
 * ring, and a FIFO's ring goes with its last opener.
 *
 * A write of at most PIPE_BUF bytes goes in whole. Blocked writers, and poll, wait for
 * PIPE_BUF free bytes, so that a reader that takes single bytes does not wake them for each.
 */
#include "fs/pipe.h"

#include "fs/inode.h"
#include "fs/poll.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/signal.h"
#include "proc/wait_queue.h"

#include <asm/ioctls.h>
#include <asm/signal.h>
#include <linux/poll.h>

enum { PIPE_TABLE_SIZE = 64 };

/* Locks: I immutable, [L] lock, [T] pipe_table_lock and lock (either to read) */
struct pipe {
	struct mutex lock;
	uint32_t capacity; /* [L] bytes, a power of two */
	uint32_t start;	   /* [L] where the oldest byte is, below capacity */
	uint32_t used;	   /* [L] bytes held; read anywhere */
	char **pages;	   /* [L] capacity / PAGE_SIZE of them, NULL until written */
	uint32_t reader_count, writer_count; /* [T] open files; read anywhere */
	uint32_t reader_opens, writer_opens; /* [T] ever; an opener waits for a change */
	struct wait_queue readers, writers;
	struct inode *inode;	/* I: no reference, the files have theirs */
	struct list table_link; /* [T] */
};

/* Taken before a pipe's lock. */
static struct mutex pipe_table_lock = MUTEX_INIT(pipe_table_lock, LOCK_RANK_PIPE);
static struct list pipe_table[PIPE_TABLE_SIZE];

static struct list *table_bucket(const struct inode *inode)
{
	struct list *bucket = &pipe_table[(uintptr_t)inode / CACHE_LINE_SIZE % PIPE_TABLE_SIZE];

	if (!bucket->next)
		list_init(bucket);
	return bucket;
}

static char *page_allocate(void)
{
	struct frame *frame = frame_allocate(0, 0);

	return frame ? physical_to_virtual(frame_physical(frame)) : NULL;
}

static void pages_free(char **pages, uint32_t capacity)
{
	for (uint32_t i = 0; i < capacity / PAGE_SIZE; i++)
		if (pages[i])
			frame_free(frame_of_physical(virtual_to_physical(pages[i])));
	kfree(pages);
}

/* A pipe without files, in the table. */
static struct pipe *pipe_add(struct inode *inode) REQUIRES(pipe_table_lock)
{
	struct pipe *pipe = knew(struct pipe);

	if (!pipe)
		return NULL;
	pipe->capacity = PIPE_DEFAULT_SIZE;
	pipe->pages = knew_array(char *, PIPE_DEFAULT_SIZE / PAGE_SIZE);
	if (!pipe->pages) {
		kfree(pipe);
		return NULL;
	}
	mutex_init(&pipe->lock, LOCK_RANK_PIPE);
	wait_queue_init(&pipe->readers);
	wait_queue_init(&pipe->writers);
	pipe->inode = inode;
	list_add_last(table_bucket(inode), &pipe->table_link);
	return pipe;
}

/* pipe_table_lock held, no files. */
static void pipe_remove(struct pipe *pipe) REQUIRES(pipe_table_lock)
{
	list_remove(&pipe->table_link);
	pages_free(pipe->pages, pipe->capacity);
	kfree(pipe);
}

static struct pipe *pipe_find(const struct inode *inode) REQUIRES(pipe_table_lock)
{
	struct list *bucket = table_bucket(inode);
	struct pipe *pipe;

	list_for_each (pipe, bucket, table_link)
		if (pipe->inode == inode)
			return pipe;
	return NULL;
}

static bool has_room(const struct pipe *pipe)
{
	return load_relaxed(&pipe->capacity) - load_relaxed(&pipe->used) >= PIPE_BUF;
}

/* Bytes moved out of the ring; -EFAULT if not one. */
static ssize_t ring_take(struct pipe *pipe, struct iov_iter *to) REQUIRES(pipe->lock)
{
	ssize_t total = 0;

	while (pipe->used && to->count) {
		uint32_t offset = pipe->start % PAGE_SIZE;
		size_t size = MIN(pipe->used, PAGE_SIZE - offset);
		ssize_t moved =
			iov_iter_copy_to(to, pipe->pages[pipe->start / PAGE_SIZE] + offset, size);
		if (moved <= 0)
			return total ? total : moved;
		total += moved;
		store_relaxed(&pipe->used, pipe->used - (uint32_t)moved);
		pipe->start = (pipe->start + (uint32_t)moved) & (pipe->capacity - 1);
		if (!pipe->used)
			pipe->start = 0;
	}
	return total;
}

/* Bytes moved into the ring, as many as fit; -EFAULT or -ENOMEM if not one. */
static ssize_t ring_put(struct pipe *pipe, struct iov_iter *from) REQUIRES(pipe->lock)
{
	ssize_t total = 0;

	while (pipe->used < pipe->capacity && from->count) {
		uint32_t end = (pipe->start + pipe->used) & (pipe->capacity - 1);
		uint32_t offset = end % PAGE_SIZE;
		char **page = &pipe->pages[end / PAGE_SIZE];
		if (!*page)
			*page = page_allocate();
		if (!*page)
			return total ? total : -ENOMEM;
		size_t size = MIN(pipe->capacity - pipe->used, PAGE_SIZE - offset);
		ssize_t moved = iov_iter_copy_from(from, *page + offset, size);
		if (moved <= 0)
			return total ? total : moved;
		total += moved;
		store_relaxed(&pipe->used, pipe->used + (uint32_t)moved);
	}
	return total;
}

static ssize_t pipe_read(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	struct pipe *pipe = file->private_data;

	(void)position;
	if (to->count == 0)
		return 0;
	for (;;) {
		mutex_lock(&pipe->lock);
		if (pipe->used) {
			ssize_t result = ring_take(pipe, to);
			mutex_unlock(&pipe->lock);
			if (has_room(pipe))
				wait_queue_wake_all(&pipe->writers);
			return result;
		}
		bool has_writers = pipe->writer_count != 0;
		mutex_unlock(&pipe->lock);
		if (!has_writers)
			return 0;
		if (load_relaxed(&file->flags) & O_NONBLOCK)
			return -EAGAIN;
		int error = WAIT_EVENT_INTERRUPTIBLE(&pipe->readers,
						     load_relaxed(&pipe->used) ||
							     !load_relaxed(&pipe->writer_count),
						     "pipe read");
		if (error)
			return error;
	}
}

static ssize_t pipe_write(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	struct pipe *pipe = file->private_data;
	size_t needed = from->count <= PIPE_BUF ? from->count : 1;
	ssize_t total = 0;

	(void)position;
	if (from->count == 0)
		return 0;
	for (;;) {
		ssize_t moved = 0;
		mutex_lock(&pipe->lock);
		bool has_readers = pipe->reader_count != 0;
		if (has_readers && pipe->capacity - pipe->used >= needed)
			moved = ring_put(pipe, from);
		mutex_unlock(&pipe->lock);
		if (!has_readers) {
			signal_send_task(current_task(), SIGPIPE, NULL);
			return total ? total : -EPIPE;
		}
		if (moved < 0)
			return total ? total : moved;
		if (moved > 0)
			wait_queue_wake_all(&pipe->readers);
		total += moved;
		if (from->count == 0)
			return total;
		if (load_relaxed(&file->flags) & O_NONBLOCK)
			return total ? total : -EAGAIN;
		int error = WAIT_EVENT_INTERRUPTIBLE(
			&pipe->writers, has_room(pipe) || !load_relaxed(&pipe->reader_count),
			"pipe write");
		if (error)
			return total ? total : error;
	}
}

static bool reads(const struct file *file)
{
	return !(file->flags & O_WRONLY);
}

static bool writes(const struct file *file)
{
	return file->flags & (O_WRONLY | O_RDWR);
}

static uint32_t pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = file->private_data;
	uint32_t events = 0;

	if (writes(file)) {
		if (table)
			poll_wait(table, &pipe->writers);
		if (has_room(pipe))
			events |= POLLOUT | POLLWRNORM;
		if (!load_relaxed(&pipe->reader_count))
			events |= POLLERR;
	}
	if (reads(file)) {
		if (table)
			poll_wait(table, &pipe->readers);
		if (load_relaxed(&pipe->used))
			events |= POLLIN | POLLRDNORM;
		/* A FIFO's reader that came first has not been hung up on: see open_sides. */
		if (!load_relaxed(&pipe->writer_count) &&
		    (uint64_t)file->position != load_relaxed(&pipe->writer_opens))
			events |= POLLHUP;
	}
	return events;
}

static long pipe_ioctl(struct file *file, unsigned command, unsigned long argument)
{
	struct pipe *pipe = file->private_data;

	if (command != FIONREAD)
		return -ENOTTY;
	return put_user((int)load_relaxed(&pipe->used), (int __user *)argument);
}

/* The caller wakes those who wait for this side. */
static void open_sides(struct pipe *pipe, struct file *file) REQUIRES(pipe_table_lock, pipe->lock)
{
	file->private_data = pipe;
	if (reads(file)) {
		pipe->reader_count++;
		pipe->reader_opens++;
	}
	if (writes(file)) {
		pipe->writer_count++;
		pipe->writer_opens++;
	}
	/*
	 * A pipe's file has no position. A reader keeps there which opening of a writer it has
	 * seen, if it was opened when there was none: poll tells it of the hang-up of later ones.
	 */
	file->position = pipe->writer_count ? -1 : (file_offset_t)pipe->writer_opens;
}

static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->private_data;

	mutex_lock(&pipe_table_lock);
	mutex_lock_nested(&pipe->lock);
	pipe->reader_count -= reads(file);
	pipe->writer_count -= writes(file);
	bool is_last = pipe->reader_count + pipe->writer_count == 0;
	mutex_unlock(&pipe->lock);
	if (is_last) {
		pipe_remove(pipe);
	} else {
		wait_queue_wake_all(&pipe->readers);
		wait_queue_wake_all(&pipe->writers);
	}
	mutex_unlock(&pipe_table_lock);
}

/* Wait until the other side is open too. The pipe stays: file is counted in it. */
static int wait_for_partner(struct pipe *pipe, struct file *file, uint32_t readers_seen,
			    uint32_t writers_seen)
{
	if (reads(file))
		return WAIT_EVENT_INTERRUPTIBLE(&pipe->readers,
						load_relaxed(&pipe->writer_opens) != writers_seen,
						"fifo open for reading");
	return WAIT_EVENT_INTERRUPTIBLE(&pipe->writers,
					load_relaxed(&pipe->reader_opens) != readers_seen,
					"fifo open for writing");
}

/* A FIFO in a file system, not a pipe. */
static bool inode_has_name(const struct inode *inode)
{
	return inode->super_block;
}

static int fifo_open(struct inode *inode, struct file *file)
{
	int error = 0;

	mutex_lock(&pipe_table_lock);
	struct pipe *pipe = pipe_find(inode);
	if (!pipe)
		pipe = pipe_add(inode);
	if (!pipe) {
		mutex_unlock(&pipe_table_lock);
		return -ENOMEM;
	}
	mutex_lock_nested(&pipe->lock);
	// A pipe reopened through /proc/PID/fd never waits: its other side may be gone for good.
	bool is_alone = inode_has_name(inode) && (file->flags & O_ACCMODE) != O_RDWR &&
			(reads(file) ? pipe->writer_count : pipe->reader_count) == 0;
	bool waits = is_alone && !(file->flags & O_NONBLOCK);
	uint32_t readers_seen = pipe->reader_opens, writers_seen = pipe->writer_opens;
	if (is_alone && !waits && writes(file))
		error = -ENXIO;
	else
		open_sides(pipe, file);
	bool is_unused = pipe->reader_count + pipe->writer_count == 0;
	mutex_unlock(&pipe->lock);
	if (is_unused)
		pipe_remove(pipe);
	mutex_unlock(&pipe_table_lock);
	if (error)
		return error;

	wait_queue_wake_all(reads(file) ? &pipe->writers : &pipe->readers);
	if (waits)
		error = wait_for_partner(pipe, file, readers_seen, writers_seen);
	if (error)
		pipe_release(file);
	else if (waits)
		file->position = -1;
	return error;
}

const struct file_operations fifo_file_operations = {
	.open = fifo_open,
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
};

/* One end, as a file; takes over an inode reference. */
static struct file *end_create(struct pipe *pipe, struct inode *inode, uint32_t flags)
	REQUIRES(pipe_table_lock)
{
	char name[32];

	format_string(name, sizeof(name), "pipe:[%lu]", inode->number);
	struct file *file = file_create_anonymous(inode, &fifo_file_operations, flags, name);
	if (is_error(file))
		return file;
	mutex_lock_nested(&pipe->lock);
	open_sides(pipe, file);
	file->position = -1;
	mutex_unlock(&pipe->lock);
	return file;
}

int pipe_create(struct file *files[2], uint32_t flags)
{
	struct inode *inode = inode_create_anonymous(S_IFIFO | 0600);

	if (is_error(inode))
		return (int)pointer_error(inode);
	inode->file_operations = &fifo_file_operations; // for opening through /proc/PID/fd
	mutex_lock(&pipe_table_lock);
	struct pipe *pipe = pipe_add(inode);
	if (!pipe) {
		mutex_unlock(&pipe_table_lock);
		inode_put(inode);
		return -ENOMEM;
	}
	inode_get(inode);
	files[0] = end_create(pipe, inode, O_RDONLY | flags);
	if (is_error(files[0])) {
		pipe_remove(pipe);
		mutex_unlock(&pipe_table_lock);
		inode_put(inode);
		return (int)pointer_error(files[0]);
	}
	files[1] = end_create(pipe, inode, O_WRONLY | flags);
	mutex_unlock(&pipe_table_lock);
	if (is_error(files[1])) {
		file_put(files[0]);
		return (int)pointer_error(files[1]);
	}
	return 0;
}

/* Copy the ring's bytes to the start of other pages, which have room. */
static int ring_copy(struct pipe *pipe, char **pages) REQUIRES(pipe->lock)
{
	for (uint32_t done = 0; done < pipe->used;) {
		uint32_t from = (pipe->start + done) & (pipe->capacity - 1);
		char **page = &pages[done / PAGE_SIZE];
		if (!*page)
			*page = page_allocate();
		if (!*page)
			return -ENOMEM;
		uint32_t size = MIN(PAGE_SIZE - from % PAGE_SIZE, PAGE_SIZE - done % PAGE_SIZE);
		size = MIN(size, pipe->used - done);
		memcpy(*page + done % PAGE_SIZE, pipe->pages[from / PAGE_SIZE] + from % PAGE_SIZE,
		       size);
		done += size;
	}
	return 0;
}

static long ring_resize(struct pipe *pipe, unsigned long size) REQUIRES(pipe->lock)
{
	uint32_t capacity = PAGE_SIZE;

	if (size > PIPE_MAX_SIZE)
		return credentials_are_root(&current_task()->credentials) ? -EINVAL : -EPERM;
	while (capacity < size)
		capacity *= 2;
	if (pipe->used > capacity)
		return -EBUSY;
	char **pages = knew_array(char *, capacity / PAGE_SIZE);
	if (!pages)
		return -ENOMEM;
	int error = ring_copy(pipe, pages);
	if (error) {
		pages_free(pages, capacity);
		return error;
	}
	pages_free(pipe->pages, pipe->capacity);
	pipe->pages = pages;
	pipe->start = 0;
	store_relaxed(&pipe->capacity, capacity);
	return capacity;
}

long pipe_control(struct file *file, unsigned command, unsigned long argument)
{
	struct pipe *pipe = file->private_data;

	if (file->operations != &fifo_file_operations)
		return -EBADF;
	if (command == F_GETPIPE_SZ)
		return load_relaxed(&pipe->capacity);
	mutex_lock(&pipe->lock);
	long result = ring_resize(pipe, argument);
	mutex_unlock(&pipe->lock);
	wait_queue_wake_all(&pipe->writers);
	return result;
}
