/* SPDX-License-Identifier: MIT */
/*
 * Branches that are changed in the code itself: each is a five-byte no-op where its key is off
 * and a jump where it is on, so what is off costs one instruction. A key is any object's address.
 */
#pragma once

#include "lib/types.h"

enum { PATCH_SIZE = 5 }; /* bytes of a near jump, and of the no-op in its place */

/* A place in the code. In the section patch_sites. */
struct patch_site {
	vaddr_t code;
	vaddr_t target; /* where the jump goes */
	const void *key;
};

/* Whether the key, a constant address, is on. Off until patch_set. Any context. */
static ALWAYS_INLINE bool patched_branch(const void *key)
{
	/* The no-op: Intel SDM vol. 2, NOP, the recommended form of five bytes. */
	__asm__ goto("1:\t.byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n"
		     "\t.pushsection patch_sites, \"a\"\n"
		     "\t.balign 8\n"
		     "\t.quad 1b, %l[is_on], %c0\n"
		     "\t.popsection"
		     :
		     : "i"(key)
		     :
		     : is_on);
	return false;
is_on:
	return true;
}

/*
 * Switch every branch of a key. The other CPUs are stopped meanwhile, so this waits for them:
 * thread context with interrupts on, or start-up while there are no others.
 */
void patch_set(const void *key, bool is_on);
/* Boot CPU, after trap_init: other CPUs may be started from here on. */
void patch_init(void);
