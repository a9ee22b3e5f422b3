// SPDX-License-Identifier: MIT
/*
 * How many instructions the kernel executes for a system call that does next to nothing
 * (getpid). For `vitrine run --icount`, where the TSC counts instructions: the same loop with
 * and without SYSCALL, each in two lengths, so that all that is not repeated cancels out. The
 * timer's interrupt only ever adds: the least of some tries is without.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

enum { LENGTH = 1000, TRIES = 5 };

static uint64_t timestamp(void)
{
	uint32_t low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* A loop of three instructions, and the one given. */
#define DEFINE_LOOP(name_, instruction_)                                             \
	static uint64_t name_(long count)                                            \
	{                                                                            \
		uint64_t start = timestamp();                                        \
		__asm__ volatile("1:	mov %1, %%eax\n\t" instruction_ "dec %0\n\t" \
				 "jnz 1b"                                            \
				 : "+r"(count)                                       \
				 : "i"(SYS_getpid)                                   \
				 : "rax", "rcx", "r11", "memory");                   \
		return timestamp() - start;                                          \
	}
DEFINE_LOOP(run_empty, "")
DEFINE_LOOP(run_calls, "syscall\n\t")

static uint64_t least(uint64_t (*run)(long count), long count)
{
	uint64_t found = UINT64_MAX;
	for (int i = 0; i < TRIES; i++) {
		uint64_t now = run(count);
		if (now < found)
			found = now;
	}
	return found;
}

/* Instructions of one turn; there is no fraction if it really is instructions that are counted. */
static uint64_t per_turn(uint64_t (*run)(long count))
{
	uint64_t difference = least(run, 2 * LENGTH) - least(run, LENGTH);
	if (difference % LENGTH != 0) {
		fprintf(stderr, "%lu instructions for %d turns: run it with --icount\n", difference,
			LENGTH);
		exit(1);
	}
	return difference / LENGTH;
}

int main(void)
{
	uint64_t calls = per_turn(run_calls), empty = per_turn(run_empty);

	// SYSCALL itself is the program's.
	printf("null call: %lu instructions in the kernel\n", calls - empty - 1);
	return 0;
}
