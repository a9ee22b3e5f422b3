/* SPDX-License-Identifier: MIT */
/*
 * From GRUB's hand-over (32-bit protected mode, paging off; Multiboot2 3.3) to kmain in
 * 64-bit mode at the top 2 GiB. Builds the early page tables: the first 4 GiB identity
 * mapped and at DIRECT_MAP_BASE, the first GiB at KERNEL_BASE. They stay for starting the
 * other CPUs; mm/kernel_map.c builds the real ones.
 *
 * Runs once, on the boot CPU, with interrupts off; keeps no register.
 */

#define KERNEL_BASE	0xffffffff80000000
#define MULTIBOOT2_HEADER_MAGIC 0xe85250d6
#define MULTIBOOT2_BOOT_MAGIC	0x36d76289
#define PTE_PRESENT_WRITE 0x3
#define PTE_HUGE	0x80
#define COM1		0x3f8
#define CPUID_EXT_LONG_MODE (1 << 29)
#define CPUID_EXT_NX	(1 << 20)
#define CR0_PG_WP_PE	0x80010001
#define CR4_PAE		0x20
#define MSR_EFER	0xc0000080
#define EFER_LME_NXE	0x900
#define MSR_GS_BASE	0xc0000101

	.section .multiboot2, "a"
	.balign 8
header:
	.long MULTIBOOT2_HEADER_MAGIC
	.long 0				/* architecture: i386 */
	.long header_end - header
	.long -(MULTIBOOT2_HEADER_MAGIC + (header_end - header))
	/* 3.1.4 information request: command line, modules, memory map (ACPI is optional) */
	.balign 8
	.short 1, 0
	.long 20
	.long 1, 3, 6
	/* 3.1.9 module alignment: page aligned */
	.balign 8
	.short 6, 0
	.long 8
	/* end */
	.balign 8
	.short 0, 0
	.long 8
header_end:

	.section .boot.text, "ax"
	.code32
	.global boot_entry32
boot_entry32:
	cli
	cld
	movl	$boot_stack_end, %esp
	movl	%eax, boot_magic
	movl	%ebx, boot_information

	movl	$message_magic, %esi
	cmpl	$MULTIBOOT2_BOOT_MAGIC, %eax
	jne	boot_fail32

	movl	$message_long_mode, %esi
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	boot_fail32
	movl	$0x80000001, %eax
	cpuid
	testl	$CPUID_EXT_LONG_MODE, %edx
	jz	boot_fail32
	movl	$message_nx, %esi
	testl	$CPUID_EXT_NX, %edx
	jz	boot_fail32

	/* Clear the tables: .boot.tables is not in the file. */
	movl	$boot_tables, %edi
	movl	$(boot_tables_end - boot_tables) / 4, %ecx
	xorl	%eax, %eax
	rep stosl

	/* 4 page directories of 2 MiB pages: the first 4 GiB. */
	movl	$boot_directories, %edi
	movl	$(PTE_PRESENT_WRITE | PTE_HUGE), %eax
	movl	$2048, %ecx
1:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	loop	1b

	movl	$(boot_directories + PTE_PRESENT_WRITE), %eax
	movl	%eax, boot_pdpt
	addl	$0x1000, %eax
	movl	%eax, boot_pdpt + 8
	addl	$0x1000, %eax
	movl	%eax, boot_pdpt + 16
	addl	$0x1000, %eax
	movl	%eax, boot_pdpt + 24
	/* KERNEL_BASE is entry 511 of the top, 510 below it. */
	movl	$(boot_directories + PTE_PRESENT_WRITE), %eax
	movl	%eax, boot_pdpt_kernel + 510 * 8
	movl	$(boot_pdpt + PTE_PRESENT_WRITE), %eax
	movl	%eax, boot_pml4			/* identity */
	movl	%eax, boot_pml4 + 256 * 8	/* DIRECT_MAP_BASE */
	movl	$(boot_pdpt_kernel + PTE_PRESENT_WRITE), %eax
	movl	%eax, boot_pml4 + 511 * 8

	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$boot_pml4, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME_NXE, %eax
	wrmsr
	movl	$CR0_PG_WP_PE, %eax
	movl	%eax, %cr0
	lgdt	boot_gdt_pointer
	ljmp	$0x08, $boot_entry64

/* Print the message at %esi on COM1, then stop. */
boot_fail32:
	call	serial_print32
	movl	$message_end, %esi
	call	serial_print32
2:	hlt
	jmp	2b

serial_print32:
	movw	$(COM1 + 3), %dx
	movb	$0x03, %al
	outb	%al, %dx
3:	lodsb
	testb	%al, %al
	jz	5f
	movb	%al, %bl
	movl	$100000, %ecx
	movw	$(COM1 + 5), %dx
4:	inb	%dx, %al
	testb	$0x20, %al
	loopz	4b
	movb	%bl, %al
	movw	$COM1, %dx
	outb	%al, %dx
	jmp	3b
5:	ret

	.code64
boot_entry64:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movabsq	$boot_high, %rax
	jmp	*%rax

	.section .text
boot_high:
	/* GS -> cpus[0], so that per-CPU accessors work from kmain's first line. */
	movq	$cpus, %rax
	movq	%rax, (%rax)		/* .self */
	movq	%rax, %rdx
	shrq	$32, %rdx
	movl	$MSR_GS_BASE, %ecx
	wrmsr

	movq	$boot_cpu_stack_end, %rsp
	movl	boot_magic, %edi
	movl	boot_information, %esi
	pushq	$0			/* ends the backtrace */
	xorl	%ebp, %ebp
	call	kmain
6:	hlt
	jmp	6b

	.section .boot.data, "aw"
	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9a000000ffff	/* 0x08: 64-bit code */
	.quad 0x00cf92000000ffff	/* 0x10: data */
boot_gdt_pointer:
	.short boot_gdt_pointer - boot_gdt - 1
	.long boot_gdt
	.long 0
	.global boot_magic, boot_information
boot_magic:	.long 0
boot_information: .long 0
message_magic:	.asciz "vitrine: not started by a Multiboot2 loader (wrong magic)"
message_long_mode: .asciz "vitrine: this processor has no 64-bit mode"
message_nx:	.asciz "vitrine: this processor has no no-execute pages"
message_end:	.asciz "; halted.\r\n"

	.section .boot.tables, "aw", @nobits
	.balign 4096
boot_tables:
	.global boot_pml4
boot_pml4:	.skip 4096
boot_pdpt:	.skip 4096
boot_pdpt_kernel: .skip 4096
boot_directories: .skip 4 * 4096
boot_stack:	.skip 1024
boot_stack_end:
boot_tables_end:

	.section .bss
	.balign 4096
	.global boot_cpu_stack_guard, boot_cpu_stack, boot_cpu_stack_end
boot_cpu_stack_guard: .skip 4096		/* mm/kernel_map.c does not map it */
boot_cpu_stack:	.skip 4 * 4096
boot_cpu_stack_end:

	.section .note.GNU-stack, "", @progbits
