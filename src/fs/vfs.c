/* SPDX-License-Identifier: MIT */
/* Start-up of the VFS, and what it hands down to memory management and processes. */
#include "fs/vfs.h"

#include "core/log.h"
#include "fs/devfs/devfs.h"
#include "fs/file_table.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/operations.h"
#include "fs/procfs/procfs.h"
#include "fs/tmpfs/tmpfs.h"
#include "lib/error.h"
#include "mm/mm.h"
#include "proc/exec.h"
#include "proc/resources.h"
#include "proc/task.h"

static const struct mm_file_operations for_memory = {
	.get = file_get,
	.put = file_put,
	.get_page = file_get_page,
};

static struct file_table *clone_files(struct file_table *source)
{
	return source ? file_table_clone(source) : file_table_create();
}

static const struct resource_operations for_processes = {
	.files_clone = clone_files,
	.files_get = file_table_get,
	.files_put = file_table_put,
	.fs_clone = fs_context_clone,
	.fs_get = fs_context_get,
	.fs_put = fs_context_put,
};

static struct file *open_program(const char *path)
{
	struct file *file = file_open(path, O_RDONLY, 0);

	if (is_error(file))
		return file;
	int error =
		S_ISREG(file->inode->mode) ? inode_permission(file->inode, MAY_EXECUTE) : -EACCES;
	if (!error && (file->path.mount->flags & MS_NOEXEC))
		error = -EACCES;
	if (error) {
		file_put(file);
		return error_pointer(error);
	}
	return file;
}

static uint64_t program_size(struct file *file)
{
	return file->inode->size;
}

static void apply_set_id(struct file *file, struct credentials *credentials)
{
	const struct inode *inode = file->inode;

	bool gives =
		!(file->path.mount->flags & MS_NOSUID) && !current_process()->has_no_new_privileges;

	if (gives) {
		if (inode->mode & S_ISUID)
			credentials->euid = inode->uid;
		if ((inode->mode & (S_ISGID | 0010)) == (S_ISGID | 0010))
			credentials->egid = inode->gid;
	}
	credentials->suid = credentials->fsuid = credentials->euid;
	credentials->sgid = credentials->fsgid = credentials->egid;
}

static const struct exec_file_operations for_exec = {
	.open = open_program,
	.read = file_read_kernel,
	.size = program_size,
	.apply_set_id = apply_set_id,
	.close_on_exec = file_table_close_on_exec,
	.unshare = file_table_unshare,
};

void vfs_hooks_init(void)
{
	mm_file_operations = &for_memory;
	resource_operations = &for_processes;
	exec_file_operations = &for_exec;
}

void vfs_init(void)
{
	inode_init();
	file_init();
	tmpfs_register();
	devfs_register();
	procfs_register();
	int error = mount_file_system("rootfs", "/", "tmpfs", 0, "");
	if (error)
		panic("the root file system cannot be mounted (error %d)", -error);
	current_task()->fs->root.dentry->inode->mode = S_IFDIR | 0755;
}
