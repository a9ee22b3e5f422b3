/* SPDX-License-Identifier: MIT */
/* Between tty.c (files), tty_job.c (sessions and jobs) and tty_control.c (ioctl). */
#pragma once

#include "dev/tty/tty.h"

struct file;
struct process;

/* ---- tty.c ---- */

struct tty *tty_of(const struct file *file);
/* Has the session that the file was opened in ended, or the terminal been taken away? */
bool tty_file_is_hung_up(const struct file *file);
/* Output goes on, or stops, as by VSTART and VSTOP. */
void tty_set_stopped(struct tty *tty, bool is_stopped);
/* Thread context: wait until the line has all output. -ERESTARTSYS: it leaves by itself. */
int tty_drain(struct tty *tty);
/* There is room for input again, after it was read or flushed. */
void tty_input_has_room(struct tty *tty);

/* ---- tty_job.c; thread context ---- */

/*
 * May the current process, if it is in the background, do what signal (SIGTTIN, SIGTTOU) is
 * sent for? 0, -EIO, or -ERESTARTSYS after the signal was sent.
 */
NODISCARD int tty_check_job(struct tty *tty, int signal);
/* Opened by a session leader that has no terminal: it becomes its terminal if it is free. */
void tty_offer_control(struct tty *tty);
/* TIOCSCTTY; steal 1: from another session, for root. */
NODISCARD int tty_take_control(struct tty *tty, unsigned long steal);
NODISCARD int tty_give_up_control(struct tty *tty); /* TIOCNOTTY */
NODISCARD int tty_set_foreground(struct tty *tty, int32_t group);
/* The session leader ends: its terminal is free again, its jobs and files are told. */
void tty_leave_session(struct process *leader);
struct terminal_state tty_state(const struct tty *tty); /* tasks_lock held */

/* ---- tty_control.c ---- */

long tty_control(struct file *file, unsigned command, unsigned long argument);
