/* SPDX-License-Identifier: MIT */
/*
 * The virtual file system's objects. A file system hands the operations down; everything
 * above speaks to these types only.
 *
 * inode: a file's identity, metadata and cached pages. dentry: a name in a directory, the
 * node of the tree that paths walk. file: an open file description. mount: a file system
 * attached to a dentry. path: a dentry seen through a mount.
 */
#pragma once

#include "core/time.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/iov_iter.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/spinlock.h"

#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/stat.h>

struct dentry;
struct epoll_item;
struct file;
struct file_system;
struct frame;
struct inode;
struct poll_table;
struct vma;

struct page_cache; /* an inode's pages by index: fs/page_cache.h */

struct timestamps {
	nanoseconds_t access, modify, change, birth; /* wall clock */
};

/* Locks: I immutable, [I] inode->lock, A atomic */
struct inode {
	struct refcount references;
	struct mutex lock;
	uint64_t number;		 /* I */
	uint32_t mode;			 /* [I] type (I) and permissions */
	uint32_t uid, gid;		 /* [I] */
	uint32_t link_count;		 /* [I] */
	uint64_t size;			 /* [I] written; read anywhere */
	uint64_t device;		 /* I: of a device node, as Linux's dev_t (MKDEV) */
	struct timestamps times;	 /* [I] */
	struct super_block *super_block; /* I */
	const struct inode_operations *operations;     /* I */
	const struct file_operations *file_operations; /* I: given to files opened on it */
	struct page_cache *pages;		       /* I: NULL for inodes without cached data */
	void *private_data;			       /* the file system's */
};

struct super_block {
	const struct file_system *file_system;
	uint64_t device;	  /* st_dev */
	struct dentry *root;	  /* a reference */
	struct mutex rename_lock; /* RENAME rank */
	const char *source;	  /* for /proc/mounts; owned */
	void *private_data;
};

struct file_system {
	const char *name;
	/* Fill super_block->root. data: the mount options, "" if none. */
	int (*mount)(struct super_block *super_block, const char *source, const char *data);
	void (*unmount)(struct super_block *super_block);
	struct list link;
};

/* Directory entries are kept while in use or cached; negative dentries have inode == NULL. */
struct dentry {
	struct refcount references;
	char *name;			 /* [D] dentry lock; owned */
	struct dentry *parent;		 /* [D] a reference; the root's is itself (no reference) */
	struct inode *inode;		 /* [D] a reference, or NULL */
	struct super_block *super_block; /* I */
	struct list children, sibling;	 /* [D] */
	struct list hash_link;		 /* [D] */
	uint64_t position;		 /* [D] among its siblings, for reading directories */
	uint32_t mount_count;		 /* [M] mounts on this dentry */
};

struct mount {
	struct refcount references;
	struct super_block *super_block;
	struct mount *parent;	    /* [M] NULL for the root */
	struct dentry *mount_point; /* [M] in the parent; a reference */
	struct dentry *root;	    /* I a reference */
	uint64_t flags;		    /* MS_RDONLY ... */
	int32_t id;
	struct list link; /* [M] in mounts */
};
extern struct list mounts; /* [M] in mount order */
extern struct spinlock mount_lock;

struct path {
	struct mount *mount;
	struct dentry *dentry;
};

/* All are called with the directory's inode->lock held, dentry negative unless said. */
struct inode_operations {
	/* Fill dentry->inode (a reference) or leave it negative. */
	int (*lookup)(struct inode *directory, struct dentry *dentry);
	/*
	 * May a cached dentry (positive or negative) still be used? When not, the walk drops it
	 * and looks up anew. For file systems whose entries come and go by themselves (procfs);
	 * NULL: always. The directory's lock need not be held.
	 */
	bool (*revalidate)(struct inode *directory, struct dentry *dentry);
	int (*create)(struct inode *directory, struct dentry *dentry, uint32_t mode);
	int (*make_node)(struct inode *directory, struct dentry *dentry, uint32_t mode,
			 uint64_t device);
	int (*make_directory)(struct inode *directory, struct dentry *dentry, uint32_t mode);
	int (*symlink)(struct inode *directory, struct dentry *dentry, const char *target);
	int (*link)(struct inode *directory, struct dentry *dentry, struct inode *target);
	int (*unlink)(struct inode *directory, struct dentry *dentry);		 /* positive */
	int (*remove_directory)(struct inode *directory, struct dentry *dentry); /* positive */
	/* RENAME_NOREPLACE and _EXCHANGE have been checked by the VFS. */
	int (*rename)(struct inode *from_directory, struct dentry *from, struct inode *to_directory,
		      struct dentry *to, uint32_t flags);
	/* A symbolic link's target into buffer; its length. inode->lock not held. */
	ssize_t (*read_link)(struct inode *inode, char *buffer, size_t size);
	/* A link that jumps to an object (/proc/PID/exe, fd/N): a referenced path. */
	int (*follow_link)(struct inode *inode, struct path *result);
	/* inode->lock held. */
	int (*set_size)(struct inode *inode, uint64_t size);
	/*
	 * fallocate(2): give pages to a range (mode 0 or FALLOC_FL_KEEP_SIZE), or take them away
	 * (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE); inode->lock held, the range checked.
	 */
	int (*allocate)(struct inode *inode, uint32_t mode, uint64_t offset, uint64_t length);
	/* Fill what stat shows beyond the inode's fields (st_blocks). May be NULL. */
	void (*get_attributes)(struct inode *inode, uint64_t *blocks, uint32_t *block_size);
	/* The last reference is gone: free private data and pages. */
	void (*destroy)(struct inode *inode);
	/* The page of file data at an index, referenced; error pointer. For mmap and exec. */
	struct frame *(*get_page)(struct inode *inode, uint64_t index);
};

