/* SPDX-License-Identifier: MIT */
/*
 * MADT: CPUs and the I/O APIC; FADT: the power-management timer and control registers;
 * DSDT: only the _S5_ package, found by its bytes (a package of small integers), since
 * power-off needs nothing else of AML. Tables are read through the direct map.
 */
#include "arch/acpi.h"

#include "lib/string.h"
#include "mm/layout.h"

struct acpi_information acpi;

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
} PACKED;

struct table {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision, creator, creator_revision;
} PACKED;

struct madt {
	struct table header;
	uint32_t local_apic;
	uint32_t flags;
	uint8_t entries[];
} PACKED;

enum madt_type { MADT_LOCAL_APIC = 0, MADT_IO_APIC = 1, MADT_OVERRIDE = 2 };

struct madt_local_apic {
	uint8_t type, length, processor, apic_id;
	uint32_t flags; /* bit 0: enabled */
} PACKED;

struct madt_io_apic {
	uint8_t type, length, id, reserved;
	uint32_t address, interrupt_base;
} PACKED;

struct madt_override {
	uint8_t type, length, bus, source;
	uint32_t global_interrupt;
	uint16_t flags; /* bits 0-1 polarity (3: low), 2-3 trigger (3: level) */
} PACKED;

struct fadt { /* 5.2.9, up to what is used */
	struct table header;
	uint32_t firmware_control, dsdt;
	uint8_t reserved0[4];
	uint32_t smi_command;
	uint8_t acpi_enable, acpi_disable, s4_request, pstate_control;
	uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer;
} PACKED;

enum {
	SLEEP_TYPE_SHIFT = 10,
	AML_PACKAGE = 0x12,
	AML_BYTE_PREFIX = 0x0a,
};

static const struct table *find_table(const struct table *root, size_t entry_size,
				      const char *signature)
{
	size_t count = (root->length - sizeof(*root)) / entry_size;
	const char *entries = (const char *)(root + 1);

	for (size_t i = 0; i < count; i++) {
		uint64_t address = 0;
		memcpy(&address, entries + i * entry_size, entry_size);
		const struct table *table = physical_to_virtual(address);
		if (memcmp(table->signature, signature, 4) == 0)
			return table;
	}
	return NULL;
}

static void read_madt_entry(const uint8_t *entry)
{
	switch (entry[0]) {
	case MADT_LOCAL_APIC: {
		const struct madt_local_apic *local = (const void *)entry;
		if ((local->flags & 1) && acpi.cpu_count < MAX_CPUS)
			acpi.cpu_apic_ids[acpi.cpu_count++] = local->apic_id;
		break;
	}
	case MADT_IO_APIC: {
		const struct madt_io_apic *io = (const void *)entry;
		if (!acpi.io_apic) {
			acpi.io_apic = io->address;
			acpi.io_apic_interrupt_base = io->interrupt_base;
		}
		break;
	}
	case MADT_OVERRIDE: {
		const struct madt_override *override = (const void *)entry;
		if (override->source < ISA_LINES)
			acpi.isa[override->source] = (struct acpi_interrupt_override){
				.global_interrupt = override->global_interrupt,
				.is_active_low = (override->flags & 3) == 3,
				.is_level_triggered = (override->flags >> 2 & 3) == 3,
			};
		break;
	}
	}
}

static void read_madt(const struct madt *madt)
{
	acpi.local_apic = madt->local_apic;
	for (uint32_t line = 0; line < ISA_LINES; line++)
		acpi.isa[line].global_interrupt = line;
	size_t size = madt->header.length - sizeof(*madt);
	for (size_t at = 0; at + 2 <= size && madt->entries[at + 1] >= 2;
	     at += madt->entries[at + 1])
		read_madt_entry(madt->entries + at);
}

static uint8_t aml_small_integer(const uint8_t **at)
{
	if (**at == AML_BYTE_PREFIX)
		++*at;
	return *(*at)++;
}

/* Name(_S5_, Package(){SLP_TYPa, SLP_TYPb, ...}); package length is one byte for so few. */
static void read_s5(const struct table *dsdt)
{
	const uint8_t *bytes = (const uint8_t *)dsdt;

	for (uint32_t i = sizeof(*dsdt); i + 12 < dsdt->length; i++) {
		if (memcmp(bytes + i, "_S5_", 4) != 0 || bytes[i + 4] != AML_PACKAGE)
			continue;
		const uint8_t *at = bytes + i + 7; // past PackageOp, PkgLength, NumElements
		acpi.sleep_type_a = (uint16_t)(aml_small_integer(&at) << SLEEP_TYPE_SHIFT);
		acpi.sleep_type_b = (uint16_t)(aml_small_integer(&at) << SLEEP_TYPE_SHIFT);
		acpi.can_power_off = acpi.pm1a_control != 0;
		return;
	}
}

static void read_fadt(const struct fadt *fadt)
{
	acpi.pm_timer_port = (uint16_t)fadt->pm_timer;
	acpi.pm1a_control = (uint16_t)fadt->pm1a_control;
	acpi.pm1b_control = (uint16_t)fadt->pm1b_control;
	if (fadt->dsdt)
		read_s5(physical_to_virtual(fadt->dsdt));
}

const char *acpi_init(const void *rsdp_copy)
{
	const struct rsdp *rsdp = rsdp_copy;
	if (memcmp(rsdp->signature, "RSD PTR ", 8) != 0)
		return "ACPI: the root pointer has no signature";

	bool has_xsdt = rsdp->revision >= 2 && rsdp->xsdt;
	const struct table *root = physical_to_virtual(has_xsdt ? rsdp->xsdt : rsdp->rsdt);
	size_t entry_size = has_xsdt ? sizeof(uint64_t) : sizeof(uint32_t);

	const struct table *madt = find_table(root, entry_size, "APIC");
	if (!madt)
		return "ACPI: no MADT (interrupt controllers)";
	read_madt((const void *)madt);
	if (!acpi.io_apic)
		return "ACPI: no I/O APIC";

	const struct table *fadt = find_table(root, entry_size, "FACP");
	if (!fadt)
		return "ACPI: no FADT";
	read_fadt((const void *)fadt);
	return acpi.pm_timer_port ? NULL : "ACPI: no power-management timer";
}
