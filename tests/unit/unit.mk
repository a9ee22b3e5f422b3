# SPDX-License-Identifier: MIT
# Host unit tests: each program's kernel sources. The functions of lib/string.c come from
# the C library here, except where it is itself the subject.
comma := ,
UNIT_TESTS := bitmap cpio elf format frame kmalloc ldisc link list lock_order page_cache path \
	rbtree ring slab string
UNIT_cpio := src/fs/cpio.c
UNIT_elf := src/proc/elf.c
UNIT_format := src/lib/format.c
UNIT_ldisc := $(addprefix src/dev/tty/,ldisc.c ldisc_edit.c ldisc_output.c)
UNIT_link := debug/kernel/link.c
UNIT_page_cache := src/fs/page_cache.c
# Included by the test, under other names.
UNIT_INCLUDED_string := src/lib/string.c
UNIT_rbtree := src/lib/rbtree.c
UNIT_ring := trace/kernel/ring.c
UNIT_MEMORY := src/mm/frame.c src/mm/misuse.c src/sync/spinlock.c debug/kernel/alloc_site.c \
	trace/kernel/ring.c
UNIT_frame := $(UNIT_MEMORY)
UNIT_slab := $(UNIT_MEMORY) src/mm/slab.c
UNIT_kmalloc := $(UNIT_MEMORY) src/mm/slab.c src/mm/kmalloc.c
UNIT_lock_order := src/sync/spinlock.c src/sync/mutex.c
UNIT_path := $(addprefix src/fs/,path.c dentry.c inode.c file.c mount.c operations.c fs_context.c \
	tmpfs/tmpfs.c) src/sync/spinlock.c src/sync/mutex.c
# With poison, red zones and the order of locks.
$(foreach test,frame kmalloc lock_order path slab,$(eval UNIT_FLAGS_$(test) := -DCHECKING_BUILD))
# Linux's header leaves out S_ISDIR and its like once the C library's are known.
UNIT_FLAGS_path += -include linux/stat.h
# The kernel's linker script names the sections' starts and ends so.
UNIT_LDFLAGS_ring := -Wl,--defsym=trace_events_start=__start_trace_events
$(foreach test,frame kmalloc slab,$(eval UNIT_LDFLAGS_$(test) := $(UNIT_LDFLAGS_ring) \
	-Wl$(comma)--defsym=alloc_sites_start=__start_alloc_sites \
	-Wl$(comma)--defsym=alloc_sites_end=__stop_alloc_sites))
# The tests let allocations of frames fail.
$(foreach test,kmalloc slab,$(eval UNIT_LDFLAGS_$(test) += -Wl$(comma)--wrap=frame_allocate_at))

UNIT_FLAGS := -std=gnu17 -DHOST_TEST -O1 -g -fsanitize=address,undefined \
	-fno-sanitize-recover=all -Wall -Wextra -Werror -I. -Isrc -Itests/unit -I$(UAPI) -pthread

.PHONY: unit
unit: $(UNIT_TESTS:%=$(BUILD)/unit/%)
	$(Q)for test in $^; do echo "# $$test"; timeout 120 $$test || echo "not ok - $$test"; done

define UNIT_RULE
$(BUILD)/unit/$(1): tests/unit/test_$(1).c tests/unit/harness.c $(UNIT_$(1)) $(UNIT_INCLUDED_$(1)) \
		tests/unit/harness.h $(wildcard src/*/*.h src/*/*/*.h) | $(UAPI)
	@mkdir -p $$(@D)
	@echo "  UNIT  $(1)"
	$$(Q)$$(CC) $$(UNIT_FLAGS) $(UNIT_FLAGS_$(1)) -o $$@ $$(filter-out $(UNIT_INCLUDED_$(1)),$$(filter %.c,$$^)) $$(UNIT_LDFLAGS_$(1))
endef
$(foreach test,$(UNIT_TESTS),$(eval $(call UNIT_RULE,$(test))))
