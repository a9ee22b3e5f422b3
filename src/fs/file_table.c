/* SPDX-License-Identifier: MIT */
/* Descriptor tables: arrays that double, lookups under a spin lock. */
#include "fs/file_table.h"

#include "fs/file_lock.h"
#include "lib/bitmap.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/task.h"

enum { FIRST_CAPACITY = 64 };

struct file_arrays {
	struct file **files;
	uint64_t *close_on_exec, *open_bits;
};

static void free_arrays(struct file_arrays *arrays)
{
	kfree(arrays->files);
	kfree(arrays->close_on_exec);
	kfree(arrays->open_bits);
}

static int allocate_arrays(struct file_arrays *arrays, uint32_t capacity)
{
	arrays->files = knew_array(struct file *, capacity);
	arrays->close_on_exec = knew_array(uint64_t, BITMAP_WORDS(capacity));
	arrays->open_bits = knew_array(uint64_t, BITMAP_WORDS(capacity));
	if (arrays->files && arrays->close_on_exec && arrays->open_bits)
		return 0;
	free_arrays(arrays);
	return -ENOMEM;
}

struct file_table *file_table_create(void)
{
	struct file_table *table = knew(struct file_table);
	struct file_arrays arrays;

	if (!table || allocate_arrays(&arrays, FIRST_CAPACITY)) {
		kfree(table);
		return NULL;
	}
	refcount_init(&table->references);
	spin_lock_init(&table->lock, LOCK_RANK_FILES);
	table->capacity = FIRST_CAPACITY;
	table->files = arrays.files;
	table->close_on_exec = arrays.close_on_exec;
	table->open_bits = arrays.open_bits;
	return table;
}

/* Copy the entries that fit. [lock] of table held. */
static void copy_into(const struct file_table *table, struct file_arrays *to) REQUIRES(table->lock)
{
	size_t words = BITMAP_WORDS(table->capacity) * sizeof(uint64_t);
	memcpy(to->files, table->files, table->capacity * sizeof(struct file *));
	memcpy(to->close_on_exec, table->close_on_exec, words);
	memcpy(to->open_bits, table->open_bits, words);
}

/* Make room for a descriptor; no lock held. */
static int grow(struct file_table *table, uint32_t descriptor)
{
	struct file_arrays arrays, old;
	uint32_t capacity = table->capacity;

	while (capacity <= descriptor)
		capacity *= 2;
	int error = allocate_arrays(&arrays, capacity);
	if (error)
		return error;
	spin_lock(&table->lock);
	if (capacity <= table->capacity) { // another thread was faster
		old = arrays;
	} else {
		copy_into(table, &arrays);
		old = (struct file_arrays){ table->files, table->close_on_exec, table->open_bits };
		table->files = arrays.files;
		table->close_on_exec = arrays.close_on_exec;
		table->open_bits = arrays.open_bits;
		table->capacity = capacity;
	}
	spin_unlock(&table->lock);
	free_arrays(&old);
	return 0;
}

struct file_table *file_table_clone(struct file_table *source)
{
	struct file_table *table = file_table_create();

	if (!table || !source)
		return table;
	for (;;) {
		if (table->capacity < source->capacity && grow(table, source->capacity - 1)) {
			file_table_put(table);
			return NULL;
		}
		spin_lock(&source->lock);
		if (table->capacity >= source->capacity)
			break;
		spin_unlock(&source->lock); // it grew meanwhile
	}
	struct file_arrays to = { table->files, table->close_on_exec, table->open_bits };
	copy_into(source, &to);
	for (uint32_t i = 0; i < source->capacity; i++)
		if (table->files[i])
			file_get(table->files[i]);
	spin_unlock(&source->lock);
	return table;
}

void file_table_get(struct file_table *table)
{
	refcount_get(&table->references);
}

/* A process gives up all its locks on a file with the first descriptor it closes (POSIX). */
static void close_file(struct file_table *table, struct file *file)
{
	if (file->operations && file->operations->flush)
		(void)file->operations->flush(file);
	file_lock_release(file->inode, table);
	file_put(file);
}

void file_table_put(struct file_table *table)
{
	if (!refcount_put(&table->references))
		return;
	for (uint32_t i = 0; i < table->capacity; i++)
		if (table->files[i])
			close_file(table, table->files[i]);
	struct file_arrays arrays = { table->files, table->close_on_exec, table->open_bits };
	free_arrays(&arrays);
	kfree(table);
}

struct file *file_table_lookup(int descriptor)
{
	struct file_table *table = current_task()->files;
	struct file *file = NULL;

	spin_lock(&table->lock);
	if ((uint32_t)descriptor < table->capacity)
		file = table->files[descriptor];
	if (file)
		file_get(file);
	spin_unlock(&table->lock);
	return file;
}

static uint32_t descriptor_limit(void)
{
	uint64_t limit = current_process()->limits[RLIMIT_NOFILE].rlim_cur;
	return limit > INT32_MAX ? INT32_MAX : (uint32_t)limit;
}

