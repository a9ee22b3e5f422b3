/* SPDX-License-Identifier: MIT */
/*
 * The files of /proc that tell of memory, time and CPUs, in Linux's formats (proc(5)). What
 * Linux counts and this kernel has not (swap, disk caches) is shown as 0 where programs
 * expect the line, and left out elsewhere.
 */
#include "arch/clock.h"
#include "arch/features.h"
#include "arch/msr.h"
#include "core/command_line.h"
#include "core/system_name.h"
#include "core/time.h"
#include "debug/kernel/alloc_site.h"
#include "fs/device.h"
#include "fs/page_cache.h"
#include "fs/procfs/procfs_private.h"
#include "lib/atomic.h"
#include "lib/format.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/slab.h"
#include "proc/sched.h"

enum {
	PAGE_KIB = PAGE_SIZE / 1024,
	NANOSECONDS_PER_CLOCK_TICK = NANOSECONDS_PER_SECOND / 100, /* USER_HZ */
};

/* ---- memory ---- */

static uint64_t slab_pages(void)
{
	uint64_t pages = 0;
	struct slab_cache *cache;

	list_for_each (cache, &slab_caches, all_link)
		pages += load_relaxed(&cache->slab_count) << cache->order;
	return pages;
}

static uint64_t task_count(void)
{
	struct task *task;
	uint64_t count = 0;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	list_for_each (task, &all_tasks, all_link)
		count++;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return count;
}

static int show_meminfo(const struct proc_node *node, struct text_sink *text)
{
	struct frame_statistics memory = frame_get_statistics();
	uint64_t cached = page_cache_total_pages();
	uint64_t vmalloc_pages = (VMALLOC_LIMIT - VMALLOC_BASE) / PAGE_SIZE;
	const struct {
		const char *name;
		uint64_t pages;
	} lines[] = {
		{ "MemTotal", memory.total },
		{ "MemFree", memory.free },
		{ "MemAvailable", memory.free },
		{ "Buffers", 0 },
		{ "Cached", cached },
		{ "SwapCached", 0 },
		{ "SwapTotal", 0 },
		{ "SwapFree", 0 },
		{ "Dirty", 0 },
		{ "Writeback", 0 },
		{ "Shmem", cached }, // all cached pages are tmpfs's
		{ "Slab", slab_pages() },
		{ "SReclaimable", 0 },
		{ "SUnreclaim", slab_pages() },
		{ "KernelStack", task_count() * KERNEL_STACK_PAGES },
		{ "VmallocTotal", vmalloc_pages },
	};

	(void)node;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		size_t start = text->length;
		text_sink_print(text, "%s:", lines[i].name);
		text_sink_print(text, "%*lu kB\n", (int)(24 - (text->length - start)),
				lines[i].pages * PAGE_KIB);
	}
	return 0;
}

static int show_slabinfo(const struct proc_node *node, struct text_sink *text)
{
	struct slab_cache *cache;

	(void)node;
	text_sink_print(text, "slabinfo - version: 2.1\n# name            <active_objs> <num_objs> "
			      "<objsize> <objperslab> <pagesperslab> : tunables <limit> "
			      "<batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> "
			      "<sharedavail>\n");
	list_for_each (cache, &slab_caches, all_link) {
		uint64_t slabs = load_relaxed(&cache->slab_count);
		uint64_t objects = slabs * cache->objects_per_slab;
		text_sink_print(text, "%-17s %6lu %6lu %6u %4u %4d", cache->name,
				slab_cache_count_objects(cache), objects, cache->object_size,
				cache->objects_per_slab, 1 << cache->order);
		text_sink_print(text, " : tunables %4d %4d %4d : slabdata %6lu %6lu %6d\n",
				MAGAZINE_SIZE, MAGAZINE_SIZE / 2, 0,
				slabs - load_relaxed(&cache->empty_count), slabs, 0);
	}
	return 0;
}

static int show_allocsites(const struct proc_node *node, struct text_sink *text)
{
	(void)node;
	for (uint32_t i = 0; i < alloc_site_count(); i++) {
		const struct alloc_site *site = &alloc_sites_start[i];
		struct alloc_counter total = alloc_site_total(alloc_site_index(site));
		text_sink_print(text, "%s:%u\t%s\t%s\t%ld\t%ld\n", site->file, site->line,
				site->function, site->type, total.objects, total.bytes);
	}
	return 0;
}

