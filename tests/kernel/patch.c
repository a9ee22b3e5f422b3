/* SPDX-License-Identifier: MIT */
/* Branches that are changed while CPUs run through them. */
#include "arch/patch.h"
#include "core/percpu.h"
#include "debug/kernel/selftest.h"
#include "lib/atomic.h"
#include "tests/kernel/each_cpu.h"

enum { CHANGES = 100 };

static const char changing_key, quiet_key;
static uint32_t changes, witnesses; /* A: changes made; CPUs that have seen the last one */

static NOINLINE bool runs_through_the_branch(void)
{
	return patched_branch(&changing_key);
}

/* CPU 0 changes the branch; the others run through it all the time and must see each change. */
static bool watch_branch(uint32_t cpu, void *unused)
{
	(void)unused;
	for (uint32_t i = 1; i <= CHANGES; i++) {
		bool is_on = i % 2;
		if (cpu == 0) {
			while (load_acquire(&witnesses) != (cpu_count - 1) * (i - 1))
				(void)runs_through_the_branch();
			patch_set(&changing_key, is_on);
			store_release(&changes, i);
			EXPECT(runs_through_the_branch() == is_on);
		} else {
			while (load_acquire(&changes) != i)
				(void)runs_through_the_branch();
			EXPECT(runs_through_the_branch() == is_on);
			fetch_add_relaxed(&witnesses, 1);
		}
	}
	return true;
}

KERNEL_TEST(a_changed_branch_is_seen_by_each_cpu_at_its_next_turn)
{
	changes = witnesses = 0;
	EXPECT(each_cpu_run(watch_branch, NULL));
	patch_set(&changing_key, false);
	EXPECT(!runs_through_the_branch());
	return true;
}

static bool change_often(uint32_t cpu, void *unused)
{
	(void)unused;
	for (uint32_t i = 0; i < CHANGES; i++)
		patch_set(&changing_key, (i + cpu) % 2);
	return true;
}

KERNEL_TEST(changes_from_all_cpus_at_once_do_not_wait_for_each_other)
{
	EXPECT(each_cpu_run(change_often, NULL));
	patch_set(&changing_key, false);
	EXPECT(!runs_through_the_branch());
	return true;
}

KERNEL_TEST(a_change_leaves_branches_of_other_keys_alone)
{
	EXPECT(!patched_branch(&quiet_key));
	patch_set(&changing_key, true);
	EXPECT(!patched_branch(&quiet_key) && runs_through_the_branch());
	patch_set(&changing_key, false);
	return true;
}
