/* SPDX-License-Identifier: MIT */
/*
 * One list of all locks under one spin lock, and one queue of those who wait: locks are few
 * and short. What an owner has of one inode never overlaps: a new lock cuts or swallows the
 * old. A request needs at most two new records (itself, and the rest of a lock that it cuts
 * in two); they are allocated before the lock is taken.
 *
 * A waiter notes whom it waits for; a chain of such notes that comes back to the requester
 * is a deadlock. Limit: with threads sharing a table, only its first waiter's note is followed.
 */
#include "fs/file_lock.h"

#include "lib/atomic.h"
#include "lib/error.h"
#include "mm/slab.h"
#include "proc/wait_queue.h"

enum { SPARE_COUNT = 2, CHAIN_MAX = 64 };

struct lock_waiter {
	struct list link;
	const void *owner, *blocker;
};

static struct spinlock locks_lock = SPINLOCK_INIT(LOCK_RANK_FILE_LOCKS);
static struct list locks = LIST_INIT(locks);		   /* [locks_lock] */
static struct list lock_waiters = LIST_INIT(lock_waiters); /* [locks_lock] */
static struct wait_queue queue = WAIT_QUEUE_INIT(queue);
static uint32_t lock_count; /* A: written under locks_lock */

/* A request under way. */
struct attempt {
	const struct file_lock *request;
	struct list spares; /* unused records, later also those to free */
	struct lock_waiter waiter;
	bool waits;
	int result;
};

static bool is_about(const struct file_lock *lock, const struct file_lock *request)
{
	return lock->inode == request->inode && lock->kind == request->kind;
}

