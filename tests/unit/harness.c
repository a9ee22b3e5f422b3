/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include "core/percpu.h"
#include "lib/assert.h"

#include <stdio.h>
#include <stdlib.h>

extern const struct unit_test __start_unit_tests[], __stop_unit_tests[];

static bool has_failed;
static uint64_t random_state = 88172645463325252ul;

struct cpu cpus[MAX_CPUS];
uint32_t cpu_count = 1;
_Thread_local struct cpu *host_test_cpu = &cpus[0];
void (*preempt_reschedule)(void);

void unit_check_failed(const char *condition, const char *file, int line)
{
	printf("# %s:%d: not true: %s\n", file, line, condition);
	has_failed = true;
}

void assert_failed(const char *expression, const char *file, int line)
{
	fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
	abort();
}

uint64_t unit_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

int main(void)
{
	int number = 0, failures = 0;

	printf("1..%d\n", (int)(__stop_unit_tests - __start_unit_tests));
	for (const struct unit_test *test = __start_unit_tests; test < __stop_unit_tests; test++) {
		has_failed = false;
		test->run();
		failures += has_failed;
		printf("%sok %d - %s\n", has_failed ? "not " : "", ++number, test->name);
	}
	return failures != 0;
}
