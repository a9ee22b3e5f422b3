/* SPDX-License-Identifier: MIT */
/*
 * Start-up, top to bottom. The boot CPU brings each floor up in order; the other CPUs join
 * in secondary_main; PID 1 is started by a task that becomes it (core/start_init.c).
 */
#include "core/kmain.h"

#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/clock.h"
#include "arch/descriptors.h"
#include "arch/features.h"
#include "arch/patch.h"
#include "arch/smp.h"
#include "arch/tlb.h"
#include "boot/multiboot2.h"
#include "core/boot_info.h"
#include "core/command_line.h"
#include "core/command_line_private.h"
#include "core/log.h"
#include "core/random_private.h"
#include "core/start_init.h"
#include "core/timer_private.h"
#include "debug/kernel/link.h"
#include "debug/kernel/report.h"
#include "debug/kernel/selftest.h"
#include "dev/devices.h"
#include "dev/serial/serial.h"
#include "fs/operations.h"
#include "fs/vfs.h"
#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/kernel_map.h"
#include "mm/kernel_stack.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/hooks.h"
#include "proc/sched.h"
#include "proc/task_init.h"
#include "sys/dispatch.h"
#include "trace/kernel/control.h"
#include "trace/kernel/ring.h"

extern char boot_cpu_stack[], boot_alloc_counters[];

uint64_t boot_kmain_timestamp;

/* Before the log has a sink: say it on the serial line and stop. */
static NORETURN void boot_fail(const char *problem)
{
	serial_write(SERIAL_COM1, "vitrine: ", 9);
	serial_write(SERIAL_COM1, problem, strlen(problem));
	serial_write(SERIAL_COM1, "; halted.\r\n", 11);
	cpu_halt_forever();
}

static void check(const char *problem)
{
	if (problem)
		boot_fail(problem);
}

static void attach_trace_ring(uint32_t cpu)
{
	unsigned order = 0;
	size_t size = sizeof(struct trace_record) * TRACE_RING_RECORDS;
	while (((size_t)PAGE_SIZE << order) < size)
		order++;
	struct frame *block = frame_allocate(order, FRAME_ZEROED);
	if (block)
		trace_ring_attach(cpu, physical_to_virtual(frame_physical(block)));
}

static void describe_machine(void)
{
	struct frame_statistics memory = frame_get_statistics();

	log_line("Vitrine, loaded by %s", boot_info.loader_name);
	log_line("command line: %s", command_line_text);
	log_line("cpu: %s, %u found, %s%s%s%sxsave %u bytes", cpu_features.brand, acpi.cpu_count,
		 cpu_features.has_smep ? "smep " : "", cpu_features.has_smap ? "smap " : "",
		 cpu_features.has_umip ? "umip " : "", cpu_features.has_xsave ? "" : "no ",
		 cpu_features.xsave_size);
	log_line("memory: %lu KiB usable, %lu KiB free; tsc %lu kHz",
		 memory.total * (PAGE_SIZE / 1024), memory.free * (PAGE_SIZE / 1024),
		 clock_tsc_frequency() / 1000);
}

static void secondary_main(uint32_t id)
{
	struct task *idle = task_create_idle(PERCPU_READ(kernel_stack_top) - KERNEL_STACK_SIZE);
	ASSERT(idle);
	sched_init_cpu(idle);
	store_release(&cpus[id].is_online, 1);
	sched_idle_loop();
}

static void start_other_cpus(void)
{
	uint32_t limit = (uint32_t)command_line_number("maxcpus", MAX_CPUS);

	for (uint32_t i = 0; i < acpi.cpu_count && cpu_count < limit; i++) {
		if (acpi.cpu_apic_ids[i] == cpus[0].apic_id)
			continue;
		uint32_t id = cpu_count;
		vaddr_t stack = kernel_stack_allocate();
		struct smp_resources resources = {
			.descriptors = kmalloc(cpu_descriptors_size),
			.stack_top = stack + KERNEL_STACK_SIZE,
			.page_table = kernel_mm.root,
		};
		cpus[id].id = id;
		cpus[id].self = &cpus[id];
		cpus[id].apic_id = acpi.cpu_apic_ids[i];
		cpus[id].alloc_counters = kmalloc(alloc_counters_size());
		cpus[id].kernel_stack_top = resources.stack_top;
		ASSERT(stack && resources.descriptors && cpus[id].alloc_counters);
		attach_trace_ring(id);
		cpu_count = id + 1;
		if (!smp_start_cpu(id, &resources, secondary_main)) {
			log_line("cpu with APIC id %u does not start", cpus[id].apic_id);
			cpu_count = id;
			return;
		}
	}
}

static void unpack_modules(void)
{
	for (uint32_t i = 0; i < boot_info.module_count; i++) {
		const struct boot_module *module = &boot_info.modules[i];
		if (strcmp(module->name, "argv") == 0)
			continue;
		if (initramfs_unpack(physical_to_virtual(module->start),
				     module->end - module->start))
			log_line("module %s was not unpacked whole", module->name);
	}
}

/* In a task of its own, because it sleeps: the rest of start-up, then PID 1. */
static int start_system(void *unused)
{
	(void)unused;
	vfs_init();
	devices_init();
	unpack_modules();
	start_init_keep_arguments();
	memory_release_modules(&boot_info);
	if (command_line_has("selftest"))
		selftest_run_and_power_off();
	return start_init_execute();
}

void kmain(uint32_t magic, uint32_t information)
{
	boot_kmain_timestamp = cpu_timestamp();
	cpus[0].alloc_counters = (struct alloc_counter *)boot_alloc_counters;
	cpus[0].is_online = 1;
	PERCPU_ADD32(preempt_count, 1); // until there is a scheduler
	serial_init_early(SERIAL_COM1);
	serial_init_early(SERIAL_COM2);

	check(multiboot2_parse(magic, physical_to_virtual(information)));
	command_line_keep(boot_info.command_line);
	// What happens all the time would drive everything else out of the flight recorder.
	trace_control_init(patch_set);
	trace_control_apply("all,-frame,-slab,-irq");
	if (command_line_has("trace"))
		trace_control_apply(command_line_value("trace"));
	features_detect();
	features_enable();
	descriptors_init_cpu(NULL);
	log_sinks_init();
	check(memory_init(&boot_info));
	check(acpi_init(boot_info.rsdp));
	kmalloc_init();
	attach_trace_ring(0);
	apic_init();
	apic_init_cpu();
	cpus[0].apic_id = apic_id();
	clock_stop_pit();
	if (command_line_has("clock"))
		clock_set_known_rate(command_line_number("clock", 1000000000));
	else
		clock_calibrate();
	time_init();
	random_init();
	tlb_init();
	patch_init();
	mm_init();
	task_init();
	report_init();
	describe_machine();

	struct task *idle = task_create_idle((vaddr_t)boot_cpu_stack);
	ASSERT(idle);
	sched_init_cpu(idle);
	proc_hooks_init();
	vfs_hooks_init();
	preempt_enable_no_resched();
	irq_enable();
	syscall_init();
	start_other_cpus();
	log_line("%u cpus run", cpu_count);
	if (process_start_init(start_system))
		panic("no memory for PID 1");
	sched_idle_loop();
}
