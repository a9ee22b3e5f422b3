/* SPDX-License-Identifier: MIT */
/* System calls that move bytes: read, write and their kin, sendfile; positions and sizes. */
#include "fs/vfs.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "sys/file/descriptor_private.h"
#include "sys/syscall.h"

#include <linux/uio.h>

enum {
	TRANSFER_MAX = INT32_MAX & ~(PAGE_SIZE - 1), /* Linux's MAX_RW_COUNT */
	SENDFILE_CHUNK = PAGE_SIZE,
};

/* Read at the file's own position, or at *position when it is given. */
static ssize_t read_file(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	if (!file_is_readable(file))
		return -EBADF;
	if (S_ISDIR(file->inode->mode))
		return -EISDIR;
	if (!file->operations->read)
		return -EINVAL;
	if (position || !file->operations->seek)
		return file->operations->read(file, to, position ? position : &file->position);
	mutex_lock(&file->position_lock);
	ssize_t done = file->operations->read(file, to, &file->position);
	mutex_unlock(&file->position_lock);
	return done;
}

static ssize_t write_file(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	if (!file_is_writable(file))
		return -EBADF;
	if (!file->operations->write)
		return -EINVAL;
	if (position || !file->operations->seek)
		return file->operations->write(file, from, position ? position : &file->position);
	mutex_lock(&file->position_lock);
	ssize_t done = file->operations->write(file, from, &file->position);
	mutex_unlock(&file->position_lock);
	return done;
}

typedef ssize_t (*transfer)(struct file *file, struct iov_iter *iter, file_offset_t *position);

static long transfer_buffer(int descriptor, void __user *buffer, size_t count,
			    file_offset_t *position, transfer function)
{
	struct iov_iter iter;
	struct file *file = file_table_lookup(descriptor);

	if (!file)
		return -EBADF;
	long result;
	if (position && *position < 0)
		result = -EINVAL;
	else if (position && file->operations && !file->operations->seek)
		result = -ESPIPE;
	else {
		result = iov_iter_init_user(&iter, buffer, MIN(count, (size_t)TRANSFER_MAX));
		if (!result)
			result = function(file, &iter, position);
	}
	file_put(file);
	return result;
}

long sys_read(int descriptor, void __user *buffer, size_t count)
{
	return transfer_buffer(descriptor, buffer, count, NULL, read_file);
}

long sys_write(int descriptor, const void __user *buffer, size_t count)
{
	return transfer_buffer(descriptor, (void __user *)(__force uintptr_t)buffer, count, NULL,
			       write_file);
}

long sys_pread64(int descriptor, void __user *buffer, size_t count, int64_t position)
{
	return transfer_buffer(descriptor, buffer, count, &position, read_file);
}

long sys_pwrite64(int descriptor, const void __user *buffer, size_t count, int64_t position)
{
	return transfer_buffer(descriptor, (void __user *)(__force uintptr_t)buffer, count,
			       &position, write_file);
}

static long transfer_vector(int descriptor, const struct iovec __user *vector, int count,
			    transfer function)
{
	struct iov_iter iter;

	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	long result = -EINVAL;
	struct iovec *segments = NULL;
	if (count < 0 || count > UIO_MAXIOV)
		goto out_put;
	segments = knew_array(struct iovec, (size_t)count);
	result = -ENOMEM;
	if (!segments)
		goto out_put;
	result = copy_from_user(segments, vector, (size_t)count * sizeof(*segments));
	if (!result)
		result = iov_iter_init_user_vector(&iter, segments, (size_t)count);
	if (!result)
		result = function(file, &iter, NULL);
	kfree(segments);
out_put:
	file_put(file);
	return result;
}

long sys_readv(int descriptor, const struct iovec __user *vector, int count)
{
	return transfer_vector(descriptor, vector, count, read_file);
}

long sys_writev(int descriptor, const struct iovec __user *vector, int count)
{
	return transfer_vector(descriptor, vector, count, write_file);
}

long sys_lseek(int descriptor, int64_t offset, int whence)
{
	struct file *file = descriptor_lookup(descriptor);
	if (!file)
		return -EBADF;
	long result = -ESPIPE;
	if (file->operations->seek) {
		mutex_lock(&file->position_lock);
		result = file->operations->seek(file, offset, whence);
		mutex_unlock(&file->position_lock);
	}
	file_put(file);
	return result;
}

/* One chunk by way of a kernel buffer; bytes moved, 0 at the end. */
static ssize_t send_chunk(struct file *to, struct file *from, file_offset_t *position, char *buffer,
			  size_t size)
{
	struct iov_iter iter;

	iov_iter_init_kernel(&iter, buffer, size);
	ssize_t got = read_file(from, &iter, position);
	if (got <= 0)
		return got;
	iov_iter_init_kernel(&iter, buffer, (size_t)got);
	ssize_t put = write_file(to, &iter, NULL);
	if (put < got) { // give back what was not taken
		file_offset_t *place = position ? position : &from->position;
		*place -= got - MAX(put, (ssize_t)0);
	}
	return put;
}

static long send_file(struct file *to, struct file *from, file_offset_t *position, size_t count)
{
	char *buffer = kmalloc(SENDFILE_CHUNK);
	long done = 0;

	if (!buffer)
		return -ENOMEM;
	while ((size_t)done < count) {
		ssize_t moved = send_chunk(to, from, position, buffer,
					   MIN(count - (size_t)done, (size_t)SENDFILE_CHUNK));
		if (moved <= 0) {
			done = done ? done : moved;
			break;
		}
		done += moved;
	}
	kfree(buffer);
	return done;
}

long sys_sendfile(int to_descriptor, int from_descriptor, int64_t __user *offset, size_t count)
{
	file_offset_t position = 0;

	if (offset && get_user(position, offset))
		return -EFAULT;
	struct file *from = file_table_lookup(from_descriptor);
	struct file *to = file_table_lookup(to_descriptor);
	long result = -EBADF;
	if (from && to && file_is_readable(from) && file_is_writable(to)) {
		result = position < 0 || !from->operations->seek || (to->flags & O_APPEND)
				 ? -EINVAL
				 : send_file(to, from, offset ? &position : NULL,
					     MIN(count, (size_t)TRANSFER_MAX));
	}
	if (from)
		file_put(from);
	if (to)
		file_put(to);
	if (result >= 0 && offset && put_user(position, offset))
		return -EFAULT;
	return result;
}

long sys_ftruncate(int descriptor, int64_t size)
{
	struct file *file = descriptor_lookup(descriptor);
	if (!file)
		return -EBADF;
	struct inode *inode = file->inode;
	long result = -EINVAL;
	if (size >= 0 && file_is_writable(file) && S_ISREG(inode->mode) &&
	    inode->operations->set_size) {
		mutex_lock(&inode->lock);
		result = inode->operations->set_size(inode, (uint64_t)size);
		mutex_unlock(&inode->lock);
	}
	file_put(file);
	return result;
}

/* All files are in memory: there is nothing to write back. */
long sys_fsync(int descriptor)
{
	struct file *file = descriptor_lookup(descriptor);
	if (!file)
		return -EBADF;
	bool has_data = S_ISREG(file->inode->mode) || S_ISDIR(file->inode->mode);
	file_put(file);
	return has_data ? 0 : -EINVAL;
}

long sys_fdatasync(int descriptor)
{
	return sys_fsync(descriptor);
}

long sys_sync(void)
{
	return 0;
}
