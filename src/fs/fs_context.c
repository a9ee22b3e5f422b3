/* SPDX-License-Identifier: MIT */
#include "fs/path.h"
#include "fs/vfs.h"
#include "mm/slab.h"
#include "fs/mount.h"

enum { UMASK_DEFAULT = 022 };

struct fs_context *fs_context_clone(struct fs_context *source)
{
	struct fs_context *context = knew(struct fs_context);

	if (!context)
		return NULL;
	refcount_init(&context->references);
	spin_lock_init(&context->lock, LOCK_RANK_FS_CONTEXT);
	context->umask = UMASK_DEFAULT;
	if (source) {
		spin_lock(&source->lock);
		context->root = source->root;
		context->working_directory = source->working_directory;
		context->umask = source->umask;
		path_get(&context->root);
		path_get(&context->working_directory);
		spin_unlock(&source->lock);
	}
	return context;
}

void fs_context_get(struct fs_context *context)
{
	refcount_get(&context->references);
}

void fs_context_put(struct fs_context *context)
{
	if (!refcount_put(&context->references))
		return;
	path_put(&context->root);
	path_put(&context->working_directory);
	kfree(context);
}

/* Replace a path of the context; takes over the references of to. */
void fs_context_set(struct fs_context *context, struct path *which, struct path to)
{
	spin_lock(&context->lock);
	struct path old = *which;
	*which = to;
	spin_unlock(&context->lock);
	path_put(&old);
}
