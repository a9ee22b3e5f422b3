/* SPDX-License-Identifier: MIT */
/* The checks of the checking build, each seen to pass and to panic. */
#include "harness.h"
#include "sync/mutex.h"

#include <string.h>

static struct spinlock files = SPINLOCK_INIT(LOCK_RANK_FILES);
static struct spinlock context = SPINLOCK_INIT(LOCK_RANK_FS_CONTEXT);
static struct spinlock tasks = SPINLOCK_INIT(LOCK_RANK_TASKS);
static struct spinlock queue = SPINLOCK_INIT(LOCK_RANK_WAIT_QUEUE);
static struct spinlock other_queue = SPINLOCK_INIT(LOCK_RANK_WAIT_QUEUE);
static struct mutex inode = MUTEX_INIT(inode, LOCK_RANK_INODE);
static struct mutex other_inode = MUTEX_INIT(other_inode, LOCK_RANK_INODE);
static struct mutex space = MUTEX_INIT(space, LOCK_RANK_MM);

static struct mutex *held;
static struct mutex **held_by_task(void)
{
	return &held;
}
static const struct blocking_operations operations = { .held = held_by_task };

/* What a task and a scheduler would be: mutexes know who holds them, spin locks whom to call. */
static void reschedule(void)
{
}

static void start(void)
{
	blocking_operations = &operations;
	preempt_reschedule = reschedule;
	host_test_cpu->current = (struct task *)&host_test_cpu;
}

TEST(test_locks_in_order_are_taken_and_given_back_in_any_order)
{
	start();
	mutex_lock(&inode);
	mutex_lock_nested(&other_inode);
	mutex_lock(&space);
	mutex_unlock(&inode);
	mutex_unlock(&space);
	mutex_unlock(&other_inode);
	CHECK(held == NULL);

	spin_lock(&files);
	spin_lock(&context);
	irqflags_t flags = spin_lock_irqsave(&tasks);
	spin_lock(&queue);
	spin_lock_nested(&other_queue);
	spin_unlock(&queue);
	spin_unlock(&other_queue);
	spin_unlock_irqrestore(&tasks, flags);
	spin_unlock(&files);
	spin_unlock(&context);
	CHECK(host_test_cpu->preempt_count == 0 && irqs_are_enabled());
	mutex_lock(&inode);
	mutex_unlock(&inode);
}

TEST(test_an_interrupt_has_an_order_of_its_own)
{
	start();
	spin_lock(&context);
	host_test_cpu->irq_depth++;
	irqflags_t flags = spin_lock_irqsave(&tasks);
	spin_unlock_irqrestore(&tasks, flags);
	CHECK_PANICS("!in_interrupt()", spin_lock(&files));
	host_test_cpu->preempt_count--;
	host_test_cpu->irq_depth--;
	spin_unlock(&context);
	CHECK(host_test_cpu->preempt_count == 0);
}

TEST(test_a_lock_of_interrupts_needs_them_off)
{
	start();
	CHECK_PANICS("!irqs_are_enabled()", spin_lock(&tasks));
	host_test_cpu->preempt_count--;
}

TEST(test_a_lower_or_equal_rank_panics)
{
	start();
	mutex_lock(&space);
	CHECK_PANICS("rank", mutex_lock(&inode));
	mutex_unlock(&space);
	mutex_lock(&inode);
	CHECK_PANICS("rank", mutex_lock(&other_inode));
	mutex_unlock(&inode);

	spin_lock(&context);
	CHECK_PANICS("rank", spin_lock_assert_allowed(LOCK_RANK_FILES));
	host_test_cpu->preempt_count--;
	host_test_flags = RFLAGS_IF;
	CHECK_PANICS("rank", spin_lock(&files));
	host_test_cpu->preempt_count--;
	host_test_flags = RFLAGS_IF;
	spin_unlock(&context);
}

TEST(test_nothing_sleeps_with_a_spin_lock_held)
{
	start();
	spin_lock(&files);
	CHECK_PANICS("may_sleep()", mutex_lock(&inode));
	spin_unlock(&files);
	irqflags_t flags = irq_save();
	CHECK_PANICS("may_sleep()", mutex_lock(&inode));
	irq_restore(flags);
	mutex_lock(&inode);
	mutex_unlock(&inode);
}

TEST(test_a_try_goes_against_the_order_and_is_noted)
{
	start();
	spin_lock(&context);
	CHECK(spin_try_lock(&files));
	spin_unlock(&context);
	CHECK_PANICS("rank", spin_lock_assert_allowed(LOCK_RANK_FILES));
	host_test_cpu->preempt_count--;
	host_test_flags = RFLAGS_IF;
	spin_unlock(&files);
	mutex_lock(&space);
	CHECK(mutex_try_lock(&inode));
	CHECK(!mutex_try_lock(&inode));
	mutex_unlock(&space);
	CHECK_PANICS("rank", mutex_lock(&other_inode));
	mutex_unlock(&inode);
}

TEST(test_a_lock_not_held_is_not_released)
{
	start();
	CHECK_PANICS("held->count", spin_unlock(&files));
	host_test_flags = RFLAGS_IF;
	CHECK_PANICS("owner", mutex_unlock(&inode));
}
