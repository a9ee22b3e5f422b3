/* SPDX-License-Identifier: MIT */
/*
 * The contents of regular files: the inode's cached pages are the only copy. A page that was
 * never written is a hole and reads as zeros. What is behind the size in the last page is
 * zero, so that growing shows zeros (a writer through a mapping may break that, as on Linux).
 */
#include "fs/tmpfs/tmpfs_private.h"

#include "core/time.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/page_cache.h"
#include "fs/size_limit.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/layout.h"

#include <linux/falloc.h>

enum { SECTOR_SIZE = 512 };
static const file_offset_t file_size_max = INT64_MAX;

static void clear_in_page(struct inode *inode, uint64_t from, uint64_t to)
{
	struct frame *frame = from < to ? page_cache_find(inode->pages, from / PAGE_SIZE) : NULL;

	if (!frame)
		return;
	memset((char *)physical_to_virtual(frame_physical(frame)) + from % PAGE_SIZE, 0, to - from);
	frame_put(frame);
}

static int set_size(struct inode *inode, uint64_t size)
{
	int error = size_limit_grow(inode->size, size);
	if (error)
		return error;
	if (size < inode->size) { // the tail of the last page is zeroed: growing shows zeros
		uint64_t kept = ALIGN_UP(size, (uint64_t)PAGE_SIZE);
		page_cache_truncate(inode->pages, kept / PAGE_SIZE);
		clear_in_page(inode, size, kept);
	}
	inode->size = size;
	inode_touch_modified(inode);
	return 0;
}

void tmpfs_get_attributes(struct inode *inode, uint64_t *blocks, uint32_t *block_size)
{
	*block_size = PAGE_SIZE;
	*blocks = inode->pages ? page_cache_count(inode->pages) * (PAGE_SIZE / SECTOR_SIZE) : 0;
}

/* NULL: no room. Pages that are there need none, so a full file system can be changed. */
static struct frame *make_page(struct inode *inode, uint64_t index)
{
	struct frame *frame = page_cache_find(inode->pages, index);
	return frame || page_cache_room() == 0 ? frame : page_cache_make(inode->pages, index);
}

static struct frame *get_page(struct inode *inode, uint64_t index)
{
	if (index >= ALIGN_UP(inode->size, (uint64_t)PAGE_SIZE) / PAGE_SIZE)
		return error_pointer(-ENXIO);
	struct frame *frame = make_page(inode, index);
	return frame ? frame : error_pointer(-ENXIO); // SIGBUS, as on Linux
}

/* Whole pages go, parts of pages are zeroed. */
static void punch_hole(struct inode *inode, uint64_t start, uint64_t end)
{
	uint64_t first_whole = ALIGN_UP(start, (uint64_t)PAGE_SIZE);
	uint64_t last_whole = end - end % PAGE_SIZE;

	if (first_whole > last_whole) { // within one page
		clear_in_page(inode, start, end);
		return;
	}
	clear_in_page(inode, start, first_whole);
	clear_in_page(inode, last_whole, end);
	if (first_whole < last_whole)
		page_cache_remove(inode->pages, first_whole / PAGE_SIZE,
				  last_whole / PAGE_SIZE - 1);
}

/* Pages made before memory ran out stay: they are the file's, as a write's would be. */
static int fill_hole(struct inode *inode, uint64_t start, uint64_t end)
{
	for (uint64_t index = start / PAGE_SIZE; index <= (end - 1) / PAGE_SIZE; index++) {
		struct frame *frame = make_page(inode, index);
		if (!frame)
			return -ENOSPC;
		frame_put(frame);
	}
	return 0;
}

static int allocate(struct inode *inode, uint32_t mode, uint64_t offset, uint64_t length)
{
	uint64_t end = offset + length;

	if (mode & FALLOC_FL_PUNCH_HOLE) {
		punch_hole(inode, offset, end);
	} else {
		if (length / PAGE_SIZE > page_cache_room())
			return -ENOSPC;
		int error = size_limit_grow(inode->size, end);
		if (!error)
			error = fill_hole(inode, offset, end);
		if (error)
			return error;
		if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode->size)
			inode->size = end;
	}
	inode_touch_modified(inode);
	return 0;
}

