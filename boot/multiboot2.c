/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2 boot information (Multiboot2 Specification 2.0, section 3.6): a size, then tags
 * aligned to 8 bytes. Nothing in it is trusted: every tag must lie inside the block.
 */
#include "boot/multiboot2.h"

#include "lib/string.h"
#include "mm/layout.h"

enum {
	MULTIBOOT2_MAGIC = 0x36d76289, /* 3.3: EAX at entry */
	TAG_END = 0,
	TAG_COMMAND_LINE = 1,
	TAG_LOADER_NAME = 2,
	TAG_MODULE = 3,
	TAG_MEMORY_MAP = 6,
	TAG_ACPI_OLD_RSDP = 14,
	TAG_ACPI_NEW_RSDP = 15,
	MEMORY_AVAILABLE = 1,
	INFORMATION_SIZE_MAX = 1 << 20,
	MEMORY_MINIMUM = 24 << 20,
};

struct information {
	uint32_t total_size, reserved;
};

struct tag {
	uint32_t type, size;
};

struct module_tag {
	struct tag tag;
	uint32_t start, end;
	char string[];
};

struct memory_map_entry {
	uint64_t base, length;
	uint32_t type, reserved;
};

struct memory_map_tag {
	struct tag tag;
	uint32_t entry_size, entry_version;
	char entries[];
};

struct boot_info boot_info;

/* Copy a tag's string, which the loader may have left without its NUL. */
static void copy_string(char *to, size_t to_size, const char *from, const struct tag *tag)
{
	size_t limit = tag->size - (size_t)(from - (const char *)tag);
	size_t length = MIN(strnlen(from, limit), to_size - 1);
	memcpy(to, from, length);
	to[length] = '\0';
}

static const char *read_memory_map(const struct memory_map_tag *map)
{
	if (map->tag.size < sizeof(*map) || map->entry_size < sizeof(struct memory_map_entry))
		return "Multiboot2: malformed memory map";

	size_t bytes = map->tag.size - sizeof(*map);
	for (size_t at = 0; at + map->entry_size <= bytes; at += map->entry_size) {
		const struct memory_map_entry *entry = (const void *)(map->entries + at);
		if (entry->length == 0 || entry->base + entry->length < entry->base)
			continue;
		if (boot_info.range_count == BOOT_RANGES_MAX)
			break;
		boot_info.ranges[boot_info.range_count++] = (struct boot_range){
			.start = entry->base,
			.end = entry->base + entry->length,
			.is_usable = entry->type == MEMORY_AVAILABLE,
		};
	}
	return NULL;
}

static const char *read_module(const struct module_tag *tag)
{
	if (tag->tag.size < sizeof(*tag) || tag->end < tag->start)
		return "Multiboot2: malformed module";
	if (boot_info.module_count == BOOT_MODULES_MAX)
		return "Multiboot2: too many modules";

	struct boot_module *module = &boot_info.modules[boot_info.module_count++];
	module->start = tag->start;
	module->end = tag->end;
	copy_string(module->name, sizeof(module->name), tag->string, &tag->tag);
	char *space = strchr(module->name, ' ');
	if (space)
		*space = '\0';
	return NULL;
}

static void read_rsdp(const struct tag *tag)
{
	size_t size = MIN(tag->size - sizeof(*tag), sizeof(boot_info.rsdp));
	memcpy(boot_info.rsdp, tag + 1, size);
	boot_info.has_rsdp = true;
}

static const char *read_tag(const struct tag *tag)
{
	switch (tag->type) {
	case TAG_COMMAND_LINE:
		copy_string(boot_info.command_line, sizeof(boot_info.command_line),
			    (const char *)(tag + 1), tag);
		return NULL;
	case TAG_LOADER_NAME:
		copy_string(boot_info.loader_name, sizeof(boot_info.loader_name),
			    (const char *)(tag + 1), tag);
		return NULL;
	case TAG_MODULE:
		return read_module((const void *)tag);
	case TAG_MEMORY_MAP:
		return read_memory_map((const void *)tag);
	case TAG_ACPI_OLD_RSDP:
		if (!boot_info.has_rsdp)
			read_rsdp(tag);
		return NULL;
	case TAG_ACPI_NEW_RSDP:
		read_rsdp(tag);
		return NULL;
	default:
		return NULL;
	}
}

static const char *check_complete(void)
{
	uint64_t usable = 0;
	for (uint32_t i = 0; i < boot_info.range_count; i++)
		if (boot_info.ranges[i].is_usable)
			usable += boot_info.ranges[i].end - boot_info.ranges[i].start;
	if (boot_info.range_count == 0)
		return "Multiboot2: no memory map tag";
	if (usable < MEMORY_MINIMUM)
		return "too little memory: 24 MiB of usable memory are needed";
	if (!boot_info.has_rsdp)
		return "Multiboot2: no ACPI root pointer tag";
	return NULL;
}

const char *multiboot2_parse(uint32_t magic, const void *information)
{
	if (magic != MULTIBOOT2_MAGIC)
		return "not started by a Multiboot2 loader (wrong magic)";

	const struct information *header = information;
	if (header->total_size < sizeof(*header) || header->total_size > INFORMATION_SIZE_MAX)
		return "Multiboot2: absurd size of the boot information";
	boot_info.information_start = virtual_to_physical(information);
	boot_info.information_end = boot_info.information_start + header->total_size;

	const char *base = information;
	for (size_t at = sizeof(*header); at + sizeof(struct tag) <= header->total_size;) {
		const struct tag *tag = (const void *)(base + at);
		if (tag->type == TAG_END)
			return check_complete();
		if (tag->size < sizeof(*tag) || tag->size > header->total_size - at)
			return "Multiboot2: a tag reaches beyond the boot information";
		const char *problem = read_tag(tag);
		if (problem)
			return problem;
		at += ALIGN_UP((size_t)tag->size, 8);
	}
	return "Multiboot2: no end tag";
}