/* ---- time ---- */

static struct sched_cpu_times all_cpu_times(void)
{
	struct sched_cpu_times sum = { 0 };

	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		if (!load_relaxed(&cpus[cpu].is_online))
			continue;
		struct sched_cpu_times times = sched_get_cpu_times(cpu);
		sum.user += times.user;
		sum.system += times.system;
		sum.idle += times.idle;
		sum.switch_count += times.switch_count;
	}
	return sum;
}

static void write_seconds(struct text_sink *text, nanoseconds_t time)
{
	text_sink_print(text, "%lu.%02lu", time / NANOSECONDS_PER_SECOND,
			time % NANOSECONDS_PER_SECOND / NANOSECONDS_PER_CLOCK_TICK);
}

static int show_uptime(const struct proc_node *node, struct text_sink *text)
{
	(void)node;
	write_seconds(text, time_since_boot());
	text_sink_print(text, " ");
	write_seconds(text, all_cpu_times().idle);
	text_sink_print(text, "\n");
	return 0;
}

/*
 * Load averages: as in Linux a decaying mean with a step every 5 seconds, but of the CPUs in
 * use, and brought up to date when somebody asks, from how long the CPUs were idle meanwhile.
 */
enum { LOAD_SHIFT = 11, LOAD_ONE = 1 << LOAD_SHIFT };
static const nanoseconds_t load_step = 5ul * NANOSECONDS_PER_SECOND;
static const uint64_t load_decay[3] = { 1884, 2014, 2037 }; /* 1/exp(5s/1,5,15min) */

static struct {
	struct spinlock lock;
	nanoseconds_t time, idle; /* [lock] of the last step */
	uint64_t averages[3];	  /* [lock] in 1 / LOAD_ONE */
} load = { .lock = SPINLOCK_INIT(LOCK_RANK_LOAD) };

/* decay to the power of steps, in 1 / LOAD_ONE. */
static uint64_t decay_power(uint64_t decay, uint64_t steps)
{
	uint64_t result = LOAD_ONE;

	for (; steps; steps >>= 1) {
		if (steps & 1)
			result = result * decay >> LOAD_SHIFT;
		decay = decay * decay >> LOAD_SHIFT;
	}
	return result;
}

static void get_load(uint64_t averages[3])
{
	nanoseconds_t idle = all_cpu_times().idle, now = time_since_boot();

	spin_lock(&load.lock);
	nanoseconds_t elapsed = now - load.time;
	uint64_t steps = elapsed / load_step;
	if (steps) {
		nanoseconds_t possible = elapsed * cpu_count;
		nanoseconds_t idled = MIN(idle - load.idle, possible);
		uint64_t active = (possible - idled) / (elapsed >> LOAD_SHIFT);
		for (int i = 0; i < 3; i++) {
			uint64_t kept = decay_power(load_decay[i], steps);
			load.averages[i] = (load.averages[i] * kept + active * (LOAD_ONE - kept)) >>
					   LOAD_SHIFT;
		}
		load.time = now;
		load.idle = idle;
	}
	for (int i = 0; i < 3; i++)
		averages[i] = load.averages[i];
	spin_unlock(&load.lock);
}

struct task_totals {
	uint64_t tasks, runnable, blocked;
	int32_t newest;
};

