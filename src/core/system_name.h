/* SPDX-License-Identifier: MIT */
/* What uname and /proc/sys/kernel tell of the system. */
#pragma once

#include "lib/types.h"

#include <linux/utsname.h>

/* All but nodename and domainname are constant; those may be seen half changed. */
extern struct new_utsname system_name;

enum system_name_field { SYSTEM_NAME_HOST, SYSTEM_NAME_DOMAIN };
/* name need not be terminated; -EINVAL when it is longer than 64 bytes. Any context. */
NODISCARD int system_name_set(enum system_name_field field, const char *name, size_t length);
