# SPDX-License-Identifier: MIT
# Vitrine: one Makefile for the kernel, its root file system and the tests.
#   CHECK=1  the checking build (lock order, poison, costly assertions), in build/check
#   V=1      show the commands

CHECK ?= 0
V ?= 0
BUILD ?= $(if $(filter 1,$(CHECK)),build/check,build)
Q := $(if $(filter 1,$(V)),,@)

CC := gcc
PYTHON := /usr/bin/python3
PACKAGES := $(shell grep -v '^\#' packages.txt)

UAPI := $(BUILD)/uapi
KERNEL_SOURCES := $(sort $(wildcard boot/*.[cS] src/*/*.[cS] src/*/*/*.[cS] trace/kernel/*.[cS] \
	debug/kernel/*.[cS] tests/kernel/*.c))
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(BUILD)/kernel/%.o)

WARNINGS := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla \
	-Wimplicit-fallthrough -Wnested-externs
INCLUDES := -I. -Isrc -I$(BUILD)/generated
KERNEL_FLAGS := -std=gnu17 -ffreestanding -nostdinc \
	-isystem $(shell $(CC) -print-file-name=include) -isystem $(UAPI) $(INCLUDES) \
	-O2 -g3 -fno-omit-frame-pointer -fno-optimize-sibling-calls -mgeneral-regs-only \
	-mno-red-zone -mcmodel=kernel -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-delete-null-pointer-checks \
	-ffile-prefix-map=$(CURDIR)/= -fcf-protection=none $(WARNINGS) \
	$(if $(filter 1,$(CHECK)),-DCHECKING_BUILD)
KERNEL_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=sha1 -Wl,-z,max-page-size=4096 \
	-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments

.PHONY: all deps demo test bench lint clean kernel root help
all: kernel root ## build the kernel and the default root file system

kernel: $(BUILD)/vitrine.elf $(BUILD)/vitrine.stripped

# Linked twice: the second time with the names of the functions of the first.
$(BUILD)/vitrine.elf: $(KERNEL_OBJECTS) boot/linker.ld tools/make_symbols.py
	@echo "  LINK  $@"
	$(Q)tools/make_symbols.py > $(BUILD)/symbols.S
	$(Q)$(CC) $(KERNEL_LDFLAGS) -T boot/linker.ld -o $(BUILD)/vitrine.pass1 $(KERNEL_OBJECTS) $(BUILD)/symbols.S
	$(Q)tools/make_symbols.py $(BUILD)/vitrine.pass1 > $(BUILD)/symbols.S
	$(Q)$(CC) $(KERNEL_LDFLAGS) -T boot/linker.ld -o $@ $(KERNEL_OBJECTS) $(BUILD)/symbols.S

$(BUILD)/vitrine.stripped: $(BUILD)/vitrine.elf
	$(Q)objcopy --strip-debug $< $@

$(UAPI):
	$(Q)mkdir -p $@
	$(Q)ln -sfn /usr/include/linux $@/linux
	$(Q)ln -sfn /usr/include/asm-generic $@/asm-generic
	$(Q)ln -sfn /usr/include/$(shell $(CC) -print-multiarch)/asm $@/asm

$(BUILD)/kernel/%.c.o: %.c Makefile | $(UAPI)
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(KERNEL_FLAGS) -MMD -MP -c $< -o $@

$(BUILD)/kernel/%.S.o: %.S Makefile | $(UAPI)
	@mkdir -p $(@D)
	@echo "  AS    $<"
	$(Q)$(CC) $(KERNEL_FLAGS) -D__ASSEMBLY__ -MMD -MP -c $< -o $@

# Structure offsets for assembly come from the C structures.
$(BUILD)/generated/arch/asm_offsets.h: tools/asm_offsets.c $(wildcard src/*/*.h src/*/*/*.h) | $(UAPI)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_FLAGS) -S $< -o $(@:.h=.s)
	$(Q)sed -n 's/^@@ //p' $(@:.h=.s) > $@