static void set_entry(struct file_table *table, uint32_t descriptor, struct file *file,
		      bool close_on_exec)
{
	table->files[descriptor] = file;
	bitmap_set(table->open_bits, descriptor);
	if (close_on_exec)
		bitmap_set(table->close_on_exec, descriptor);
	else
		bitmap_clear(table->close_on_exec, descriptor);
}

int file_table_install(struct file *file, int minimum, bool close_on_exec)
{
	struct file_table *table = current_task()->files;
	uint32_t limit = descriptor_limit();

	if ((uint32_t)minimum >= limit)
		return minimum < 0 ? -EINVAL : -EMFILE;
	for (;;) {
		spin_lock(&table->lock);
		size_t free = bitmap_find_clear(table->open_bits, table->capacity, (size_t)minimum);
		if (free < (size_t)minimum)
			free = (size_t)minimum;
		if (free < table->capacity && free < limit) {
			set_entry(table, (uint32_t)free, file, close_on_exec);
			spin_unlock(&table->lock);
			return (int)free;
		}
		spin_unlock(&table->lock);
		if (free >= limit)
			return -EMFILE;
		if (grow(table, (uint32_t)free))
			return -ENOMEM;
	}
}

int file_table_install_at(struct file *file, int descriptor, bool close_on_exec)
{
	struct file_table *table = current_task()->files;

	if ((uint32_t)descriptor >= descriptor_limit())
		return -EBADF;
	if ((uint32_t)descriptor >= table->capacity && grow(table, (uint32_t)descriptor))
		return -ENOMEM;
	spin_lock(&table->lock);
	struct file *old = table->files[descriptor];
	set_entry(table, (uint32_t)descriptor, file, close_on_exec);
	spin_unlock(&table->lock);
	if (old)
		close_file(table, old);
	return descriptor;
}

int file_table_close(int descriptor)
{
	struct file_table *table = current_task()->files;
	struct file *file = NULL;

	spin_lock(&table->lock);
	if ((uint32_t)descriptor < table->capacity)
		file = table->files[descriptor];
	if (file) {
		table->files[descriptor] = NULL;
		bitmap_clear(table->open_bits, (size_t)descriptor);
		bitmap_clear(table->close_on_exec, (size_t)descriptor);
	}
	spin_unlock(&table->lock);
	if (!file)
		return -EBADF;
	close_file(table, file);
	return 0;
}

int file_table_get_flag(int descriptor)
{
	struct file_table *table = current_task()->files;
	int answer = -EBADF;

	spin_lock(&table->lock);
	if ((uint32_t)descriptor < table->capacity && table->files[descriptor])
		answer = bitmap_test(table->close_on_exec, (size_t)descriptor);
	spin_unlock(&table->lock);
	return answer;
}

int file_table_set_flag(int descriptor, bool close_on_exec)
{
	struct file_table *table = current_task()->files;
	int answer = -EBADF;

	spin_lock(&table->lock);
	if ((uint32_t)descriptor < table->capacity && table->files[descriptor]) {
		answer = 0;
		if (close_on_exec)
			bitmap_set(table->close_on_exec, (size_t)descriptor);
		else
			bitmap_clear(table->close_on_exec, (size_t)descriptor);
	}
	spin_unlock(&table->lock);
	return answer;
}

/* The first open descriptor in a range, or last + 1. */
static uint64_t next_open(struct file_table *table, uint64_t first, uint64_t last)
{
	spin_lock(&table->lock);
	while (first <= last && first < table->capacity && !table->files[first])
		first++;
	if (first >= table->capacity)
		first = last + 1;
	spin_unlock(&table->lock);
	return first;
}

void file_table_close_range(uint32_t first, uint32_t last)
{
	struct file_table *table = current_task()->files;
	uint64_t next = first;

	while ((next = next_open(table, next, last)) <= last)
		if (file_table_close((int)next))
			continue; // another thread closed it first
}

void file_table_mark_range(uint32_t first, uint32_t last)
{
	struct file_table *table = current_task()->files;

	spin_lock(&table->lock);
	for (uint64_t i = first; i <= last && i < table->capacity; i++)
		if (table->files[i])
			bitmap_set(table->close_on_exec, i);
	spin_unlock(&table->lock);
}

int file_table_unshare(void)
{
	struct task *task = current_task();
	struct file_table *old = task->files;

	if (refcount_read(&old->references) == 1)
		return 0;
	struct file_table *own = file_table_clone(old);
	if (!own)
		return -ENOMEM;
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	task->files = own;
	spin_unlock_irqrestore(&tasks_lock, flags);
	file_table_put(old);
	return 0;
}

void file_table_close_on_exec(struct file_table *table)
{
	for (uint32_t i = 0; i < table->capacity; i++)
		if (bitmap_test(table->close_on_exec, i) && file_table_close((int)i))
			continue; // another thread closed it first
}