static struct task_totals count_tasks(void)
{
	struct task_totals totals = { 0 };
	nanoseconds_t latest = 0;
	struct task *task;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	list_for_each (task, &all_tasks, all_link) {
		totals.tasks++;
		totals.runnable += load_relaxed(&task->state) == TASK_RUNNING;
		totals.blocked += load_relaxed(&task->state) == TASK_UNINTERRUPTIBLE;
		if (task->process->start_time >= latest && !task->is_kernel_thread) {
			latest = task->process->start_time;
			totals.newest = task->tid;
		}
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	return totals;
}

static int show_loadavg(const struct proc_node *node, struct text_sink *text)
{
	struct task_totals totals = count_tasks();
	uint64_t averages[3];

	(void)node;
	get_load(averages);
	for (int i = 0; i < 3; i++)
		text_sink_print(text, "%lu.%02lu ", averages[i] >> LOAD_SHIFT,
				(averages[i] & (LOAD_ONE - 1)) * 100 >> LOAD_SHIFT);
	text_sink_print(text, "%lu/%lu %d\n", totals.runnable, totals.tasks, totals.newest);
	return 0;
}

static void write_cpu_times(struct text_sink *text, const struct sched_cpu_times *times)
{
	/* user nice system idle iowait irq softirq steal guest guest_nice */
	text_sink_print(text, " %lu 0 %lu %lu 0 0 0 0 0 0\n",
			times->user / NANOSECONDS_PER_CLOCK_TICK,
			times->system / NANOSECONDS_PER_CLOCK_TICK,
			times->idle / NANOSECONDS_PER_CLOCK_TICK);
}

static int show_stat(const struct proc_node *node, struct text_sink *text)
{
	struct sched_cpu_times all = all_cpu_times();
	struct task_totals totals = count_tasks();
	uint64_t interrupts = 0;

	(void)node;
	text_sink_print(text, "cpu ");
	write_cpu_times(text, &all);
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		if (!load_relaxed(&cpus[cpu].is_online))
			continue;
		struct sched_cpu_times times = sched_get_cpu_times(cpu);
		text_sink_print(text, "cpu%u", cpu);
		write_cpu_times(text, &times);
		interrupts += load_relaxed(&cpus[cpu].irq_count);
	}
	text_sink_print(text, "intr %lu\nctxt %lu\nbtime %lu\n", interrupts, all.switch_count,
			(time_wall_clock() - time_since_boot()) / NANOSECONDS_PER_SECOND);
	text_sink_print(text, "procs_running %lu\nprocs_blocked %lu\n", totals.runnable,
			totals.blocked);
	return 0;
}

/* ---- the machine and the system ---- */

enum cpuid_register { REGISTER_EBX, REGISTER_ECX, REGISTER_EDX };

/* Names as Linux's, of the features that programs ask for. */
static const struct {
	const char *name;
	uint32_t leaf;
	uint8_t place, bit; /* enum cpuid_register */
} flag_names[] = {
	{ "fpu", 1, REGISTER_EDX, 0 },
	{ "tsc", 1, REGISTER_EDX, 4 },
	{ "msr", 1, REGISTER_EDX, 5 },
	{ "pae", 1, REGISTER_EDX, 6 },
	{ "cx8", 1, REGISTER_EDX, 8 },
	{ "apic", 1, REGISTER_EDX, 9 },
	{ "pge", 1, REGISTER_EDX, 13 },
	{ "cmov", 1, REGISTER_EDX, 15 },
	{ "mmx", 1, REGISTER_EDX, 23 },
	{ "fxsr", 1, REGISTER_EDX, 24 },
	{ "sse", 1, REGISTER_EDX, 25 },
	{ "sse2", 1, REGISTER_EDX, 26 },
	{ "pni", 1, REGISTER_ECX, 0 },
	{ "ssse3", 1, REGISTER_ECX, 9 },
	{ "fma", 1, REGISTER_ECX, 12 },
	{ "cx16", 1, REGISTER_ECX, 13 },
	{ "sse4_1", 1, REGISTER_ECX, 19 },
	{ "sse4_2", 1, REGISTER_ECX, 20 },
	{ "popcnt", 1, REGISTER_ECX, 23 },
	{ "aes", 1, REGISTER_ECX, 25 },
	{ "xsave", 1, REGISTER_ECX, 26 },
	{ "avx", 1, REGISTER_ECX, 28 },
	{ "rdrand", 1, REGISTER_ECX, 30 },
	{ "hypervisor", 1, REGISTER_ECX, 31 },
	{ "bmi1", 7, REGISTER_EBX, 3 },
	{ "avx2", 7, REGISTER_EBX, 5 },
	{ "smep", 7, REGISTER_EBX, 7 },
	{ "bmi2", 7, REGISTER_EBX, 8 },
	{ "smap", 7, REGISTER_EBX, 20 },
	{ "umip", 7, REGISTER_ECX, 2 },
	{ "syscall", 0x80000001, REGISTER_EDX, 11 },
	{ "nx", 0x80000001, REGISTER_EDX, 20 },
	{ "lm", 0x80000001, REGISTER_EDX, 29 },
};

static void write_flags(struct text_sink *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		struct cpuid_result leaf = cpuid(flag_names[i].leaf, 0);
		uint32_t value = flag_names[i].place == REGISTER_EBX   ? leaf.ebx
				 : flag_names[i].place == REGISTER_ECX ? leaf.ecx
								       : leaf.edx;
		if (value >> flag_names[i].bit & 1)
			text_sink_print(text, " %s", flag_names[i].name);
	}
}

