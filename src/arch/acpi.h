/* SPDX-License-Identifier: MIT */
/* The few ACPI tables that start-up needs (ACPI 6.4, chapter 5). See acpi.c. */
#pragma once

#include "core/percpu.h"

enum { ISA_LINES = 16 };

struct acpi_interrupt_override {
	uint32_t global_interrupt;
	bool is_active_low, is_level_triggered;
};

struct acpi_information {
	paddr_t local_apic, io_apic;
	uint32_t io_apic_interrupt_base;
	uint32_t cpu_count;
	uint32_t cpu_apic_ids[MAX_CPUS];
	struct acpi_interrupt_override isa[ISA_LINES];
	uint16_t pm_timer_port; /* 0: none */
	uint16_t pm1a_control, pm1b_control;
	uint16_t sleep_type_a, sleep_type_b; /* of S5, in place for the control register */
	bool can_power_off;
};
extern struct acpi_information acpi; /* I */

/* Boot CPU. NULL, or what is missing. rsdp: the loader's copy of the root pointer. */
NODISCARD const char *acpi_init(const void *rsdp);
