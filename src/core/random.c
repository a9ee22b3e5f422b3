/* SPDX-License-Identifier: MIT */
/*
 * ChaCha20 (RFC 8439, 2.3) as a generator: each request takes fresh blocks and then replaces
 * the key, so that earlier output cannot be worked out. Seeded from seed= alone when given
 * (runs repeat), else from RDRAND and the TSC.
 */
#include "core/random.h"

#include "arch/features.h"
#include "core/command_line.h"
#include "core/random_private.h"
#include "lib/string.h"
#include "sync/spinlock.h"

enum { CHACHA_WORDS = 16, CHACHA_KEY_WORDS = 8, CHACHA_DOUBLE_ROUNDS = 10 };

static struct {
	struct spinlock lock;
	uint32_t key[CHACHA_KEY_WORDS]; /* [lock] */
	uint64_t counter;		/* [lock] */
} generator = { .lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE) };

static uint32_t rotate(uint32_t value, int bits)
{
	return value << bits | value >> (32 - bits);
}

static void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*a += *b, *d = rotate(*d ^ *a, 16);
	*c += *d, *b = rotate(*b ^ *c, 12);
	*a += *b, *d = rotate(*d ^ *a, 8);
	*c += *d, *b = rotate(*b ^ *c, 7);
}

static void next_block(uint32_t out[CHACHA_WORDS])
{
	uint32_t state[CHACHA_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	memcpy(state + 4, generator.key, sizeof(generator.key));
	state[12] = (uint32_t)generator.counter;
	state[13] = (uint32_t)(generator.counter++ >> 32);

	memcpy(out, state, sizeof(state));
	for (int i = 0; i < CHACHA_DOUBLE_ROUNDS; i++) {
		for (int column = 0; column < 4; column++)
			quarter_round(&out[column], &out[4 + column], &out[8 + column],
				      &out[12 + column]);
		for (int row = 0; row < 4; row++)
			quarter_round(&out[row], &out[4 + (row + 1) % 4], &out[8 + (row + 2) % 4],
				      &out[12 + (row + 3) % 4]);
	}
	for (int i = 0; i < CHACHA_WORDS; i++)
		out[i] += state[i];
}

void random_fill(void *buffer, size_t size)
{
	uint32_t block[CHACHA_WORDS];
	char *to = buffer;

	while (size > 0) {
		// One block per lock hold: a long request must not keep interrupts off.
		irqflags_t flags = spin_lock_irqsave(&generator.lock);
		next_block(block);
		memcpy(generator.key, block, sizeof(generator.key));
		spin_unlock_irqrestore(&generator.lock, flags);
		size_t part = MIN(size, sizeof(block) - sizeof(generator.key));
		memcpy(to, block + CHACHA_KEY_WORDS, part);
		to += part;
		size -= part;
	}
}

uint64_t random_u64(void)
{
	uint64_t value;
	random_fill(&value, sizeof(value));
	return value;
}

static uint64_t hardware_random(void)
{
	uint64_t value = 0;
	if (cpu_features.has_rdrand)
		__asm__ volatile("rdrand %0" : "=r"(value) : : "cc");
	return value;
}

void random_init(void)
{
	if (command_line_has("seed")) {
		generator.key[0] = (uint32_t)command_line_number("seed", 0);
		return;
	}
	for (int i = 0; i < CHACHA_KEY_WORDS; i += 2) {
		uint64_t value = hardware_random() ^ cpu_timestamp() << 8 * i;
		memcpy(&generator.key[i], &value, sizeof(value));
	}
}
