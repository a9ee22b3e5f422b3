/* SPDX-License-Identifier: MIT */
/*
 * Where the other CPUs start: real mode at a page below 1 MiB (AP_TRAMPOLINE_ADDRESS), to
 * which arch/smp.c copies this code. Goes to 64-bit mode on the boot page tables, then to
 * ap_start(cpu) on the stack that smp.c left in the mailbox. One CPU at a time.
 */
#include "boot/ap_trampoline.h"

#define REL(symbol_) (AP_TRAMPOLINE_ADDRESS + (symbol_ - ap_trampoline_start))

	.section .rodata
	.global ap_trampoline_start, ap_trampoline_end
	.code16
	.balign 16
ap_trampoline_start:
	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	REL(ap_gdt_pointer)
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$0x18, $REL(ap_entry32)

	.code32
ap_entry32:
	movw	$0x10, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movl	$0x20, %eax			/* CR4.PAE */
	movl	%eax, %cr4
	movl	$boot_pml4, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx		/* EFER: LME and NXE */
	rdmsr
	orl	$0x900, %eax
	wrmsr
	movl	$0x80010001, %eax		/* CR0: PG WP PE */
	movl	%eax, %cr0
	ljmp	$0x08, $REL(ap_entry64)

	.code64
ap_entry64:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movq	REL(ap_mailbox_cpu), %rdi
	movq	REL(ap_mailbox_stack), %rsi
	movq	REL(ap_mailbox_page_table), %rbx
	movq	$ap_high, %rax
	jmp	*%rax

	.balign 8
ap_gdt:
	.quad 0
	.quad 0x00af9a000000ffff	/* 0x08: 64-bit code */
	.quad 0x00cf92000000ffff	/* 0x10: data */
	.quad 0x00cf9a000000ffff	/* 0x18: 32-bit code */
ap_gdt_pointer:
	.short ap_gdt_pointer - ap_gdt - 1
	.long REL(ap_gdt)
	.balign 8
	.global ap_mailbox
ap_mailbox:
ap_mailbox_cpu:	.quad 0
ap_mailbox_stack: .quad 0
ap_mailbox_page_table: .quad 0
ap_trampoline_end:

	/* In the kernel's own text: the stack is mapped only by the kernel's page tables. */
	.section .text
ap_high:
	movq	%rbx, %cr3
	movq	%rsi, %rsp
	movq	%rdi, %rax
	movq	%rdi, %rdx
	shrq	$32, %rdx
	movl	$0xc0000101, %ecx		/* GS base: the CPU's struct cpu */
	wrmsr
	pushq	$0				/* ends the backtrace */
	xorl	%ebp, %ebp
	call	ap_start
1:	hlt
	jmp	1b

	.section .note.GNU-stack, "", @progbits
