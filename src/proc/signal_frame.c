/* SPDX-License-Identifier: MIT */
/*
 * The signal frame of Linux x86-64 (arch/x86/include/asm/sigframe.h documents it by use):
 * from low to high addresses the return address (SA_RESTORER), ucontext, siginfo; above them,
 * 64-byte aligned, the FPU state with its magic words. Red zone: 128 bytes below RSP.
 */
#include "arch/features.h"
#include "arch/fpu.h"
#include "arch/msr.h"
#include "arch/trap_frame.h"
#include "lib/error.h"
#include "lib/string.h"
#include "mm/layout.h"
#include "mm/slab.h"
#include "mm/user_copy.h"
#include "proc/signal_private.h"

#include <asm/sigcontext.h>
#include <asm/ucontext.h>

enum {
	RED_ZONE = 128,
	SW_RESERVED_OFFSET = 464, /* of struct _fpx_sw_bytes in the FXSAVE image */
	RFLAGS_USER = 0x240dd5,	  /* flags a program may set: CF PF AF ZF SF TF DF OF NT AC ID */
};

/* As Linux's struct ucontext with its 64-bit mask. */
struct user_context {
	unsigned long flags;
	void *link;
	stack_t stack;
	struct sigcontext registers;
	signal_set_t mask;
};

struct signal_frame {
	uint64_t return_address;
	struct user_context context;
	siginfo_t info;
};

static bool is_on_signal_stack(const struct task *task, vaddr_t stack_pointer)
{
	return stack_pointer > task->signal_stack &&
	       stack_pointer - task->signal_stack <= task->signal_stack_size;
}

static vaddr_t choose_stack(const struct task *task, const struct trap_frame *frame,
			    const struct signal_action *action)
{
	if ((action->flags & SA_ONSTACK) && task->signal_stack_size &&
	    !(task->signal_stack_flags & SS_DISABLE) && !is_on_signal_stack(task, frame->rsp))
		return task->signal_stack + task->signal_stack_size;
	return frame->rsp - RED_ZONE;
}

static void save_registers(struct sigcontext *to, const struct trap_frame *from)
{
	to->r8 = from->r8;
	to->r9 = from->r9;
	to->r10 = from->r10;
	to->r11 = from->r11;
	to->r12 = from->r12;
	to->r13 = from->r13;
	to->r14 = from->r14;
	to->r15 = from->r15;
	to->rdi = from->rdi;
	to->rsi = from->rsi;
	to->rbp = from->rbp;
	to->rbx = from->rbx;
	to->rdx = from->rdx;
	to->rax = from->rax;
	to->rcx = from->rcx;
	to->rsp = from->rsp;
	to->rip = from->rip;
	to->eflags = from->rflags;
	to->cs = (uint16_t)from->cs;
	to->ss = (uint16_t)from->ss;
	to->err = from->vector == TRAP_SYSCALL ? 0 : from->error_code;
	to->trapno = from->vector == TRAP_SYSCALL ? 0 : from->vector;
	to->cr2 = cr2_read();
}

static void load_registers(struct trap_frame *to, const struct sigcontext *from)
{
	to->r8 = from->r8;
	to->r9 = from->r9;
	to->r10 = from->r10;
	to->r11 = from->r11;
	to->r12 = from->r12;
	to->r13 = from->r13;
	to->r14 = from->r14;
	to->r15 = from->r15;
	to->rdi = from->rdi;
	to->rsi = from->rsi;
	to->rbp = from->rbp;
	to->rbx = from->rbx;
	to->rdx = from->rdx;
	to->rax = from->rax;
	to->rcx = from->rcx;
	to->rsp = from->rsp;
	to->rip = from->rip;
	to->rflags = (to->rflags & ~(uint64_t)RFLAGS_USER) | (from->eflags & RFLAGS_USER);
	to->cs = SELECTOR_USER_CODE;
	to->ss = SELECTOR_USER_DATA;
}