$(BUILD)/kernel/src/arch/entry.S.o: $(BUILD)/generated/arch/asm_offsets.h

-include $(KERNEL_OBJECTS:.o=.d)

# PID 1 is ours, built with musl; the shell and tools come from Debian's packages.
root: $(BUILD)/user/vitrine-init $(BUILD)/root.cpio

$(BUILD)/user/vitrine-init: user/init.c
	@mkdir -p $(@D)
	@echo "  MUSL  $<"
	$(Q)musl-gcc -static -O2 -g -Wall -Wextra -Werror -o $@ $<

$(BUILD)/root.cpio: tools/make_root.py tools/cpio.py
	@echo "  ROOT  $@"
	$(Q)tools/make_root.py -o $@

demo: deps ## install, build, and look into the running kernel on QEMU and on Bochs
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tools/demo.py

deps: ## install what the build, the emulators and the tests need
	$(Q)tools/install_packages.sh $(PACKAGES)

include tests/unit/unit.mk

test: all ## run every test; closes with "N passed, N failed"
	$(Q)tools/run_tests.py

# Every check prints what it finds; -k: one check's findings do not hide another's.
LINT_CHECKS := lint-python lint-layers lint-format lint-clang lint-sparse
PYTHON_SOURCES := vitrine debug gdb-scripts tools tests

lint: ## check the sources: style, types, layers, locks, user pointers
	$(Q)$(MAKE) --no-print-directory -k $(LINT_CHECKS) && echo "lint: clean"

.PHONY: $(LINT_CHECKS)
lint-python:
	@echo "  LINT  Python: black, flake8, mypy"
	$(Q)black --quiet --check --diff $(PYTHON_SOURCES)
	$(Q)flake8 $(PYTHON_SOURCES)
	$(Q)mypy --no-error-summary $(PYTHON_SOURCES)

lint-layers:
	@echo "  LINT  who includes whom"
	$(Q)tools/check_layers.py

# Tables are laid out by hand: a line an entry.
FORMATTED := $(filter-out src/sys/%table.h trace/events.h src/sync/lock_rank.h, \
	$(shell find boot src trace debug user tests tools -name '*.[ch]'))

lint-format:
	@echo "  LINT  layout: clang-format"
	$(Q)clang-format --dry-run -Werror $(FORMATTED)

# Clang beside GCC: its warnings, and the lock analysis: every lock taken is given back on every
# path, and functions marked REQUIRES are called with their lock held. Left out, each marked
# NO_LOCK_ANALYSIS at its place: the lock primitives themselves, the context switch (a run
# queue's lock changes hands there), and locks taken by the value of an error or two at once.
# Which fields a lock guards is not checked: structures say it in comments.
LINT_SOURCES := $(filter %.c,$(KERNEL_SOURCES))
CLANG_FLAGS = $(subst -isystem $(shell $(CC) -print-file-name=include),\
	-isystem $(shell clang -print-file-name=include),$(KERNEL_FLAGS)) -DLOCK_ANALYSIS -Wthread-safety

lint-clang: $(LINT_SOURCES:%=lint-clang/%)
	@echo "  LINT  warnings and locks: clang"
.PHONY: $(LINT_SOURCES:%=lint-clang/%)
$(LINT_SOURCES:%=lint-clang/%): lint-clang/%: | $(UAPI)
	$(Q)clang $(CLANG_FLAGS) -fsyntax-only $*

lint-sparse: | $(UAPI)
	@echo "  LINT  pointers to user memory: sparse"
	$(Q)tools/run_sparse.py $(LINT_SOURCES) -- $(CC) $(KERNEL_FLAGS)

bench: all $(BUILD)/bench/null_call ## measure the kernel against its goals and Linux
	$(Q)./vitrine bench

$(BUILD)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	@echo "  MUSL  $<"
	$(Q)musl-gcc -static -O2 -g -Wall -Wextra -Werror -o $@ $<

help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/'

clean: ## remove everything built
	rm -rf build
