/* SPDX-License-Identifier: MIT */
/*
 * Entry from user mode and traps. Every path saves a struct trap_frame (arch/trap_frame.h)
 * at the top of the stack and keeps all registers; the CFI says where each one is, so that
 * a debugger's backtrace goes through into the interrupted code. RBP then carries the
 * frame's address + 1: the mark by which core/backtrace.c knows it.
 */
#include "arch/asm_offsets.h"

#define SELECTOR_USER_DATA 0x2b
#define SELECTOR_USER_CODE 0x33
#define TRAP_SYSCALL	256
#define TRAP_FRAME_SIZE 176
#define MSR_GS_BASE	0xc0000101
#define ENOSYS		38

	.cfi_sections .debug_frame

/* The CFA of a trap frame is where the processor's RSP field ends: frame + 176. */
.macro CFI_TRAP_FRAME
	.cfi_def_cfa rsp, TRAP_FRAME_SIZE
	.cfi_offset r15, -176
	.cfi_offset r14, -168
	.cfi_offset r13, -160
	.cfi_offset r12, -152
	.cfi_offset rbp, -144
	.cfi_offset rbx, -136
	.cfi_offset r11, -128
	.cfi_offset r10, -120
	.cfi_offset r9, -112
	.cfi_offset r8, -104
	.cfi_offset rax, -96
	.cfi_offset rcx, -88
	.cfi_offset rdx, -80
	.cfi_offset rsi, -72
	.cfi_offset rdi, -64
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
.endm

.macro PUSH_REGISTER register
	pushq	%\register
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \register, 0
.endm

.macro PUSH_REGISTERS rax=rax
	PUSH_REGISTER rdi
	PUSH_REGISTER rsi
	PUSH_REGISTER rdx
	PUSH_REGISTER rcx
	PUSH_REGISTER \rax
	PUSH_REGISTER r8
	PUSH_REGISTER r9
	PUSH_REGISTER r10
	PUSH_REGISTER r11
	PUSH_REGISTER rbx
	PUSH_REGISTER rbp
	PUSH_REGISTER r12
	PUSH_REGISTER r13
	PUSH_REGISTER r14
	PUSH_REGISTER r15
.endm

.macro POP_REGISTER register
	popq	%\register
	.cfi_adjust_cfa_offset -8
	.cfi_restore \register
.endm

.macro POP_REGISTERS
	POP_REGISTER r15
	POP_REGISTER r14
	POP_REGISTER r13
	POP_REGISTER r12
	POP_REGISTER rbp
	POP_REGISTER rbx
	POP_REGISTER r11
	POP_REGISTER r10
	POP_REGISTER r9
	POP_REGISTER r8
	POP_REGISTER rax
	POP_REGISTER rcx
	POP_REGISTER rdx
	POP_REGISTER rsi
	POP_REGISTER rdi
.endm

	.text

/* 256 stubs of 16 bytes: an error code (0 where the processor pushes none) and the vector. */
	.balign 16
	.global trap_stubs
trap_stubs:
	.set	vector, 0
	.rept	256
	.balign 16
	.if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30
	.else
	pushq	$0
	.endif
	pushq	$vector
	.if vector == 1 || vector == 2 || vector == 8 || vector == 18
	jmp	trap_paranoid
	.else
	jmp	trap_common
	.endif
	.set	vector, vector + 1
	.endr

	.type trap_common, @function
trap_common:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, 56
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	testb	$3, 24(%rsp)
	jz	1f
	swapgs
1:	cld
	PUSH_REGISTERS
	movq	%rsp, %rdi
	leaq	1(%rsp), %rbp
	call	trap_dispatch
	.global trap_return_path
trap_return_path:
	testb	$3, 136 + 8(%rsp)
	jz	2f
	swapgs
2:	POP_REGISTERS
	addq	$16, %rsp
	.cfi_adjust_cfa_offset -16
	iretq
	.cfi_endproc
	.size trap_common, . - trap_common

/*
 * NMI, double fault, machine check, debug: they may come in kernel mode while GS is still
 * the user's, so the decision is made by the sign of the GS base. On an IST stack.
 */
	.type trap_paranoid, @function
trap_paranoid:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, 56
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	cld
	PUSH_REGISTERS
	xorl	%ebx, %ebx
	movl	$MSR_GS_BASE, %ecx
	rdmsr
	testl	%edx, %edx
	js	1f
	swapgs
	incl	%ebx
