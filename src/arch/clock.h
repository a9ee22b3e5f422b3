/* SPDX-License-Identifier: MIT */
/* The TSC as the clock, the local APIC timer as the alarm; both measured at boot. */
#pragma once

#include "lib/types.h"

/* Boot CPU, interrupts off, after apic_init_cpu: measure both against the ACPI PM timer. */
void clock_calibrate(void);
/* Instead of it, where both are known to run at that rate: an emulator that counts instructions. */
void clock_set_known_rate(uint64_t hz);
/* Nanoseconds since boot. Any context. */
nanoseconds_t clock_now(void);
/* Ask for VECTOR_TIMER on this CPU in that time (at least a little). Interrupts off. */
void clock_set_alarm(nanoseconds_t delay);
/* Busy wait. */
void clock_delay(nanoseconds_t duration);
/* Seconds since 1970 from the CMOS clock, UTC. */
uint64_t clock_read_cmos(void);
uint64_t clock_tsc_frequency(void); /* Hz */
