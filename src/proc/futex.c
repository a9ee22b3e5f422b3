/* SPDX-License-Identifier: MIT */
/*
 * A sleeper is known by (address space, address). The word is read before the bucket's lock
 * is taken and once more after the sleeper is queued, so a wake-up between is not lost.
 *
 * Known limit: a futex in memory shared between address spaces is not seen across them.
 */
#include "proc/futex.h"

#include "lib/atomic.h"
#include "lib/error.h"
#include "mm/user_copy.h"
#include "proc/sched.h"
#include "proc/wait_queue.h"

#include <linux/futex.h>

enum { BUCKETS = 64 };

struct sleeper {
	struct list link;
	struct task *task;
	struct mm *mm;
	vaddr_t address;
	uint32_t bitset;
	bool is_woken; /* A */
};

static struct bucket {
	struct spinlock lock;
	struct list sleepers; /* [lock] */
} buckets[BUCKETS] = { [0 ... BUCKETS - 1] = { .lock = SPINLOCK_INIT(LOCK_RANK_WAIT_QUEUE) } };

static struct bucket *bucket_of(const struct mm *mm, vaddr_t address)
{
	return &buckets[((vaddr_t)mm / 64 + address / sizeof(uint32_t)) % BUCKETS];
}

/* Lists are made on first use: static initialisers cannot point into an array of buckets. */
static irqflags_t lock_bucket(struct bucket *bucket) ACQUIRES(bucket->lock)
{
	irqflags_t flags = spin_lock_irqsave(&bucket->lock);
	if (!bucket->sleepers.next)
		list_init(&bucket->sleepers);
	return flags;
}

/* Both, maybe one and the same; the lower address first. */
static irqflags_t lock_buckets(struct bucket *a, struct bucket *b)
	ACQUIRES(a->lock, b->lock) NO_LOCK_ANALYSIS
{
	irqflags_t flags = lock_bucket(MIN(a, b));
	if (a != b) {
		spin_lock_nested(&MAX(a, b)->lock);
		if (!MAX(a, b)->sleepers.next)
			list_init(&MAX(a, b)->sleepers);
	}
	return flags;
}

static void unlock_buckets(struct bucket *a, struct bucket *b, irqflags_t flags)
	RELEASES(a->lock, b->lock) NO_LOCK_ANALYSIS
{
	if (a != b)
		spin_unlock(&MAX(a, b)->lock);
	spin_unlock_irqrestore(&MIN(a, b)->lock, flags);
}

static void forget(struct sleeper *sleeper)
{
	// Its bucket may have changed by a requeue: look until it holds still.
	for (;;) {
		struct bucket *bucket = bucket_of(sleeper->mm, load_relaxed(&sleeper->address));
		irqflags_t flags = lock_bucket(bucket);
		bool is_right = bucket == bucket_of(sleeper->mm, sleeper->address);
		if (is_right)
			list_remove(&sleeper->link);
		spin_unlock_irqrestore(&bucket->lock, flags);
		if (is_right)
			return;
	}
}

long futex_wait(uint32_t __user *address, uint32_t expected, uint32_t bitset,
		nanoseconds_t deadline)
{
	struct sleeper sleeper = { .task = current_task(),
				   .mm = current_task()->mm,
				   .address = (vaddr_t)(__force void *)address,
				   .bitset = bitset };
	uint32_t value;
	long result = 0;

	if (sleeper.address % sizeof(uint32_t) || bitset == 0)
		return -EINVAL;
	struct bucket *bucket = bucket_of(sleeper.mm, sleeper.address);
	irqflags_t flags = lock_bucket(bucket);
	list_add_last(&bucket->sleepers, &sleeper.link);
	spin_unlock_irqrestore(&bucket->lock, flags);

	if (load_user_u32(&value, address))
		result = -EFAULT;
	else if (value != expected)
		result = -EAGAIN;
	while (!result) {
		wait_prepare(true, "futex", (void *)sleeper.address);
		if (load_acquire(&sleeper.is_woken))
			break;
		result = wait_sleep(true, deadline);
		if (load_acquire(&sleeper.is_woken))
			result = 0;
		if (sleeper.is_woken)
			break;
	}
	wait_finish();
	forget(&sleeper);
	return sleeper.is_woken ? 0 : result;
}

static void wake_sleeper(struct sleeper *sleeper)
{
	struct task *task = sleeper->task;

	list_remove(&sleeper->link);
	store_release(&sleeper->is_woken, true);
	task_wake(task); // under the bucket's lock, which the sleeper takes before it goes
}

