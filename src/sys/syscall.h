/* SPDX-License-Identifier: MIT */
/*
 * System calls: prototypes of every implementation, made from the tables. sys_NAME returns
 * the value or -errno. Thread context; user pointers unchecked.
 *
 * Each FAMILY.c has a table file beside it, FAMILY.table.h: lines
 * SYSCALL(name, (type, argument), ...) included with SYSCALL defined as needed; sys/table.h
 * includes them all.
 */
#pragma once

#include "lib/error.h"
#include "lib/for_each.h"
#include "lib/types.h"

#include <asm/unistd_64.h>

struct __kernel_old_timeval;
struct __kernel_timespec;
struct __kernel_old_itimerval;
struct __kernel_old_timeval;
struct clone_args;
struct epoll_event;
struct new_utsname;
struct iovec;
struct itimerspec;
struct __kernel_timespec;
struct linux_dirent64;
struct pollfd;
struct rlimit;
struct rlimit64;
struct rusage;
struct sigaction;
struct sigaltstack;
struct siginfo;
struct stat;
struct statfs;
struct statx;
struct sysinfo;
struct timespec64;
struct timeval64;
struct timezone;
struct tms;
struct utsname;

#define SYSCALL_PARAMETER(pair_)	     SYSCALL_PARAMETER_ pair_
#define SYSCALL_PARAMETER_(type_, argument_) type_ argument_
#define SYSCALL(name_, ...)		     long sys_##name_(SYSCALL_PARAMETERS(__VA_ARGS__));
#define SYSCALL_PARAMETERS(...)		     SYSCALL_PARAMETERS_##__VA_OPT__(SOME)(__VA_ARGS__)
#define SYSCALL_PARAMETERS_()		     void
#define SYSCALL_PARAMETERS_SOME(...)	     FOR_EACH_COMMA(SYSCALL_PARAMETER, __VA_ARGS__)
#include "sys/table.h"
#undef SYSCALL