static bool overlaps(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

/* Overlapping, or side by side. */
static bool touches(const struct file_lock *a, const struct file_lock *b)
{
	return overlaps(a, b) || a->end + 1 == b->start || b->end + 1 == a->start;
}

static const struct file_lock *find_conflict_locked(const struct file_lock *request)
	REQUIRES(locks_lock)
{
	const struct file_lock *lock;

	if (request->type == F_UNLCK)
		return NULL;
	list_for_each (lock, &locks, link)
		if (is_about(lock, request) && lock->owner != request->owner &&
		    overlaps(lock, request) && (lock->type == F_WRLCK || request->type == F_WRLCK))
			return lock;
	return NULL;
}

static bool is_deadlock_locked(const void *owner, const void *blocker) REQUIRES(locks_lock)
{
	for (int i = 0; i < CHAIN_MAX; i++) {
		const struct lock_waiter *waiter, *found = NULL;
		if (blocker == owner)
			return true;
		list_for_each (waiter, &lock_waiters, link)
			if (!found && waiter->owner == blocker)
				found = waiter;
		if (!found)
			return false;
		blocker = found->blocker;
	}
	return false;
}

static void insert_locked(struct attempt *attempt, const struct file_lock *contents)
	REQUIRES(locks_lock)
{
	struct file_lock *lock = list_first(&attempt->spares, struct file_lock, link);

	list_remove(&lock->link);
	*lock = *contents;
	list_add_last(&locks, &lock->link);
	store_relaxed(&lock_count, lock_count + 1);
}

static void remove_locked(struct file_lock *lock, struct list *freed) REQUIRES(locks_lock)
{
	list_remove(&lock->link);
	list_add_last(freed, &lock->link);
	store_relaxed(&lock_count, lock_count - 1);
}

/* Make room in one of the owner's own locks. wanted may grow over it. */
static void cut_locked(struct attempt *attempt, struct file_lock *own, struct file_lock *wanted)
	REQUIRES(locks_lock)
{
	if (own->type == wanted->type) {
		wanted->start = MIN(wanted->start, own->start);
		wanted->end = MAX(wanted->end, own->end);
		remove_locked(own, &attempt->spares);
		return;
	}
	bool sticks_out_left = own->start<wanted->start, sticks_out_right = own->end> wanted->end;
	if (sticks_out_left && sticks_out_right) {
		struct file_lock right = *own;
		right.start = wanted->end + 1;
		insert_locked(attempt, &right);
	}
	if (sticks_out_left)
		own->end = wanted->start - 1;
	else if (sticks_out_right)
		own->start = wanted->end + 1;
	else
		remove_locked(own, &attempt->spares);
}

static void apply_locked(struct attempt *attempt) REQUIRES(locks_lock)
{
	struct file_lock wanted = *attempt->request, *lock, *next;

	list_for_each_safe (lock, next, &locks, link)
		if (is_about(lock, &wanted) && lock->owner == wanted.owner &&
		    (lock->type == wanted.type ? touches(lock, &wanted) : overlaps(lock, &wanted)))
			cut_locked(attempt, lock, &wanted);
	if (wanted.type != F_UNLCK)
		insert_locked(attempt, &wanted);
}

/* Drop all that the owner has on the inode, onto a list. True if there was any. */
static bool drop_locked(const struct inode *inode, const void *owner, struct list *freed)
	REQUIRES(locks_lock)
{
	struct file_lock *lock, *next;
	bool has_dropped = false;

	list_for_each_safe (lock, next, &locks, link)
		if (lock->inode == inode && lock->owner == owner) {
			remove_locked(lock, freed);
			has_dropped = true;
		}
	return has_dropped;
}

/* Is the request settled, one way or the other? */
static bool try_apply(struct attempt *attempt)
{
	const struct file_lock *request = attempt->request;

	spin_lock(&locks_lock);
	list_remove(&attempt->waiter.link);
	const struct file_lock *conflict = find_conflict_locked(request);
	bool is_settled = true;
	if (!conflict) {
		apply_locked(attempt);
		attempt->result = 0;
	} else if (!attempt->waits) {
		attempt->result = -EAGAIN;
	} else if (request->kind == FILE_LOCK_RANGE &&
		   is_deadlock_locked(request->owner, conflict->owner)) {
		attempt->result = -EDEADLK;
	} else {
		attempt->waiter.owner = request->owner;
		attempt->waiter.blocker = conflict->owner;
		list_add_last(&lock_waiters, &attempt->waiter.link);
		is_settled = false;
	}
	spin_unlock(&locks_lock);
	return is_settled;
}

/* flock(2) changes a lock by giving up the old one first: others may come between. */
static void give_up_other_type(struct attempt *attempt)
{
	const struct file_lock *request = attempt->request;
	struct file_lock *lock, *next;

	spin_lock(&locks_lock);
	list_for_each_safe (lock, next, &locks, link)
		if (is_about(lock, request) && lock->owner == request->owner &&
		    lock->type != request->type)
			remove_locked(lock, &attempt->spares);
	spin_unlock(&locks_lock);
	wait_queue_wake_all(&queue);
}

static void free_all(struct list *records)
{
	while (!list_is_empty(records)) {
		struct file_lock *lock = list_first(records, struct file_lock, link);
		list_remove(&lock->link);
		kfree(lock);
	}
}

int file_lock_apply(const struct file_lock *request, bool waits)
{
	struct attempt attempt = { .request = request, .waits = waits };

	list_init(&attempt.spares);
	list_init(&attempt.waiter.link);
	for (int i = 0; i < SPARE_COUNT; i++) {
		struct file_lock *spare = knew(struct file_lock);
		if (!spare) {
			free_all(&attempt.spares);
			return -ENOMEM;
		}
		list_add_last(&attempt.spares, &spare->link);
	}
	if (request->kind == FILE_LOCK_WHOLE)
		give_up_other_type(&attempt);
	int error = WAIT_EVENT_INTERRUPTIBLE(&queue, try_apply(&attempt), "file lock");
	if (error) {
		spin_lock(&locks_lock);
		list_remove(&attempt.waiter.link);
		spin_unlock(&locks_lock);
	} else {
		error = attempt.result;
	}
	free_all(&attempt.spares);
	wait_queue_wake_all(&queue); // what was given up or made smaller may let others in
	return error;
}

bool file_lock_find_conflict(const struct file_lock *request, struct file_lock *conflict)
{
	spin_lock(&locks_lock);
	const struct file_lock *found = find_conflict_locked(request);
	if (found)
		*conflict = *found;
	spin_unlock(&locks_lock);
	return found;
}

void file_lock_release(const struct inode *inode, const void *owner)
{
	struct list freed;

	if (load_relaxed(&lock_count) == 0)
		return;
	list_init(&freed);
	spin_lock(&locks_lock);
	bool has_dropped = drop_locked(inode, owner, &freed);
	spin_unlock(&locks_lock);
	free_all(&freed);
	if (has_dropped)
		wait_queue_wake_all(&queue);
}