static long wake_in(struct bucket *bucket, vaddr_t address, uint32_t count, uint32_t bitset)
	REQUIRES(bucket->lock)
{
	struct sleeper *sleeper, *next;
	long woken = 0;

	list_for_each_safe (sleeper, next, &bucket->sleepers, link) {
		if ((uint32_t)woken >= count)
			break;
		if (sleeper->mm == current_task()->mm && sleeper->address == address &&
		    (sleeper->bitset & bitset)) {
			wake_sleeper(sleeper);
			woken++;
		}
	}
	return woken;
}

long futex_wake(uint32_t __user *address, uint32_t count, uint32_t bitset)
{
	vaddr_t where = (vaddr_t)(__force void *)address;

	if (where % sizeof(uint32_t) || bitset == 0)
		return -EINVAL;
	struct bucket *bucket = bucket_of(current_task()->mm, where);
	irqflags_t flags = lock_bucket(bucket);
	long woken = wake_in(bucket, where, count, bitset);
	spin_unlock_irqrestore(&bucket->lock, flags);
	return woken;
}

long futex_wake_address(int32_t __user *address, uint32_t count)
{
	return futex_wake((uint32_t __user *)address, count, FUTEX_BITSET_MATCH_ANY);
}

long futex_requeue(uint32_t __user *from, uint32_t wake_count, uint32_t __user *to,
		   uint32_t move_count, bool is_checked, uint32_t expected)
{
	vaddr_t source = (vaddr_t)(__force void *)from, target = (vaddr_t)(__force void *)to;
	struct mm *mm = current_task()->mm;
	struct sleeper *sleeper, *next;
	uint32_t value;

	if (source % sizeof(uint32_t) || target % sizeof(uint32_t))
		return -EINVAL;
	if (is_checked) {
		if (load_user_u32(&value, from))
			return -EFAULT;
		if (value != expected)
			return -EAGAIN;
	}
	struct bucket *first = bucket_of(mm, source), *second = bucket_of(mm, target);
	irqflags_t flags = lock_buckets(first, second);
	long done = wake_in(first, source, wake_count, FUTEX_BITSET_MATCH_ANY);
	uint32_t moved = 0;
	list_for_each_safe (sleeper, next, &first->sleepers, link) {
		if (moved >= move_count)
			break;
		if (sleeper->mm != mm || sleeper->address != source)
			continue;
		list_remove(&sleeper->link);
		store_relaxed(&sleeper->address, target);
		list_add_last(&second->sleepers, &sleeper->link);
		moved++;
	}
	unlock_buckets(first, second, flags);
	return done + moved;
}

/* ---- robust lists (Documentation/locking/robust-futexes.rst) ---- */

enum { ROBUST_LIST_MAX = 2048 };

static void mark_dead(vaddr_t address, uint32_t tid, bool is_pending)
{
	uint32_t __user *word = (uint32_t __user *)address;
	uint32_t value;

	if (address % sizeof(uint32_t) || load_user_u32(&value, word))
		return;
	if (is_pending && value == 0) // it had let go, and had not woken yet
		futex_wake_address((int32_t __user *)word, 1);
	if ((value & FUTEX_TID_MASK) != tid)
		return;
	// Its owner is this task: others change no more than the bit that says they wait.
	if (put_user((value & FUTEX_WAITERS) | FUTEX_OWNER_DIED, word) == 0)
		futex_wake_address((int32_t __user *)word, 1);
}

void futex_release_robust(struct task *task)
{
	struct robust_list_head head;
	vaddr_t list = (vaddr_t)(__force void *)task->robust_list;

	if (!list || copy_from_user(&head, task->robust_list, sizeof(head)))
		return;
	uint32_t tid = (uint32_t)task->tid;
	vaddr_t pending = (vaddr_t)head.list_op_pending & ~1ul; // bit 0: priority inheritance
	vaddr_t entry = (vaddr_t)head.list.next & ~1ul;
	for (int i = 0; entry != list && i < ROBUST_LIST_MAX; i++) {
		vaddr_t next;
		bool is_broken = get_user(next, (vaddr_t __user *)entry) != 0;
		if (entry != pending)
			mark_dead(entry + (vaddr_t)head.futex_offset, tid, false);
		if (is_broken)
			break;
		entry = next & ~1ul;
	}
	if (pending)
		mark_dead(pending + (vaddr_t)head.futex_offset, tid, true);
}