/* The FPU state below *at, aligned; its address in *at. */
static int push_fpu(vaddr_t *at)
{
	size_t size = fpu_state_size();
	size_t extended = cpu_features.has_xsave ? size + FP_XSTATE_MAGIC2_SIZE : size;
	char *area = kmalloc(ALIGN_UP(extended, FPU_STATE_ALIGNMENT));
	if (!area)
		return -ENOMEM;
	fpu_save_current(area);
	if (cpu_features.has_xsave) {
		struct _fpx_sw_bytes marks = { .magic1 = FP_XSTATE_MAGIC1,
					       .extended_size = (uint32_t)extended,
					       .xfeatures = cpu_features.xsave_mask,
					       .xstate_size = (uint32_t)size };
		uint32_t magic = FP_XSTATE_MAGIC2;
		memcpy(area + SW_RESERVED_OFFSET, &marks, sizeof(marks));
		memcpy(area + size, &magic, sizeof(magic));
	}
	*at = ALIGN_DOWN(*at - extended, FPU_STATE_ALIGNMENT);
	int error = copy_to_user((void __user *)*at, area, extended);
	kfree(area);
	return error;
}

int signal_frame_push(struct trap_frame *frame, int signal, const struct signal_action *action,
		      const siginfo_t *info, signal_set_t restore)
{
	struct task *task = current_task();
	struct signal_frame out;
	vaddr_t fpu = choose_stack(task, frame, action);

	if (!(action->flags & SA_RESTORER))
		return -EFAULT; // x86-64 has no other way back
	if (push_fpu(&fpu))
		return -EFAULT;
	// As after a CALL: the stack is 8 off a multiple of 16.
	vaddr_t at = ALIGN_DOWN(fpu - sizeof(out), 16) - 8;

	memset(&out, 0, sizeof(out));
	out.return_address = action->restorer;
	out.context.flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
			    (cpu_features.has_xsave ? UC_FP_XSTATE : 0);
	out.context.stack.ss_sp = (void *)task->signal_stack;
	out.context.stack.ss_size = task->signal_stack_size;
	out.context.stack.ss_flags = (int)task->signal_stack_flags;
	save_registers(&out.context.registers, frame);
	out.context.registers.oldmask = restore;
	out.context.registers.fpstate = (void *)fpu;
	out.context.mask = restore;
	out.info = *info;
	if (copy_to_user((void __user *)at, &out, sizeof(out)))
		return -EFAULT;

	frame->rsp = at;
	frame->rip = action->handler;
	frame->rdi = (uint64_t)signal;
	frame->rsi = at + offsetof(struct signal_frame, info);
	frame->rdx = at + offsetof(struct signal_frame, context);
	frame->rax = 0;
	frame->rflags &= ~(uint64_t)(RFLAGS_DF | RFLAGS_TF);
	frame->cs = SELECTOR_USER_CODE;
	frame->ss = SELECTOR_USER_DATA;
	frame->error_code = (uint64_t)-1; // nothing of this frame is restarted
	frame->vector = TRAP_SYSCALL;
	return 0;
}

static int pop_fpu(vaddr_t at)
{
	size_t size = fpu_state_size();
	char *area = kmalloc(ALIGN_UP(size, FPU_STATE_ALIGNMENT));
	if (!area)
		return -ENOMEM;
	int error = copy_from_user(area, (const void __user *)at, size);
	if (!error)
		error = fpu_restore_from(current_task()->fpu_state, area, size);
	kfree(area);
	return error;
}

long signal_frame_pop(struct trap_frame *frame)
{
	struct task *task = current_task();
	struct signal_frame in;

	// RET took the return address off.
	if (copy_from_user(&in, (const void __user *)(frame->rsp - sizeof(uint64_t)), sizeof(in)))
		return -EFAULT;
	if (in.context.registers.rip >= USER_LIMIT)
		return -EFAULT;
	if (in.context.registers.fpstate) {
		if (pop_fpu((vaddr_t)in.context.registers.fpstate))
			return -EFAULT;
	} else {
		fpu_reset(task->fpu_state);
	}
	signal_set_blocked(in.context.mask);
	load_registers(frame, &in.context.registers);
	frame->error_code = (uint64_t)-1;
	return (long)frame->rax;
}
