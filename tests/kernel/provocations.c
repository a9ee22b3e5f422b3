/* SPDX-License-Identifier: MIT */
/*
 * Bugs on purpose. tests/system/test_check_build.py runs each alone, in the checking build,
 * and looks for the panic that names it; a test that returns was not caught.
 */
#include "debug/kernel/selftest.h"
#include "mm/layout.h"
#include "mm/slab.h"
#include "sync/mutex.h"

KERNEL_PROVOCATION(object_freed_twice)
{
	uint64_t *object = kmalloc(sizeof(uint64_t) * 2);
	EXPECT(object);
	kfree(object);
	kfree(object);
	return false;
}

KERNEL_PROVOCATION(object_written_after_free)
{
	volatile uint64_t *object = kmalloc(sizeof(uint64_t) * 2);
	EXPECT(object);
	kfree((void *)object);
	object[1] = 0;
	for (int i = 0; i < MAGAZINE_SIZE; i++)
		EXPECT(kmalloc(sizeof(uint64_t) * 2));
	return false;
}

KERNEL_PROVOCATION(object_written_past_its_end)
{
	char *object = kmalloc(64);
	EXPECT(object);
	*(volatile char *)(object + 64) = 0;
	kfree(object);
	return false;
}

KERNEL_PROVOCATION(frame_written_after_free)
{
	struct frame *frame = frame_allocate(0, 0);
	EXPECT(frame);
	volatile char *memory = physical_to_virtual(frame_physical(frame));
	frame_free(frame);
	memory[5] = 0;
	for (int i = 0; i < 64; i++)
		EXPECT(frame_allocate(0, 0));
	return false;
}

KERNEL_PROVOCATION(spin_locks_out_of_order)
{
	static struct spinlock outer = SPINLOCK_INIT(LOCK_RANK_FILES);
	static struct spinlock inner = SPINLOCK_INIT(LOCK_RANK_FS_CONTEXT);
	spin_lock(&inner);
	spin_lock(&outer);
	return false;
}

KERNEL_PROVOCATION(mutexes_out_of_order)
{
	static struct mutex outer = MUTEX_INIT(outer, LOCK_RANK_INODE);
	static struct mutex inner = MUTEX_INIT(inner, LOCK_RANK_MM);
	mutex_lock(&inner);
	mutex_lock(&outer);
	return false;
}

KERNEL_PROVOCATION(sleep_with_a_spin_lock_held)
{
	static struct spinlock spin = SPINLOCK_INIT(LOCK_RANK_FILES);
	static struct mutex mutex = MUTEX_INIT(mutex, LOCK_RANK_INODE);
	spin_lock(&spin);
	mutex_lock(&mutex);
	return false;
}

KERNEL_PROVOCATION(interrupts_on_with_a_lock_of_theirs)
{
	static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_WAIT_QUEUE);
	spin_lock(&lock);
	return false;
}
