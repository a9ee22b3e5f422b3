/* SPDX-License-Identifier: MIT */
/*
 * All strings stand one after the other in one kernel buffer, arguments first, as they will
 * on the new stack. Limits are Linux's: a string at most 128 KiB, all at most 128 KiB or a
 * quarter of the stack limit (here 2 MiB at most).
 */
#include "lib/error.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/exec.h"

enum {
	STRING_SIZE_MAX = 128 << 10,
	TOTAL_SIZE_MAX = 2 << 20,
	COUNT_MAX = 1 << 17,
	FIRST_CAPACITY = 1 << 12,
};

/* Make room for more bytes; the buffer's capacity is the power of two above its size. */
static int reserve(struct exec_arguments *arguments, size_t more, size_t *capacity)
{
	size_t needed = arguments->size + more;
	if (needed > TOTAL_SIZE_MAX)
		return -E2BIG;
	if (needed <= *capacity)
		return 0;
	size_t larger = *capacity ? *capacity : FIRST_CAPACITY;
	while (larger < needed)
		larger *= 2;
	char *data = kmalloc(larger);
	if (!data)
		return -ENOMEM;
	if (arguments->data)
		memcpy(data, arguments->data, arguments->size);
	kfree(arguments->data);
	arguments->data = data;
	*capacity = larger;
	return 0;
}

/* One user string; tries with what room there is, then with more. */
static int append_user_string(struct exec_arguments *arguments, const char __user *string,
			      size_t *capacity)
{
	for (size_t room = 256;; room *= 4) {
		room = MIN(room, (size_t)STRING_SIZE_MAX);
		int error = reserve(arguments, room, capacity);
		if (error)
			return error;
		long length =
			copy_string_from_user(arguments->data + arguments->size, string, room);
		if (length >= 0) {
			arguments->size += (size_t)length + 1;
			return 0;
		}
		if (length != -ENAMETOOLONG)
			return (int)length;
		if (room == STRING_SIZE_MAX)
			return -E2BIG;
	}
}

static int append_user_vector(struct exec_arguments *arguments,
			      const char __user *const __user *vector, uint32_t *count,
			      size_t *capacity)
{
	for (*count = 0; vector; ++*count) {
		const char __user *string;
		if (*count == COUNT_MAX)
			return -E2BIG;
		if (get_user(string, vector + *count))
			return -EFAULT;
		if (!string)
			break;
		int error = append_user_string(arguments, string, capacity);
		if (error)
			return error;
	}
	return 0;
}

/* As Linux does: programs rely on a first argument, so an empty vector gets an empty one. */
static int ensure_first_argument(struct exec_arguments *arguments, size_t *capacity)
{
	if (arguments->argument_count > 0)
		return 0;
	int error = reserve(arguments, 1, capacity);
	if (error)
		return error;
	arguments->data[arguments->size++] = '\0';
	arguments->argument_count = 1;
	return 0;
}

int exec_arguments_copy(struct exec_arguments *arguments,
			const char __user *const __user *argument_vector,
			const char __user *const __user *environment_vector)
{
	size_t capacity = 0;

	*arguments = (struct exec_arguments){ 0 };
	int error = append_user_vector(arguments, argument_vector, &arguments->argument_count,
				       &capacity);
	if (!error)
		error = ensure_first_argument(arguments, &capacity);
	if (!error)
		error = append_user_vector(arguments, environment_vector,
					   &arguments->environment_count, &capacity);
	if (error)
		exec_arguments_free(arguments);
	return error;
}

static int append_kernel_vector(struct exec_arguments *arguments, const char *const *vector,
				uint32_t *count, size_t *capacity)
{
	for (*count = 0; vector[*count]; ++*count) {
		size_t size = strlen(vector[*count]) + 1;
		int error = reserve(arguments, size, capacity);
		if (error)
			return error;
		memcpy(arguments->data + arguments->size, vector[*count], size);
		arguments->size += size;
	}
	return 0;
}

int exec_arguments_from_kernel(struct exec_arguments *arguments, const char *const *argument_vector,
			       const char *const *environment_vector)
{
	size_t capacity = 0;

	*arguments = (struct exec_arguments){ 0 };
	int error = append_kernel_vector(arguments, argument_vector, &arguments->argument_count,
					 &capacity);
	if (!error)
		error = append_kernel_vector(arguments, environment_vector,
					     &arguments->environment_count, &capacity);
	if (error)
		exec_arguments_free(arguments);
	return error;
}

int exec_arguments_prepend(struct exec_arguments *arguments, const char *string)
{
	size_t size = strlen(string) + 1;
	if (arguments->size + size > TOTAL_SIZE_MAX)
		return -E2BIG;
	char *data = kmalloc(arguments->size + size);
	if (!data)
		return -ENOMEM;
	memcpy(data, string, size);
	if (arguments->data)
		memcpy(data + size, arguments->data, arguments->size);
	kfree(arguments->data);
	arguments->data = data;
	arguments->size += size;
	arguments->argument_count++;
	return 0;
}

void exec_arguments_drop_first(struct exec_arguments *arguments)
{
	if (arguments->argument_count == 0)
		return;
	size_t size = strlen(arguments->data) + 1;
	memmove(arguments->data, arguments->data + size, arguments->size - size);
	arguments->size -= size;
	arguments->argument_count--;
}

void exec_arguments_free(struct exec_arguments *arguments)
{
	kfree(arguments->data);
	*arguments = (struct exec_arguments){ 0 };
}
