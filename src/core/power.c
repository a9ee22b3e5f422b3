/* SPDX-License-Identifier: MIT */
/*
 * ACPI soft-off; where it does not take, the emulators' own ports. Restart by the keyboard
 * controller's reset line, then by a triple fault.
 */
#include "core/power.h"

#include "arch/acpi.h"
#include "arch/irq.h"
#include "core/log.h"

enum {
	ACPI_SLEEP_ENABLE = 1 << 13,
	QEMU_EXIT_PORT = 0xf4,
	BOCHS_SHUTDOWN_PORT = 0x8900,
	KEYBOARD_COMMAND_PORT = 0x64,
	KEYBOARD_RESET = 0xfe,
	RESET_CONTROL_PORT = 0xcf9,
	RESET_NOW = 0x06,
};

void power_off(void)
{
	irq_disable();
	if (acpi.can_power_off) {
		port_write16(acpi.pm1a_control, acpi.sleep_type_a | ACPI_SLEEP_ENABLE);
		if (acpi.pm1b_control)
			port_write16(acpi.pm1b_control, acpi.sleep_type_b | ACPI_SLEEP_ENABLE);
	}
	for (const char *word = "Shutdown"; *word; word++)
		port_write8(BOCHS_SHUTDOWN_PORT, (uint8_t)*word);
	port_write32(QEMU_EXIT_PORT, 0);
	log_line("power-off had no effect; halted");
	cpu_halt_forever();
}

void power_restart(void)
{
	irq_disable();
	port_write8(RESET_CONTROL_PORT, RESET_NOW);
	port_write8(KEYBOARD_COMMAND_PORT, KEYBOARD_RESET);
	struct {
		uint16_t limit;
		uint64_t base;
	} PACKED no_table = { 0, 0 };
	__asm__ volatile("lidt %0\n\tint3" : : "m"(no_table));
	cpu_halt_forever();
}