static ssize_t read_page(struct inode *inode, struct iov_iter *to, uint64_t position, size_t size)
{
	size_t offset = position % PAGE_SIZE;
	struct frame *frame = page_cache_find(inode->pages, position / PAGE_SIZE);

	if (!frame)
		return iov_iter_zero(to, size);
	char *page = physical_to_virtual(frame_physical(frame));
	ssize_t moved = iov_iter_copy_to(to, page + offset, size);
	frame_put(frame);
	return moved;
}

static ssize_t read_file(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	struct inode *inode = file->inode;
	ssize_t done = 0;

	while (to->count > 0 && *position < (file_offset_t)inode->size) {
		size_t part = MIN(to->count, PAGE_SIZE - (size_t)*position % PAGE_SIZE);
		part = MIN(part, (size_t)(inode->size - (uint64_t)*position));
		ssize_t moved = read_page(inode, to, (uint64_t)*position, part);
		if (moved < 0)
			return done ? done : moved;
		*position += moved;
		done += moved;
		if ((size_t)moved < part)
			break;
	}
	if (done && !(file->flags & O_NOATIME))
		inode->times.access = time_wall_clock();
	return done;
}

static ssize_t write_page(struct inode *inode, struct iov_iter *from, uint64_t position,
			  size_t size)
{
	struct frame *frame = make_page(inode, position / PAGE_SIZE);
	if (!frame)
		return -ENOSPC;
	char *page = physical_to_virtual(frame_physical(frame));
	ssize_t moved = iov_iter_copy_from(from, page + position % PAGE_SIZE, size);
	frame_put(frame);
	return moved;
}

static ssize_t write_locked(struct inode *inode, struct iov_iter *from, file_offset_t *position)
	REQUIRES(inode->lock)
{
	ssize_t done = 0;

	while (from->count > 0) {
		size_t part = MIN(from->count, PAGE_SIZE - (size_t)*position % PAGE_SIZE);
		if (*position > file_size_max - (file_offset_t)part)
			return done ? done : -EFBIG;
		ssize_t moved = write_page(inode, from, (uint64_t)*position, part);
		if (moved < 0)
			return done ? done : moved;
		*position += moved;
		done += moved;
		inode->size = MAX(inode->size, (uint64_t)*position);
		if ((size_t)moved < part)
			break;
	}
	return done;
}

static ssize_t write_file(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	struct inode *inode = file->inode;

	mutex_lock(&inode->lock);
	if (file->flags & O_APPEND)
		*position = (file_offset_t)inode->size;
	ssize_t done = size_limit_write(*position, from->count);
	if (done > 0) {
		from->count = (size_t)done;
		done = write_locked(inode, from, position);
	}
	if (done > 0) {
		inode_touch_modified(inode);
		inode_drop_set_id(inode);
	}
	mutex_unlock(&inode->lock);
	return done;
}

/* SEEK_DATA and SEEK_HOLE: pages that were never written are holes; the end is one. */
static file_offset_t find_extent(struct inode *inode, file_offset_t offset, int whence)
{
	uint64_t size = inode->size, index = (uint64_t)offset / PAGE_SIZE;

	if (offset < 0 || (uint64_t)offset >= size)
		return -ENXIO;
	uint64_t found = whence == SEEK_DATA ? page_cache_next_present(inode->pages, index)
					     : page_cache_next_absent(inode->pages, index);
	if (found == index)
		return offset;
	uint64_t start = found > size / PAGE_SIZE ? size : found * PAGE_SIZE;
	if (start >= size)
		return whence == SEEK_DATA ? -ENXIO : (file_offset_t)size;
	return (file_offset_t)start;
}

static file_offset_t seek_file(struct file *file, file_offset_t offset, int whence)
{
	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return file_seek_bytes(file, offset, whence);
	mutex_lock(&file->inode->lock);
	file_offset_t found = find_extent(file->inode, offset, whence);
	mutex_unlock(&file->inode->lock);
	return found < 0 ? found : (file->position = found);
}

const struct inode_operations tmpfs_data_inode_operations = {
	.set_size = set_size,
	.allocate = allocate,
	.get_attributes = tmpfs_get_attributes,
	.get_page = get_page,
};
const struct file_operations tmpfs_data_file_operations = {
	.read = read_file,
	.write = write_file,
	.seek = seek_file,
};
