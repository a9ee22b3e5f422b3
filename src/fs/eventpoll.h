/* SPDX-License-Identifier: MIT */
/* epoll: a lasting set of files to wait for, itself a file. See eventpoll.c. */
#pragma once

#include "fs/vfs.h"

struct epoll_event; /* <linux/eventpoll.h> */

NODISCARD struct file *epoll_create(void);
/*
 * EPOLL_CTL_ADD, _MOD, _DEL of target, known as descriptor. event is kernel memory, unused by
 * DEL. -EINVAL also when epoll is no epoll file.
 */
NODISCARD int epoll_control(struct file *epoll, int operation, struct file *target, int descriptor,
			    const struct epoll_event *event);
/*
 * Up to count events into kernel memory. Their number; 0 when the deadline (as poll_items)
 * passed; -EINTR, -EINVAL, -ENOMEM.
 */
NODISCARD long epoll_wait(struct file *epoll, struct epoll_event *events, uint32_t count,
			  nanoseconds_t deadline);
/* From the last file_put of a file with watchers, before its release operation. */
void epoll_forget_file(struct file *file);
