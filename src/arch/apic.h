/* SPDX-License-Identifier: MIT */
/* The local APIC of each CPU and the I/O APIC (SDM vol. 3, chapter 10). See apic.c. */
#pragma once

#include "lib/types.h"

/* Boot CPU, after acpi_init: mask the old PICs, set up the I/O APIC, all lines masked. */
void apic_init(void);
/* Each CPU: switch its local APIC on. */
void apic_init_cpu(void);
uint32_t apic_id(void);
void apic_end_of_interrupt(void);
/* Interrupts to one CPU, to all others. Any context. */
void apic_send(uint32_t cpu, unsigned vector);
void apic_send_others(unsigned vector);
void apic_send_nmi_others(void);
/* Start another CPU at the page-aligned address below 1 MiB. */
void apic_start_cpu(uint32_t target_apic_id, paddr_t address, void (*delay)(nanoseconds_t));
/* One-shot timer: count down from ticks (0 stops it). */
void apic_timer_start(uint32_t ticks);
uint32_t apic_timer_remaining(void);
/* Let ISA line 0..15 raise vector on the boot CPU. */
void io_apic_route_isa(unsigned line, unsigned vector);
