/* SPDX-License-Identifier: MIT */
/* The system call that reads directories. */
#include "fs/vfs.h"
#include "mm/user_copy.h"
#include "sys/file/descriptor_private.h"
#include "sys/syscall.h"

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
	struct file *file = descriptor_lookup(descriptor);
	if (!file)
		return -EBADF;
	long result = -ENOTDIR;
	if (file->operations->read_directory) {
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
