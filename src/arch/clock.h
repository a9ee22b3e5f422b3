/* SPDX-License-Identifier: MIT */
/* The TSC as the clock, the local APIC timer as the alarm; both measured at boot. */
#pragma once

#include "lib/types.h"

/*
 * Boot CPU: stop the timer that firmware leaves ticking. Nobody hears it, but QEMU, when it
 * counts instructions, lets its CPUs take turns at each tick: runs would depend on its phase.
 */
void clock_stop_pit(void);
/* Boot CPU, interrupts off, after apic_init_cpu: measure both against the ACPI PM timer. */
void clock_calibrate(void);
/* Instead of it, where both are known to run at that rate: an emulator that counts instructions. */
void clock_set_known_rate(uint64_t hz);
/* Nanoseconds since boot. Any context. */
nanoseconds_t clock_now(void);
/* Ask for VECTOR_TIMER on this CPU in that time (at least a little). Interrupts off. */
void clock_set_alarm(nanoseconds_t delay);
/*
 * Boot, interrupts on, before any timer is armed: wait halted. Emulators that run their CPUs in
 * turn let the others run at once.
 */
void clock_rest(nanoseconds_t duration);
/* Seconds since 1970 from the CMOS clock, UTC. */
uint64_t clock_read_cmos(void);
uint64_t clock_tsc_frequency(void); /* Hz */
