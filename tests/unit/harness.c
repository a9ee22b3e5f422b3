/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include "core/log.h"
#include "core/percpu.h"
#include "lib/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct unit_test __start_unit_tests[], __stop_unit_tests[];

static bool has_failed;
static uint64_t random_state = 88172645463325252ul;

extern struct trace_ring trace_ring_nowhere __attribute__((weak)); // only where ring.c is linked
struct cpu cpus[MAX_CPUS] = { [0 ... MAX_CPUS - 1] = { .trace_ring = &trace_ring_nowhere } };
uint32_t cpu_count = 1;
_Thread_local struct cpu *host_test_cpu = &cpus[0];
_Thread_local irqflags_t host_test_flags = RFLAGS_IF;
void (*preempt_reschedule)(void);

static jmp_buf panic_target;
static bool is_panic_expected;
static char panic_text[256];

void unit_check_failed(const char *condition, const char *file, int line)
{
	printf("# %s:%d: not true: %s\n", file, line, condition);
	has_failed = true;
}

jmp_buf *unit_expect_panic(void)
{
	is_panic_expected = true;
	panic_text[0] = '\0';
	return &panic_target;
}

void unit_check_panic(const char *text, const char *file, int line)
{
	is_panic_expected = false;
	if (panic_text[0] && !strstr(panic_text, text)) {
		printf("# %s:%d: panic: %s, not: %s\n", file, line, panic_text, text);
		has_failed = true;
	}
}

void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(panic_text, sizeof(panic_text), format, arguments);
	va_end(arguments);
	if (is_panic_expected)
		longjmp(panic_target, 1);
	fprintf(stderr, "panic: %s\n", panic_text);
	abort();
}

void assert_failed(const char *expression, const char *file, int line)
{
	panic("%s:%d: assertion failed: %s", file, line, expression);
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