static int show_cpuinfo(const struct proc_node *node, struct text_sink *text)
{
	uint64_t khz = clock_tsc_frequency() / 1000;
	uint32_t sizes = cpuid(0x80000008, 0).eax;

	(void)node;
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		if (!load_relaxed(&cpus[cpu].is_online))
			continue;
		text_sink_print(text, "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\n", cpu,
				cpu_features.vendor, cpu_features.family);
		text_sink_print(text, "model\t\t: %u\nmodel name\t: %s\nstepping\t: %u\n",
				cpu_features.model, cpu_features.brand, cpu_features.stepping);
		text_sink_print(text, "cpu MHz\t\t: %lu.%03lu\nsiblings\t: %u\ncore id\t\t: %u\n",
				khz / 1000, khz % 1000, cpu_count, cpu);
		text_sink_print(text, "cpu cores\t: %u\napicid\t\t: %u\nfpu\t\t: yes\nflags\t\t:",
				cpu_count, cpus[cpu].apic_id);
		write_flags(text);
		text_sink_print(text, "\nclflush size\t: %d\n", CACHE_LINE_SIZE);
		text_sink_print(text, "address sizes\t: %u bits physical, %u bits virtual\n\n",
				sizes & 0xff, sizes >> 8 & 0xff);
	}
	return 0;
}

static int show_version(const struct proc_node *node, struct text_sink *text)
{
	(void)node;
	text_sink_print(text, "%s version %s (gcc %s) %s\n", system_name.sysname,
			system_name.release, __VERSION__, system_name.version);
	return 0;
}

static int show_cmdline(const struct proc_node *node, struct text_sink *text)
{
	(void)node;
	text_sink_print(text, "%s\n", command_line_text);
	return 0;
}

static ssize_t read_self(const struct proc_node *node, char *buffer, size_t size)
{
	(void)node;
	return format_string(buffer, size, "%d", current_process()->pid);
}

static ssize_t read_thread_self(const struct proc_node *node, char *buffer, size_t size)
{
	(void)node;
	return format_string(buffer, size, "%d/task/%d", current_process()->pid,
			     current_task()->tid);
}

static ssize_t read_mounts_link(const struct proc_node *node, char *buffer, size_t size)
{
	(void)node;
	return format_string(buffer, size, "self/mounts");
}

static const struct proc_entry system_entries[] = {
	{ .name = "allocsites", .mode = S_IFREG | 0444, .show = show_allocsites },
	{ .name = "cmdline", .mode = S_IFREG | 0444, .show = show_cmdline },
	{ .name = "cpuinfo", .mode = S_IFREG | 0444, .show = show_cpuinfo },
	{ .name = "devices", .mode = S_IFREG | 0444, .show = proc_show_devices },
	{ .name = "filesystems", .mode = S_IFREG | 0444, .show = proc_show_file_systems },
	{ .name = "loadavg", .mode = S_IFREG | 0444, .show = show_loadavg },
	{ .name = "meminfo", .mode = S_IFREG | 0444, .show = show_meminfo },
	{ .name = "mounts", .mode = S_IFLNK | 0777, .read_link = read_mounts_link },
	{ .name = "self", .mode = S_IFLNK | 0777, .read_link = read_self },
	{ .name = "slabinfo", .mode = S_IFREG | 0400, .show = show_slabinfo },
	{ .name = "stat", .mode = S_IFREG | 0444, .show = show_stat },
	{ .name = "sys", .mode = S_IFDIR | 0555, .directory = &proc_sys_directory },
	{ .name = "thread-self", .mode = S_IFLNK | 0777, .read_link = read_thread_self },
	{ .name = "uptime", .mode = S_IFREG | 0444, .show = show_uptime },
	{ .name = "version", .mode = S_IFREG | 0444, .show = show_version },
};

static const struct proc_entry process_entry = {
	.mode = S_IFDIR | 0555,
	.directory = &proc_process_directory,
};

const struct proc_directory proc_root_directory = {
	.entries = system_entries,
	.entry_count = ARRAY_SIZE(system_entries),
	.number_entry = &process_entry,
	.find_number = proc_find_process,
	.next_number = proc_next_process,
};
