/* SPDX-License-Identifier: MIT */
/* Limits that a system starts with on every Linux. */
#include <stdio.h>
#include <sys/resource.h>

static void show(const char *name, int resource)
{
	struct rlimit limit;
	if (getrlimit(resource, &limit))
		return;
	printf("%s %llu %llu\n", name, (unsigned long long)limit.rlim_cur,
	       (unsigned long long)limit.rlim_max);
}

int main(void)
{
	show("nice", RLIMIT_NICE);
	show("rtprio", RLIMIT_RTPRIO);
	return 0;
}
