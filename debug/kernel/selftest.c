/* SPDX-License-Identifier: MIT */
#include "debug/kernel/selftest.h"

#include "core/command_line.h"
#include "core/log.h"
#include "core/power.h"
#include "debug/kernel/link.h"
#include "dev/serial/serial.h"
#include "lib/string.h"

extern const struct kernel_test kernel_tests_start[], kernel_tests_end[];

bool selftest_fail(const char *condition, const char *file, int line)
{
	log_line("# %s:%d: not true: %s", file, line, condition);
	return false;
}

static bool is_chosen(const struct kernel_test *test, const char *name)
{
	return name && *name ? strcmp(test->name, name) == 0 : !test->must_be_named;
}

/* As a command's exit status: 0 when every claim held. */
static NORETURN void end(int failed_count)
{
	const char *status = failed_count ? "1" : "0";

	log_line("# %d failed", failed_count);
	if (!link_send(LINK_EXIT, status, 1) || serial_drain(SERIAL_COM2))
		log_line("# the host did not take the status");
	power_off();
}

void selftest_run_and_power_off(void)
{
	const char *name = command_line_value("selftest");
	int number = 0, count = 0, failed_count = 0;

	for (const struct kernel_test *test = kernel_tests_start; test < kernel_tests_end; test++)
		count += is_chosen(test, name);
	log_line("1..%d", count);
	for (const struct kernel_test *test = kernel_tests_start; test < kernel_tests_end; test++) {
		if (!is_chosen(test, name))
			continue;
		bool passed = test->run();
		failed_count += !passed;
		log_line("%sok %d - %s", passed ? "" : "not ", ++number, test->name);
	}
	end(failed_count);
}
