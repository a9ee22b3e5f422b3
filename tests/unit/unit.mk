# SPDX-License-Identifier: MIT
# Host unit tests: each program's kernel sources. The functions of lib/string.c come from
# the C library here, except where it is itself the subject.
UNIT_TESTS := cpio elf format ldisc link page_cache rbtree ring
UNIT_cpio := src/fs/cpio.c
UNIT_elf := src/proc/elf.c
UNIT_format := src/lib/format.c
UNIT_ldisc := src/dev/tty/ldisc.c
UNIT_link := debug/kernel/link.c
UNIT_page_cache := src/fs/page_cache.c
UNIT_rbtree := src/lib/rbtree.c
UNIT_ring := trace/kernel/ring.c
# The kernel's linker script names the section's start so.
UNIT_LDFLAGS_ring := -Wl,--defsym=trace_events_start=__start_trace_events

UNIT_FLAGS := -std=gnu17 -DHOST_TEST -O1 -g -fsanitize=address,undefined \
	-fno-sanitize-recover=all -Wall -Wextra -Werror -I. -Isrc -Itests/unit -I$(UAPI) -pthread

.PHONY: unit
unit: $(UNIT_TESTS:%=$(BUILD)/unit/%)
	$(Q)for test in $^; do echo "# $$test"; timeout 120 $$test || echo "not ok - $$test"; done

define UNIT_RULE
$(BUILD)/unit/$(1): tests/unit/test_$(1).c tests/unit/harness.c $(UNIT_$(1)) $(wildcard src/*/*.h) | $(UAPI)
	@mkdir -p $$(@D)
	@echo "  UNIT  $(1)"
	$$(Q)$$(CC) $$(UNIT_FLAGS) -o $$@ $$(filter %.c,$$^) $$(UNIT_LDFLAGS_$(1))
endef
$(foreach test,$(UNIT_TESTS),$(eval $(call UNIT_RULE,$(test))))
