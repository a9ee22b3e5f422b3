/* SPDX-License-Identifier: MIT */
/* /proc/sys: the settings that programs read. Of these only the names can be written. */
#include "core/random.h"
#include "core/system_name.h"
#include "fs/procfs/procfs_private.h"
#include "lib/string.h"

#include <linux/capability.h>

enum { UUID_SIZE = 16, UUID_VERSION_RANDOM = 0x40, UUID_VARIANT = 0x80 };

#define DEFINE_SHOW_STRING(name_, value_)                                             \
	static int show_##name_(const struct proc_node *node, struct text_sink *text) \
	{                                                                             \
		(void)node;                                                           \
		text_sink_print(text, "%s\n", value_);                                \
		return 0;                                                             \
	}

#define DEFINE_SHOW_NUMBER(name_, value_)                                             \
	static int show_##name_(const struct proc_node *node, struct text_sink *text) \
	{                                                                             \
		(void)node;                                                           \
		text_sink_print(text, "%d\n", value_);                                \
		return 0;                                                             \
	}

DEFINE_SHOW_STRING(hostname, system_name.nodename)
DEFINE_SHOW_STRING(domainname, system_name.domainname)
DEFINE_SHOW_STRING(ostype, system_name.sysname)
DEFINE_SHOW_STRING(osrelease, system_name.release)
DEFINE_SHOW_STRING(version, system_name.version)
DEFINE_SHOW_NUMBER(pid_max, PID_MAX)
DEFINE_SHOW_NUMBER(group_limit, (int)ARRAY_SIZE(((struct credentials *)0)->groups))
DEFINE_SHOW_NUMBER(last_capability, CAP_LAST_CAP)
DEFINE_SHOW_NUMBER(entropy_bits, 256)
DEFINE_SHOW_NUMBER(overcommit, 0)

static int store_name(enum system_name_field field, const char *name)
{
	if (!credentials_are_root(&current_task()->credentials))
		return -EPERM;
	return system_name_set(field, name, strlen(name));
}

static int store_hostname(const struct proc_node *node, const char *name)
{
	(void)node;
	return store_name(SYSTEM_NAME_HOST, name);
}

static int store_domainname(const struct proc_node *node, const char *name)
{
	(void)node;
	return store_name(SYSTEM_NAME_DOMAIN, name);
}

static void uuid_create(uint8_t uuid[UUID_SIZE])
{
	random_fill(uuid, UUID_SIZE);
	uuid[6] = (uuid[6] & 0x0f) | UUID_VERSION_RANDOM;
	uuid[8] = (uuid[8] & 0x3f) | UUID_VARIANT;
}

static void write_uuid(struct text_sink *text, const uint8_t uuid[UUID_SIZE])
{
	for (int i = 0; i < UUID_SIZE; i++)
		text_sink_print(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
				uuid[i]);
	text_sink_print(text, "\n");
}

static int show_uuid(const struct proc_node *node, struct text_sink *text)
{
	uint8_t uuid[UUID_SIZE];

	(void)node;
	uuid_create(uuid);
	write_uuid(text, uuid);
	return 0;
}

static int show_boot_id(const struct proc_node *node, struct text_sink *text)
{
	static struct {
		struct mutex lock;
		bool is_made;		 /* [lock] */
		uint8_t uuid[UUID_SIZE]; /* [lock] until made, then I */
	} boot_id = { .lock = MUTEX_INIT(boot_id.lock, LOCK_RANK_PIPE) };

	(void)node;
	mutex_lock(&boot_id.lock);
	if (!boot_id.is_made)
		uuid_create(boot_id.uuid);
	boot_id.is_made = true;
	mutex_unlock(&boot_id.lock);
	write_uuid(text, boot_id.uuid);
	return 0;
}

static const struct proc_entry random_entries[] = {
	{ .name = "boot_id", .mode = S_IFREG | 0444, .show = show_boot_id },
	{ .name = "entropy_avail", .mode = S_IFREG | 0444, .show = show_entropy_bits },
	{ .name = "uuid", .mode = S_IFREG | 0444, .show = show_uuid },
};
static const struct proc_directory random_directory = { .entries = random_entries,
							.entry_count = ARRAY_SIZE(random_entries) };

static const struct proc_entry kernel_entries[] = {
	{ .name = "cap_last_cap", .mode = S_IFREG | 0444, .show = show_last_capability },
	{ .name = "domainname",
	  .mode = S_IFREG | 0644,
	  .show = show_domainname,
	  .store = store_domainname },
	{ .name = "hostname",
	  .mode = S_IFREG | 0644,
	  .show = show_hostname,
	  .store = store_hostname },
	{ .name = "ngroups_max", .mode = S_IFREG | 0444, .show = show_group_limit },
	{ .name = "osrelease", .mode = S_IFREG | 0444, .show = show_osrelease },
	{ .name = "ostype", .mode = S_IFREG | 0444, .show = show_ostype },
	{ .name = "pid_max", .mode = S_IFREG | 0444, .show = show_pid_max },
	{ .name = "random", .mode = S_IFDIR | 0555, .directory = &random_directory },
	{ .name = "version", .mode = S_IFREG | 0444, .show = show_version },
};
static const struct proc_directory kernel_directory = { .entries = kernel_entries,
							.entry_count = ARRAY_SIZE(kernel_entries) };

static const struct proc_entry memory_entries[] = {
	{ .name = "overcommit_memory", .mode = S_IFREG | 0444, .show = show_overcommit },
};
static const struct proc_directory memory_directory = { .entries = memory_entries,
							.entry_count = ARRAY_SIZE(memory_entries) };

static const struct proc_entry sys_entries[] = {
	{ .name = "kernel", .mode = S_IFDIR | 0555, .directory = &kernel_directory },
	{ .name = "vm", .mode = S_IFDIR | 0555, .directory = &memory_directory },
};
const struct proc_directory proc_sys_directory = { .entries = sys_entries,
						   .entry_count = ARRAY_SIZE(sys_entries) };
