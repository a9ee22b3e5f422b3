/* SPDX-License-Identifier: MIT */
/*
 * Each CPU's own data. GS points at the CPU's struct cpu while in the kernel, so the
 * fields below cost one instruction. Subsystems keep their per-CPU state in arrays of
 * their own, indexed by cpu_current_id(): a debugger then finds it by name.
 */
#pragma once

#include "arch/cpu.h"

enum { MAX_CPUS = 16 };

struct task;
struct trace_ring;
struct trap_frame;

/* Written by its CPU alone unless marked: I = set once before the CPU runs, A = atomic. */
struct cpu {
	struct cpu *self;	     /* I */
	struct task *current;	     /* the running task */
	uint64_t kernel_stack_top;   /* of current: where system calls and traps start */
	uint64_t user_stack_scratch; /* user RSP in the first instructions of a system call */
	uint32_t id;		     /* I: index in cpus[] */
	uint32_t preempt_count;	     /* > 0: the scheduler may not switch */
	uint32_t irq_depth;	     /* > 0: inside interrupt handlers */
	uint32_t needs_resched;	     /* A: another CPU may ask */
	uint32_t apic_id;	     /* I */
	uint32_t is_online;	     /* A */
	uint64_t irq_count;	     /* interrupts taken */
	struct trap_frame *interrupted_frame; /* of the interrupt being handled */
	struct alloc_counter *alloc_counters; /* I: see debug/kernel/alloc_site.h */
	struct trace_ring *trace_ring;	      /* I once there are records for it */
	union {
		uint64_t trace_origin; /* what a trace record tells of its writer, in one word */
		struct {
			uint16_t trace_event_zero; /* I: 0; the event's place */
			uint16_t trace_cpu;	   /* I: id */
			int32_t current_tid;	   /* of current */
		};
	};
} ALIGNED(CACHE_LINE_SIZE);

extern struct cpu cpus[MAX_CPUS];
extern uint32_t cpu_count; /* CPUs that were found; ids are 0 .. cpu_count - 1 */

#ifdef HOST_TEST
extern _Thread_local struct cpu *host_test_cpu; /* given by tests/unit's harness */
#define PERCPU_READ(field_)	     (host_test_cpu->field_)
#define PERCPU_WRITE(field_, value_) (host_test_cpu->field_ = (value_))
#define PERCPU_ADD32(field_, n_)     (host_test_cpu->field_ += (uint32_t)(n_))
#else
#define PERCPU_READ(field_)                                            \
	({                                                             \
		__typeof__(((struct cpu *)0)->field_) value__;         \
		__asm__ volatile("mov %%gs:%c1, %0"                    \
				 : "=r"(value__)                       \
				 : "i"(offsetof(struct cpu, field_))); \
		value__;                                               \
	})
#define PERCPU_WRITE(field_, value_)                                               \
	do {                                                                       \
		__typeof__(((struct cpu *)0)->field_) value__ = (value_);          \
		__asm__ volatile("mov %0, %%gs:%c1"                                \
				 :                                                 \
				 : "r"(value__), "i"(offsetof(struct cpu, field_)) \
				 : "memory");                                      \
	} while (0)
/* One instruction, so that it is whole even when the task moves to another CPU around it. */
#define PERCPU_ADD32(field_, n_)                                                   \
	__asm__ volatile("addl %0, %%gs:%c1"                                       \
			 :                                                         \
			 : "ri"((uint32_t)(n_)), "i"(offsetof(struct cpu, field_)) \
			 : "memory", "cc")
#endif

/* The caller must not be preemptible, or be content with a stale answer. */
static ALWAYS_INLINE struct cpu *cpu_current(void)
{
	return PERCPU_READ(self);
}

static ALWAYS_INLINE uint32_t cpu_current_id(void)
{
	return PERCPU_READ(id);
}

/* The running task; NULL only before the scheduler starts. Any context. */
static ALWAYS_INLINE struct task *current_task(void)
{
	return PERCPU_READ(current);
}

/* The scheduler hands this down: called where preemption becomes possible again and is due. */
extern void (*preempt_reschedule)(void);

static ALWAYS_INLINE void preempt_disable(void)
{
	PERCPU_ADD32(preempt_count, 1);
}

/* For callers that know that a reschedule follows, or must not happen here. */
static ALWAYS_INLINE void preempt_enable_no_resched(void)
{
	PERCPU_ADD32(preempt_count, -1);
}

static ALWAYS_INLINE void preempt_enable(void)
{
	PERCPU_ADD32(preempt_count, -1);
	if (unlikely(PERCPU_READ(needs_resched)) && PERCPU_READ(preempt_count) == 0 &&
	    preempt_reschedule)
		preempt_reschedule();
}

static ALWAYS_INLINE bool is_preemptible(void)
{
	return PERCPU_READ(preempt_count) == 0 && irqs_are_enabled();
}

static ALWAYS_INLINE bool in_interrupt(void)
{
	return PERCPU_READ(irq_depth) != 0;
}

/* For assertions: thread context, no spin lock held. Until there is a scheduler, always. */
static ALWAYS_INLINE bool may_sleep(void)
{
	return !preempt_reschedule || is_preemptible();
}
