/* SPDX-License-Identifier: MIT */
/* The release is that of the Linux whose ABI programs find here; C libraries look at it. */
#include "core/system_name.h"

#include "lib/error.h"
#include "lib/string.h"

struct new_utsname system_name = {
	.sysname = "Linux",
	.nodename = "vitrine",
	.release = "6.1.0-vitrine",
	.version = "#1 SMP PREEMPT Vitrine",
	.machine = "x86_64",
	.domainname = "(none)",
};

int system_name_set(enum system_name_field field, const char *name, size_t length)
{
	char *place = field == SYSTEM_NAME_HOST ? system_name.nodename : system_name.domainname;

	if (length > __NEW_UTS_LEN)
		return -EINVAL;
	memcpy(place, name, length);
	memset(place + length, 0, __NEW_UTS_LEN + 1 - length);
	return 0;
}
