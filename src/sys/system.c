/* SPDX-License-Identifier: MIT */
/* System calls about the system as a whole. */
#include "core/log.h"
#include "core/power.h"
#include "core/random.h"
#include "core/system_name.h"
#include "core/time.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/user_copy.h"
#include "proc/task.h"
#include "sys/syscall.h"

#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/sysinfo.h>

enum { RANDOM_CHUNK = 256, LOG_CHUNK = 256 };

long sys_uname(struct new_utsname __user *name)
{
	return copy_to_user(name, &system_name, sizeof(system_name));
}

long sys_sethostname(const char __user *name, size_t length)
{
	char new[__NEW_UTS_LEN + 1] = { 0 };

	if (!credentials_are_root(&current_task()->credentials))
		return -EPERM;
	if (length > __NEW_UTS_LEN)
		return -EINVAL;
	if (copy_from_user(new, name, length))
		return -EFAULT;
	return system_name_set(SYSTEM_NAME_HOST, new, length);
}

long sys_sysinfo(struct sysinfo __user *user_info)
{
	struct frame_statistics memory = frame_get_statistics();
	struct sysinfo info = {
		.uptime = (long)(time_since_boot() / NANOSECONDS_PER_SECOND),
		.totalram = memory.total * PAGE_SIZE,
		.freeram = memory.free * PAGE_SIZE,
		.mem_unit = 1,
	};
	struct task *task;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	list_for_each (task, &all_tasks, all_link)
		info.procs++;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return copy_to_user(user_info, &info, sizeof(info));
}

long sys_getrandom(void __user *buffer, size_t size, uint32_t flags)
{
	char chunk[RANDOM_CHUNK];
	size_t done = 0;

	if (flags & ~(uint32_t)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	size = MIN(size, (size_t)INT32_MAX);
	while (done < size) {
		size_t part = MIN(size - done, sizeof(chunk));
		random_fill(chunk, part);
		if (copy_to_user((char __user *)buffer + done, chunk, part))
			return done ? (long)done : -EFAULT;
		done += part;
	}
	return (long)done;
}

static uint64_t log_end(void)
{
	char chunk[LOG_CHUNK];
	uint64_t end = 0;

	while (log_read(&end, chunk, sizeof(chunk)))
		;
	return end;
}

/* The log's last size bytes. */
static long copy_log(char __user *buffer, size_t size)
{
	char chunk[LOG_CHUNK];
	uint64_t end = log_end(), position = end > size ? end - size : 0;
	size_t done = 0;

	while (done < size) {
		size_t part = log_read(&position, chunk, MIN(size - done, sizeof(chunk)));
		if (part == 0)
			break;
		if (copy_to_user(buffer + done, chunk, part))
			return -EFAULT;
		done += part;
	}
	return (long)done;
}

/* Linux's SYSLOG_ACTION_*, which no UAPI header has. Reading once and clearing are not offered. */
enum syslog_action {
	SYSLOG_CLOSE = 0,
	SYSLOG_OPEN = 1,
	SYSLOG_READ_ALL = 3,
	SYSLOG_SIZE_BUFFER = 10,
};

long sys_syslog(int action, char __user *buffer, int size)
{
	if (action < SYSLOG_CLOSE || action > SYSLOG_SIZE_BUFFER)
		return -EINVAL;
	if (!credentials_are_root(&current_task()->credentials))
		return -EPERM;
	switch (action) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN:
		return 0;
	case SYSLOG_READ_ALL:
		return !buffer || size < 0 ? -EINVAL : copy_log(buffer, (size_t)size);
	case SYSLOG_SIZE_BUFFER:
		return LOG_SIZE;
	default:
		return -ENOSYS;
	}
}

long sys_reboot(int magic1, int magic2, uint32_t command, void __user *argument)
{
	(void)argument;
	if (!credentials_are_root(&current_task()->credentials))
		return -EPERM;
	if ((uint32_t)magic1 != LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
	     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch (command) {
	case LINUX_REBOOT_CMD_POWER_OFF:
	case LINUX_REBOOT_CMD_HALT:
		power_off();
	case LINUX_REBOOT_CMD_RESTART:
		power_restart();
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0;
	default:
		return -EINVAL;
	}
}