/* Called for each entry; false stops. */
struct directory_visitor {
	bool (*visit)(struct directory_visitor *visitor, const char *name, size_t length,
		      uint64_t position, uint64_t inode_number, uint8_t type);
};

/* No lock is held. position is the file's own or a caller's (pread). NULL: not supported. */
struct file_operations {
	int (*open)(struct inode *inode, struct file *file);
	void (*release)(struct file *file);
	ssize_t (*read)(struct file *file, struct iov_iter *to, file_offset_t *position);
	ssize_t (*write)(struct file *file, struct iov_iter *from, file_offset_t *position);
	file_offset_t (*seek)(struct file *file, file_offset_t offset, int whence);
	int (*read_directory)(struct file *file, struct directory_visitor *visitor);
	long (*ioctl)(struct file *file, unsigned command, unsigned long argument);
	/* POLLIN ...; registers with poll_wait() on its queues when table is not NULL. */
	uint32_t (*poll)(struct file *file, struct poll_table *table);
	int (*flush)(struct file *file); /* each close of a descriptor */
	/* Check and prepare a mapping; NULL: -ENODEV unless the inode has get_page. */
	int (*map)(struct file *file, struct vma *vma);
};

/* Locks: [P] position_lock, A atomic */
struct file {
	struct refcount references;
	struct path path;    /* I references; dentry may be anonymous (pipes) */
	struct inode *inode; /* I a reference */
	const struct file_operations *operations; /* I */
	uint32_t flags;				  /* A: O_* status flags and access mode */
	struct mutex position_lock;
	file_offset_t position;	     /* [P] */
	void *private_data;	     /* the owner's */
	int32_t owner_pid;	     /* A: F_SETOWN */
	struct epoll_item *watchers; /* A: if any, the last file_put tells them: fs/eventpoll.h */
};

/* ---- files ---- */
void file_get(struct file *file);
void file_put(struct file *file); /* thread context; may sleep */
/* An open file on an inode without a name (pipes ...). Takes over the inode reference. */
NODISCARD struct file *file_create_anonymous(struct inode *inode,
					     const struct file_operations *operations,
					     uint32_t flags, const char *name);
/* Open by kernel path, relative to the current task's root/cwd; error pointer. */
NODISCARD struct file *file_open(const char *path, uint32_t flags, uint32_t mode);
NODISCARD struct file *file_open_at(int directory, const char *path, uint32_t flags, uint32_t mode);
/* Kernel reads/writes at a position, without touching the file's own. */
NODISCARD ssize_t file_read_kernel(struct file *file, void *buffer, size_t size,
				   file_offset_t position);
NODISCARD ssize_t file_write_kernel(struct file *file, const void *buffer, size_t size,
				    file_offset_t position);
/* For mm: the page-cache page at index, referenced; error pointer (-ENXIO past the end). */
NODISCARD struct frame *file_get_page(struct file *file, uint64_t index);
/* The path as /proc shows it, into buffer (PATH_MAX), " (deleted)" appended; its start. */
char *file_format_path(const struct file *file, char *buffer, size_t size);

/* ---- descriptor tables ---- */
struct file_table {
	struct refcount references;
	struct spinlock lock;
	uint32_t capacity;	 /* [lock] */
	struct file **files;	 /* [lock] each a reference */
	uint64_t *close_on_exec; /* [lock] bitmap */
	uint64_t *open_bits;	 /* [lock] bitmap */
};
NODISCARD struct file_table *file_table_create(void);
NODISCARD struct file_table *file_table_clone(struct file_table *source);
void file_table_get(struct file_table *table);
void file_table_put(struct file_table *table);
void file_table_close_on_exec(struct file_table *table);
/* A referenced file of the current task, or NULL. */
NODISCARD struct file *file_table_lookup(int descriptor);
/* Install at the lowest free descriptor >= minimum; takes over the reference. -EMFILE, -ENOMEM. */
NODISCARD int file_table_install(struct file *file, int minimum, bool close_on_exec);

/* ---- a task's place in the tree ---- */
struct fs_context {
	struct refcount references;
	struct spinlock lock;
	struct path root, working_directory; /* [lock] references */
	uint32_t umask;			     /* [lock] */
};
NODISCARD struct fs_context *fs_context_clone(struct fs_context *source);
void fs_context_get(struct fs_context *context);
void fs_context_put(struct fs_context *context);

/* ---- devices ---- */
/* Character devices by number: what /dev nodes and mknod reach. Boot or thread context. */
struct character_device {
	const char *name; /* its node under /dev, may contain one directory ("link/stdin") */
	uint32_t major, minor;
	uint32_t mode; /* permissions of the node */
	const struct file_operations *operations;
	struct list link;
};
void character_device_register(struct character_device *device);

/* ---- start-up, in this order ---- */
void vfs_init(void); /* caches, file systems registered, tmpfs mounted as / */
/* Unpack a cpio newc archive over the root; 0, or -EINVAL with the reason logged. */
NODISCARD int initramfs_unpack(const void *archive, size_t size);
