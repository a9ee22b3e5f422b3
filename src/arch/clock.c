/* SPDX-License-Identifier: MIT */
/*
 * Calibration takes pairs of (PM timer, TSC) readings some ms apart; of several readings
 * the one with the narrowest TSC bracket counts, so that a preempted emulator does little harm.
 */
#include "arch/clock.h"

#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/irq.h"

enum {
	PM_TIMER_HZ = 3579545, /* ACPI 6.4, 4.8.3.3 */
	PM_TIMER_MASK = 0xffffff,
	CALIBRATION_PM_TICKS = PM_TIMER_HZ / 500, /* 2 ms */
	BRACKET_TRIES = 5,
	NANOSECONDS = 1000000000,
	APIC_TICKS_MAX = 0xffffffff,
	PIT_COUNTER_0 = 0x40, /* the 8254 timer, Intel 82C54 data sheet */
	PIT_CONTROL = 0x43,
	PIT_ONE_SHOT = 0x30, /* counter 0, both bytes, mode 0 */
	CMOS_INDEX = 0x70,
	CMOS_DATA = 0x71,
	CMOS_STATUS_A = 0x0a,
	CMOS_STATUS_B = 0x0b,
	CMOS_UPDATING = 1 << 7,
	CMOS_BINARY = 1 << 2,
	CMOS_24_HOURS = 1 << 1,
};

struct reading {
	uint32_t pm;
	uint64_t tsc;
	uint32_t apic;
};

static struct {
	uint64_t tsc_start, tsc_hz, apic_hz;
	uint64_t nanoseconds_per_tsc_tick;  /* 32.32 fixed point */
	uint64_t apic_ticks_per_nanosecond; /* 32.32 */
} clock_state;				    /* I after calibration */

static struct reading take_reading(void)
{
	struct reading best = { 0 };
	uint64_t narrowest = UINT64_MAX;

	for (int i = 0; i < BRACKET_TRIES; i++) {
		uint64_t before = cpu_timestamp();
		uint32_t pm = port_read32(acpi.pm_timer_port) & PM_TIMER_MASK;
		uint32_t apic = apic_timer_remaining();
		uint64_t after = cpu_timestamp();
		if (after - before >= narrowest)
			continue;
		narrowest = after - before;
		best = (struct reading){ pm, before + (after - before) / 2, apic };
	}
	return best;
}

static void set_rates(uint64_t tsc_hz, uint64_t apic_hz)
{
	clock_state.tsc_hz = tsc_hz;
	clock_state.apic_hz = apic_hz;
	clock_state.nanoseconds_per_tsc_tick = ((uint64_t)NANOSECONDS << 32) / tsc_hz;
	clock_state.apic_ticks_per_nanosecond = (apic_hz << 32) / NANOSECONDS;
}

void clock_stop_pit(void)
{
	port_write8(PIT_CONTROL, PIT_ONE_SHOT);
	port_write8(PIT_COUNTER_0, 1);
	port_write8(PIT_COUNTER_0, 0);
}

void clock_set_known_rate(uint64_t hz)
{
	clock_state.tsc_start = cpu_timestamp();
	set_rates(hz, hz);
}

void clock_calibrate(void)
{
	apic_timer_start(APIC_TICKS_MAX);
	struct reading first = take_reading();
	clock_state.tsc_start = first.tsc;
	while (((port_read32(acpi.pm_timer_port) - first.pm) & PM_TIMER_MASK) <
	       CALIBRATION_PM_TICKS)
		cpu_relax();
	struct reading last = take_reading();
	apic_timer_start(0);

	uint64_t elapsed = (last.pm - first.pm) & PM_TIMER_MASK;
	set_rates((last.tsc - first.tsc) * PM_TIMER_HZ / elapsed,
		  (uint64_t)(first.apic - last.apic) * PM_TIMER_HZ / elapsed);
}

nanoseconds_t clock_now(void)
{
	uint64_t ticks = cpu_timestamp() - clock_state.tsc_start;
	return (nanoseconds_t)(((unsigned __int128)ticks * clock_state.nanoseconds_per_tsc_tick) >>
			       32);
}

void clock_set_alarm(nanoseconds_t delay)
{
	unsigned __int128 ticks =
		((unsigned __int128)delay * clock_state.apic_ticks_per_nanosecond) >> 32;
	apic_timer_start(ticks > APIC_TICKS_MAX ? APIC_TICKS_MAX : ticks ? (uint32_t)ticks : 1);
}

void clock_rest(nanoseconds_t duration)
{
	nanoseconds_t end = clock_now() + duration;
	for (nanoseconds_t now = clock_now(); now < end; now = clock_now()) {
		irq_disable();
		clock_set_alarm(end - now);
		cpu_enable_irqs_and_halt();
	}
}

uint64_t clock_tsc_frequency(void)
{
	return clock_state.tsc_hz;
}

static uint8_t cmos_read(uint8_t index)
{
	port_write8(CMOS_INDEX, index);
	return port_read8(CMOS_DATA);
}

static uint32_t cmos_value(uint8_t index, bool is_binary)
{
	uint8_t value = cmos_read(index);
	return is_binary ? value : (uint32_t)(value >> 4) * 10 + (value & 0xf);
}

/* Days since 1970 of a Gregorian date. */
static uint64_t days_from_date(uint64_t year, uint64_t month, uint64_t day)
{
	if (month <= 2)
		year--, month += 12;
	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month - 457) / 5 + day -
	       306 - 719163;
}

uint64_t clock_read_cmos(void)
{
	for (int tries = 0; cmos_read(CMOS_STATUS_A) & CMOS_UPDATING && tries < 100000; tries++)
		cpu_relax();
	bool is_binary = cmos_read(CMOS_STATUS_B) & CMOS_BINARY;
	bool is_24_hours = cmos_read(CMOS_STATUS_B) & CMOS_24_HOURS;
	uint32_t second = cmos_value(0, is_binary), minute = cmos_value(2, is_binary);
	uint8_t raw_hour = cmos_read(4);
	uint32_t hour =
		is_binary ? raw_hour & 0x7f : (uint32_t)(raw_hour >> 4 & 7) * 10 + (raw_hour & 0xf);
	if (!is_24_hours)
		hour = hour % 12 + (raw_hour & 0x80 ? 12 : 0);
	uint32_t day = cmos_value(7, is_binary), month = cmos_value(8, is_binary);
	uint32_t year = 2000 + cmos_value(9, is_binary);
	return ((days_from_date(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}
