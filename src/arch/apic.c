/* SPDX-License-Identifier: MIT */
/*
 * The xAPIC through its memory window (SDM vol. 3, table 10-1) in the direct map, which
 * mm maps uncached there. The I/O APIC: 82093AA datasheet.
 */
#include "arch/apic.h"

#include "arch/acpi.h"
#include "arch/irq.h"
#include "arch/trap.h"
#include "mm/layout.h"

enum local_register {
	LOCAL_ID = 0x20,
	LOCAL_TASK_PRIORITY = 0x80,
	LOCAL_EOI = 0xb0,
	LOCAL_SPURIOUS = 0xf0,
	LOCAL_COMMAND_LOW = 0x300,
	LOCAL_COMMAND_HIGH = 0x310,
	LOCAL_TIMER = 0x320,
	LOCAL_LINT0 = 0x350,
	LOCAL_LINT1 = 0x360,
	LOCAL_ERROR = 0x370,
	LOCAL_TIMER_INITIAL = 0x380,
	LOCAL_TIMER_CURRENT = 0x390,
	LOCAL_TIMER_DIVIDE = 0x3e0,
};

enum {
	SPURIOUS_ENABLE = 1 << 8,
	LVT_MASKED = 1 << 16,
	LVT_NMI = 4 << 8,
	COMMAND_INIT = 5 << 8,
	COMMAND_STARTUP = 6 << 8,
	COMMAND_NMI = 4 << 8,
	COMMAND_PENDING = 1 << 12,
	COMMAND_ASSERT = 1 << 14,
	COMMAND_OTHERS = 3 << 18,
	TIMER_DIVIDE_BY_1 = 0xb,
	IO_SELECT = 0,
	IO_WINDOW = 0x10,
	IO_VERSION = 1,
	IO_REDIRECTION = 0x10,
	IO_MASKED = 1 << 16,
	IO_LEVEL = 1 << 15,
	IO_ACTIVE_LOW = 1 << 13,
	PIC1_DATA = 0x21,
	PIC2_DATA = 0xa1,
};

static volatile uint32_t *local_base, *io_base; /* I */

static uint32_t local_read(enum local_register index)
{
	return local_base[index / sizeof(uint32_t)];
}

static void local_write(enum local_register index, uint32_t value)
{
	local_base[index / sizeof(uint32_t)] = value;
}

static uint32_t io_read(uint32_t index)
{
	io_base[IO_SELECT] = index;
	return io_base[IO_WINDOW / sizeof(uint32_t)];
}

static void io_write(uint32_t index, uint32_t value)
{
	io_base[IO_SELECT] = index;
	io_base[IO_WINDOW / sizeof(uint32_t)] = value;
}

void apic_init(void)
{
	local_base = physical_to_virtual(acpi.local_apic);
	io_base = physical_to_virtual(acpi.io_apic);
	port_write8(PIC1_DATA, 0xff);
	port_write8(PIC2_DATA, 0xff);
	uint32_t lines = (io_read(IO_VERSION) >> 16 & 0xff) + 1;
	for (uint32_t line = 0; line < lines; line++)
		io_write(IO_REDIRECTION + 2 * line, IO_MASKED);
}

void apic_init_cpu(void)
{
	// First of all: until it is enabled, masks cannot be cleared (SDM vol. 3, 11.4.7.2).
	local_write(LOCAL_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	local_write(LOCAL_TASK_PRIORITY, 0);
	local_write(LOCAL_LINT0, LVT_MASKED);
	local_write(LOCAL_LINT1, LVT_NMI);
	local_write(LOCAL_ERROR, LVT_MASKED);
	local_write(LOCAL_TIMER_DIVIDE, TIMER_DIVIDE_BY_1);
	local_write(LOCAL_TIMER, VECTOR_TIMER);
}

uint32_t apic_id(void)
{
	return local_read(LOCAL_ID) >> 24;
}

void apic_end_of_interrupt(void)
{
	local_write(LOCAL_EOI, 0);
}

static void send_command(uint32_t target, uint32_t command)
{
	irqflags_t flags = irq_save();
	while (local_read(LOCAL_COMMAND_LOW) & COMMAND_PENDING)
		cpu_relax();
	local_write(LOCAL_COMMAND_HIGH, target << 24);
	local_write(LOCAL_COMMAND_LOW, command);
	irq_restore(flags);
}

void apic_send(uint32_t cpu, unsigned vector)
{
	send_command(cpus[cpu].apic_id, COMMAND_ASSERT | vector);
}

void apic_send_others(unsigned vector)
{
	send_command(0, COMMAND_ASSERT | COMMAND_OTHERS | vector);
}

void apic_send_nmi_others(void)
{
	send_command(0, COMMAND_ASSERT | COMMAND_OTHERS | COMMAND_NMI);
}

/* SDM vol. 3, 8.4.4: INIT, 10 ms, then two start-up interrupts 200 us apart. */
void apic_start_cpu(uint32_t target, paddr_t address, void (*delay)(nanoseconds_t))
{
	send_command(target, COMMAND_INIT | COMMAND_ASSERT);
	delay(10000000);
	for (int i = 0; i < 2; i++) {
		send_command(target,
			     COMMAND_STARTUP | COMMAND_ASSERT | (uint32_t)(address >> PAGE_SHIFT));
		delay(200000);
	}
}

void apic_timer_start(uint32_t ticks)
{
	local_write(LOCAL_TIMER_INITIAL, ticks);
}

uint32_t apic_timer_remaining(void)
{
	return local_read(LOCAL_TIMER_CURRENT);
}

void io_apic_route_isa(unsigned line, unsigned vector)
{
	const struct acpi_interrupt_override *isa = &acpi.isa[line];
	uint32_t input = isa->global_interrupt - acpi.io_apic_interrupt_base;
	uint32_t low = vector;
	if (isa->is_active_low)
		low |= IO_ACTIVE_LOW;
	if (isa->is_level_triggered)
		low |= IO_LEVEL;
	io_write(IO_REDIRECTION + 2 * input + 1, cpus[0].apic_id << 24);
	io_write(IO_REDIRECTION + 2 * input, low);
}
