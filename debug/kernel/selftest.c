/* SPDX-License-Identifier: MIT */
#include "debug/kernel/selftest.h"

#include "core/log.h"
#include "core/power.h"

extern const struct kernel_test kernel_tests_start[], kernel_tests_end[];

bool selftest_fail(const char *condition, const char *file, int line)
{
	log_line("# %s:%d: not true: %s", file, line, condition);
	return false;
}

void selftest_run_and_power_off(void)
{
	int number = 0;

	log_line("1..%ld", (long)(kernel_tests_end - kernel_tests_start));
	for (const struct kernel_test *test = kernel_tests_start; test < kernel_tests_end; test++) {
		bool passed = test->run();
		log_line("%sok %d - %s", passed ? "" : "not ", ++number, test->name);
	}
	power_off();
}
