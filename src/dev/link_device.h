/* SPDX-License-Identifier: MIT */
#pragma once

/* Boot: connect the link to COM2; later, in a task: /dev/link/{stdin,stdout,stderr,exit}. */
void link_port_init(void);
void link_devices_init(void);