1:	movq	%rsp, %rdi
	leaq	1(%rsp), %rbp
	call	trap_dispatch
	testl	%ebx, %ebx
	jz	2f
	swapgs
2:	POP_REGISTERS
	addq	$16, %rsp
	.cfi_adjust_cfa_offset -16
	iretq
	.cfi_endproc
	.size trap_paranoid, . - trap_paranoid

/* trap_return(frame): to a frame that is not on this stack's top. */
	.global trap_return
	.type trap_return, @function
trap_return:
	.cfi_startproc simple
	.cfi_signal_frame
	movq	%rdi, %rsp
	CFI_TRAP_FRAME
	jmp	trap_return_path
	.cfi_endproc
	.size trap_return, . - trap_return

/* SYSCALL (SDM vol. 2): RCX = user RIP, R11 = user RFLAGS, RSP still the user's. */
	.global syscall_entry
	.type syscall_entry, @function
	.balign 16
syscall_entry:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, 0
	.cfi_register rip, rcx
	.cfi_register rsp, rsp
	swapgs
	movq	%rsp, %gs:CPU_USER_STACK_SCRATCH
	movq	%gs:CPU_KERNEL_STACK_TOP, %rsp
	pushq	$SELECTOR_USER_DATA
	pushq	%gs:CPU_USER_STACK_SCRATCH
	pushq	%r11
	pushq	$SELECTOR_USER_CODE
	pushq	%rcx
	pushq	%rax			/* error_code: the system call's number */
	pushq	$TRAP_SYSCALL
	.cfi_def_cfa rsp, 56
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	PUSH_REGISTERS
	leaq	1(%rsp), %rbp
	movq	%r10, %rcx		/* the fourth argument; the others are where C wants them */
	sti
	call	*trap_hooks+TRAP_HOOKS_SYSCALL(%rip)
	cli
	movq	%rax, FRAME_RAX(%rsp)
	/* Work before user mode? Signals and rescheduling are rare. */
	movq	%gs:CPU_CURRENT, %rdx
	movl	%gs:CPU_NEEDS_RESCHED, %eax
	movzbl	TASK_HAS_SIGNAL_WORK(%rdx), %ecx
	orl	%ecx, %eax
	jnz	syscall_slow_return
	/* SYSRET needs RIP in RCX and RFLAGS in R11, a canonical user RIP, no trap flag. */
	movq	FRAME_RIP(%rsp), %rcx
	cmpq	%rcx, FRAME_RCX(%rsp)
	jne	syscall_iret
	movq	FRAME_RFLAGS(%rsp), %r11
	cmpq	%r11, FRAME_R11(%rsp)
	jne	syscall_iret
	movq	%rcx, %rdx
	shrq	$47, %rdx
	jnz	syscall_iret
	testl	$0x10100, %r11d		/* RF, TF */
	jnz	syscall_iret
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	addq	$8, %rsp		/* r11 holds RFLAGS */
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	addq	$8, %rsp		/* rcx holds RIP */
	popq	%rdx
	popq	%rsi
	popq	%rdi
	movq	40(%rsp), %rsp
	.cfi_def_cfa rsp, 0
	.cfi_register rip, rcx
	swapgs
	sysretq
	.cfi_endproc
	.size syscall_entry, . - syscall_entry

	.type syscall_slow_return, @function
syscall_slow_return:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_TRAP_FRAME
	movq	%rsp, %rdi
	call	prepare_user_return
syscall_iret:
	swapgs
	POP_REGISTERS
	addq	$16, %rsp
	.cfi_adjust_cfa_offset -16
	iretq
	.cfi_endproc
	.size syscall_slow_return, . - syscall_slow_return

/*
 * A new task's first instruction: context_switch() "returns" here, with the trap frame at
 * the top of its stack (user tasks). task_first_run() does not return for kernel threads.
 */
	.global task_entry
	.type task_entry, @function
task_entry:
	.cfi_startproc simple
	.cfi_signal_frame
	CFI_TRAP_FRAME
	leaq	1(%rsp), %rbp
	call	task_first_run
	movq	%rsp, %rdi
	call	prepare_user_return
	swapgs
	POP_REGISTERS
	addq	$16, %rsp
	.cfi_adjust_cfa_offset -16
	iretq
	.cfi_endproc
	.size task_entry, . - task_entry

