/* SPDX-License-Identifier: MIT */
/* System calls on descriptors. */
#include "fs/file_table.h"
#include "fs/path.h"
#include "fs/pipe.h"
#include "fs/vfs.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/signal.h"
#include "sys/lock_private.h"
#include "sys/syscall.h"

#include <asm/ioctls.h>
#include <linux/close_range.h>
#include <linux/uio.h>

enum {
	TRANSFER_MAX = INT32_MAX & ~(PAGE_SIZE - 1), /* Linux's MAX_RW_COUNT */
	SENDFILE_CHUNK = PAGE_SIZE,
	FLAGS_SETTABLE = O_APPEND | O_NONBLOCK | O_NOATIME | O_DIRECT,
};

static bool is_readable(const struct file *file)
{
	return (file->flags & O_ACCMODE) != O_WRONLY && !(file->flags & O_PATH);
}

static bool is_writable(const struct file *file)
{
	return (file->flags & O_ACCMODE) != O_RDONLY && !(file->flags & O_PATH);
}

/* Read at the file's own position, or at *position when it is given. */
static ssize_t read_file(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	if (!is_readable(file))
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
	if (!is_writable(file))
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

long sys_openat(int directory, const char __user *user_path, int flags, uint32_t mode)
{
	char *path = path_copy_from_user(user_path);
	if (is_error(path))
		return pointer_error(path);
	struct file *file = file_open_at(directory, path, (uint32_t)flags, mode);
	kfree(path);
	if (is_error(file))
		return pointer_error(file);
	int descriptor = file_table_install(file, 0, flags & O_CLOEXEC);
	if (descriptor < 0)
		file_put(file);
	return descriptor;
}

long sys_open(const char __user *path, int flags, uint32_t mode)
{
	return sys_openat(AT_FDCWD, path, flags, mode);
}

long sys_creat(const char __user *path, uint32_t mode)
{
	return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

long sys_close(int descriptor)
{
	return file_table_close(descriptor);
}

long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
		return -EINVAL;
	int error = flags & CLOSE_RANGE_UNSHARE ? file_table_unshare() : 0;
	if (error)
		return error;
	if (flags & CLOSE_RANGE_CLOEXEC)
		file_table_mark_range(first, last);
	else
		file_table_close_range(first, last);
	return 0;
}

static long duplicate(int descriptor, int minimum, bool close_on_exec)
{
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	int copy = file_table_install(file, minimum, close_on_exec);
	if (copy < 0)
		file_put(file);
	return copy;
}

long sys_dup(int descriptor)
{
	return duplicate(descriptor, 0, false);
}

static long duplicate_to(int descriptor, int target, bool close_on_exec)
{
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	int copy = file_table_install_at(file, target, close_on_exec);
	if (copy < 0)
		file_put(file);
	return copy;
}

long sys_dup2(int descriptor, int target)
{
	if (descriptor == target) {
		int flag = file_table_get_flag(descriptor);
		return flag < 0 ? flag : target;
	}
	return duplicate_to(descriptor, target, false);
}

long sys_dup3(int descriptor, int target, int flags)
{
	if (descriptor == target || (flags & ~O_CLOEXEC))
		return -EINVAL;
	return duplicate_to(descriptor, target, flags & O_CLOEXEC);
}

static long set_status_flags(struct file *file, uint64_t flags)
{
	__atomic_store_n(&file->flags,
			 (file->flags & ~(uint32_t)FLAGS_SETTABLE) |
				 ((uint32_t)flags & FLAGS_SETTABLE),
			 __ATOMIC_RELAXED);
	return 0;
}

static long control_file(struct file *file, unsigned command, uint64_t argument)
{
	switch (command) {
	case F_GETFL:
		return (long)(file->flags | O_LARGEFILE);
	case F_SETFL:
		return set_status_flags(file, argument);
	case F_GETPIPE_SZ:
	case F_SETPIPE_SZ:
		return pipe_control(file, command, argument);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return lock_control(file, command, (struct flock __user *)argument);
	case F_GETOWN:
		return file->owner_pid;
	case F_SETOWN:
		file->owner_pid = (int32_t)argument;
		return 0;
	default:
		return -EINVAL;
	}
}

long sys_fcntl(int descriptor, unsigned command, uint64_t argument)
{
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (argument >= current_process()->limits[RLIMIT_NOFILE].rlim_cur)
			return -EINVAL;
		return duplicate(descriptor, (int)argument, command == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return file_table_get_flag(descriptor);
	case F_SETFD:
		return file_table_set_flag(descriptor, argument & FD_CLOEXEC);
	default:
		break;
	}
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	long result = control_file(file, command, argument);
	file_put(file);
	return result;
}

static long set_nonblocking(struct file *file, const int __user *from)
{
	int value;
	if (get_user(value, from))
		return -EFAULT;
	return set_status_flags(file, value ? file->flags | O_NONBLOCK
					    : file->flags & ~(uint32_t)O_NONBLOCK);
}

long sys_ioctl(int descriptor, unsigned command, uint64_t argument)
{
	if (command == FIOCLEX || command == FIONCLEX)
		return file_table_set_flag(descriptor, command == FIOCLEX);
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	long result = -ENOTTY;
	if (file->flags & O_PATH)
		result = -EBADF;
	else if (command == FIONREAD && S_ISREG(file->inode->mode))
		result = put_user((int)((int64_t)file->inode->size - file->position),
				  (int __user *)argument);
	else if (command == FIONBIO)
		result = set_nonblocking(file, (const int __user *)argument);
	else if (file->operations->ioctl)
		result = file->operations->ioctl(file, command, argument);
	file_put(file);
	return result;
}

long sys_lseek(int descriptor, int64_t offset, int whence)
{
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	long result = -ESPIPE;
	if (file->operations && file->operations->seek) {
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
	if (from && to && is_readable(from) && is_writable(to)) {
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
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	struct inode *inode = file->inode;
	long result = -EINVAL;
	if (size >= 0 && is_writable(file) && S_ISREG(inode->mode) && inode->operations->set_size) {
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
	struct file *file = file_table_lookup(descriptor);
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

/* As Linux's struct linux_dirent64, which its UAPI headers do not have. */
struct linux_dirent64 {
	uint64_t inode_number;
	int64_t next_position;
	uint16_t record_size;
	uint8_t type;
	char name[];
};

struct entry_writer {
	struct directory_visitor visitor;
	char __user *at;
	size_t left;
	bool has_written;
	int error;
};

static bool write_entry(struct directory_visitor *visitor, const char *name, size_t length,
			uint64_t position, uint64_t inode_number, uint8_t type)
{
	struct entry_writer *writer = container_of(visitor, struct entry_writer, visitor);
	size_t size = ALIGN_UP(offsetof(struct linux_dirent64, name) + length + 1, 8ul);
	struct linux_dirent64 head = { inode_number, (int64_t)position, (uint16_t)size, type };

	if (size > writer->left) {
		writer->error = writer->has_written ? 0 : -EINVAL;
		return false;
	}
	char __user *name_at = writer->at + offsetof(struct linux_dirent64, name);
	if (copy_to_user(writer->at, &head, offsetof(struct linux_dirent64, name)) ||
	    copy_to_user(name_at, name, length) || clear_user(name_at + length, 1)) {
		writer->error = writer->has_written ? 0 : -EFAULT;
		return false;
	}
	writer->at += size;
	writer->left -= size;
	writer->has_written = true;
	return true;
}

long sys_getdents64(int descriptor, struct linux_dirent64 __user *entries, unsigned size)
{
	struct entry_writer writer = { .visitor = { write_entry },
				       .at = (char __user *)entries,
				       .left = size };
	struct file *file = file_table_lookup(descriptor);
	if (!file)
		return -EBADF;
	long result = -ENOTDIR;
	if (file->operations && file->operations->read_directory) {
		mutex_lock(&file->position_lock);
		result = file->inode->link_count == 0
				 ? -ENOENT
				 : file->operations->read_directory(file, &writer.visitor);
		mutex_unlock(&file->position_lock);
		if (!result)
			result = writer.error ? writer.error : (long)(size - writer.left);
	}
	file_put(file);
	return result;
}
