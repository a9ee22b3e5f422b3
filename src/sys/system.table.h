/* SPDX-License-Identifier: MIT */
/* The system as a whole: sys/system.c. */
SYSCALL(uname, (struct new_utsname __user *, name))
SYSCALL(sethostname, (const char __user *, name), (size_t, length))
SYSCALL(sysinfo, (struct sysinfo __user *, info))
SYSCALL(getrandom, (void __user *, buffer), (size_t, size), (uint32_t, flags))
SYSCALL(syslog, (int, action), (char __user *, buffer), (int, size))
SYSCALL(reboot, (int, magic1), (int, magic2), (uint32_t, command), (void __user *, argument))