/*
 * context_switch(vaddr_t *save_stack_pointer, vaddr_t load_stack_pointer): keep the
 * callee-saved registers on the old stack, take those of the new one. Interrupts off.
 */
	.global context_switch
	.type context_switch, @function
	.balign 16
context_switch:
	.cfi_startproc
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	movq	%rsp, %rbp
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r13, 0
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r14, 0
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r15, 0
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	.cfi_adjust_cfa_offset -8
	popq	%r14
	.cfi_adjust_cfa_offset -8
	popq	%r13
	.cfi_adjust_cfa_offset -8
	popq	%r12
	.cfi_adjust_cfa_offset -8
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size context_switch, . - context_switch

/*
 * user_copy_bytes(to, from, size): bytes NOT copied. A fault inside makes the trap handler
 * go on at the fixup that stands beside the instruction in the fault_table.
 * Keeps all but RAX, RCX, RDX, RSI, RDI.
 */
	.global user_copy_bytes
	.type user_copy_bytes, @function
user_copy_bytes:
	.cfi_startproc
	movq	%rdx, %rcx
	andl	$7, %edx			/* bytes after the last whole word */
	shrq	$3, %rcx
	stac_here_1: .byte 0x0f, 0x1f, 0x00	/* becomes STAC where the CPU has SMAP */
user_copy_words:
	rep movsq
	movl	%edx, %ecx
user_copy_instruction:
	rep movsb
user_copy_done:
	clac_here_1: .byte 0x0f, 0x1f, 0x00	/* becomes CLAC */
	movq	%rcx, %rax
	ret
user_copy_words_fault:
	leaq	(%rdx, %rcx, 8), %rcx
	jmp	user_copy_done
	.cfi_endproc
	.size user_copy_bytes, . - user_copy_bytes

/* user_clear_bytes(to, size): bytes not cleared. Keeps all but RAX, RCX, RDI. */
	.global user_clear_bytes
	.type user_clear_bytes, @function
user_clear_bytes:
	.cfi_startproc
	movq	%rsi, %rcx
	xorl	%eax, %eax
	stac_here_2: .byte 0x0f, 0x1f, 0x00
user_clear_instruction:
	rep stosb
user_clear_done:
	clac_here_2: .byte 0x0f, 0x1f, 0x00
	movq	%rcx, %rax
	ret
	.cfi_endproc
	.size user_clear_bytes, . - user_clear_bytes

/*
 * user_copy_string(to, from, size): bytes copied including the NUL; size + 1 if there was
 * no NUL within size; -1 on a fault. Keeps all but RAX, RCX, RDX, RSI, RDI.
 */
	.global user_copy_string
	.type user_copy_string, @function
user_copy_string:
	.cfi_startproc
	movq	%rdi, %rcx
	stac_here_3: .byte 0x0f, 0x1f, 0x00
1:	testq	%rdx, %rdx
	jz	2f
user_string_instruction:
	movb	(%rsi), %al
	movb	%al, (%rdi)
	incq	%rsi
	incq	%rdi
	decq	%rdx
	testb	%al, %al
	jnz	1b
	jmp	3f
2:	incq	%rdi
3:	movq	%rdi, %rax
	subq	%rcx, %rax
	jmp	user_string_end
user_string_fault:
	movq	$-1, %rax
user_string_end:
	clac_here_3: .byte 0x0f, 0x1f, 0x00
	ret
	.cfi_endproc
	.size user_copy_string, . - user_copy_string

/* Pairs: the instruction that may fault on user memory, and where to go on. */
	.section fault_table, "a"
	.quad user_copy_words, user_copy_words_fault
	.quad user_copy_instruction, user_copy_done
	.quad user_clear_instruction, user_clear_done
	.quad user_string_instruction, user_string_fault

/* Where STAC and CLAC go (3 bytes each), for arch/cpu_features.c to patch before W^X. */
	.section .rodata
	.balign 8
	.global stac_places, stac_places_end, clac_places, clac_places_end
stac_places:
	.quad stac_here_1, stac_here_2, stac_here_3
stac_places_end:
clac_places:
	.quad clac_here_1, clac_here_2, clac_here_3
clac_places_end:

	.section .note.GNU-stack, "", @progbits
