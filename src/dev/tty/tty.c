/* SPDX-License-Identifier: MIT */
/*
 * The serial terminal. Received bytes go through the line discipline in the interrupt, so
 * that echo and Ctrl-C work while nobody reads. A signal that a byte asks for is sent after
 * the terminal's lock is dropped, because sending takes tasks_lock.
 */
#include "dev/tty/tty.h"

#include "core/time.h"
#include "dev/serial/serial.h"
#include "fs/poll.h"
#include "fs/vfs.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "proc/process.h"
#include "proc/resources.h"
#include "proc/signal.h"
#include "proc/task.h"

#include <asm/ioctls.h>
#include <asm/signal.h>
#include <linux/kdev_t.h>
#include <linux/poll.h>

enum {
	MAJOR_TTY_SERIAL = 4,
	MINOR_TTY_S0 = 64,
	MAJOR_TTY_CONTROL = 5,
	MINOR_TTY = 0,
	MINOR_CONSOLE = 1,
	CHUNK = 256,
	TENTH_OF_SECOND_NS = 100 * NANOSECONDS_PER_MILLISECOND,
};

static void write_line(const char *bytes, size_t size)
{
	serial_write(SERIAL_COM1, bytes, size);
}

struct tty console_tty = {
	.name = "ttyS0",
	.device = MKDEV(MAJOR_TTY_SERIAL, MINOR_TTY_S0),
	.lock = SPINLOCK_INIT(LOCK_RANK_SERIAL),
	.size = { .ws_row = 24, .ws_col = 80 },
	.readers = WAIT_QUEUE_INIT(console_tty.readers),
	.writers = WAIT_QUEUE_INIT(console_tty.writers),
};

static void receive(uint8_t byte)
{
	struct tty *tty = &console_tty;

	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	int signal = ldisc_receive(&tty->ldisc, byte);
	bool is_readable = ldisc_is_readable(&tty->ldisc);
	bool is_stopped = tty->ldisc.is_output_stopped;
	int32_t group = tty->foreground_group;
	spin_unlock_irqrestore(&tty->lock, flags);

	if (signal && group)
		signal_send_group(group, signal, NULL);
	if (is_readable)
		wait_queue_wake_all(&tty->readers);
	if (!is_stopped)
		wait_queue_wake_all(&tty->writers);
}

/* ---- job control ---- */

static bool is_ignored_or_blocked(int signal)
{
	struct task *task = current_task();
	return (task->blocked & signal_bit(signal)) ||
	       task->process->handlers->actions[signal - 1].handler == (vaddr_t)SIG_IGN;
}

static bool group_is_orphaned(int32_t group)
{
	struct process *process;
	struct task *task;
	bool is_orphaned = true;

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	for_each_process_locked(process, task)
		if (process->process_group == group && process->parent &&
		    process->parent->process_group != group &&
		    process->parent->session == process->session)
			is_orphaned = false;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return is_orphaned;
}

/* May a background process do this? 0, -EIO, or -ERESTARTSYS after the signal was sent. */
static int check_job(struct tty *tty, int signal)
{
	struct process *process = current_process();

	if (process->terminal != tty || tty->foreground_group == process->process_group ||
	    tty->foreground_group == 0)
		return 0;
	if (is_ignored_or_blocked(signal))
		return signal == SIGTTOU ? 0 : -EIO;
	if (group_is_orphaned(process->process_group))
		return -EIO;
	signal_send_group(process->process_group, signal, NULL);
	return -ERESTARTSYS;
}

static void set_controlling(struct tty *tty)
{
	struct process *process = current_process();

	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	process->terminal = tty;
	tty->session = process->session;
	tty->foreground_group = process->process_group;
	spin_unlock_irqrestore(&tasks_lock, flags);
}

/* The session leader ends: its terminal is free again, the foreground job is told. */
static void leave_terminal(struct process *leader)
{
	struct process *process;
	struct task *task;
	struct tty *tty = leader->terminal;

	if (!tty)
		return;
	int32_t group = tty->foreground_group;
	if (group)
		signal_send_group(group, SIGHUP, NULL);
	if (group)
		signal_send_group(group, SIGCONT, NULL);
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	tty->session = tty->foreground_group = 0;
	for_each_process_locked(process, task)
		if (process->session == leader->pid)
			process->terminal = NULL;
	spin_unlock_irqrestore(&tasks_lock, flags);
}

/* ---- files ---- */

static struct tty *tty_of(const struct file *file)
{
	return file->private_data;
}

static int open_tty(struct inode *inode, struct file *file)
{
	struct process *process = current_process();
	struct tty *tty = &console_tty;

	(void)inode;
	file->private_data = tty;
	bool is_leader = process->session == process->pid;
	if (is_leader && !process->terminal && !(file->flags & O_NOCTTY) && tty->session == 0)
		set_controlling(tty);
	return 0;
}

static int open_controlling(struct inode *inode, struct file *file)
{
	(void)inode;
	file->private_data = current_process()->terminal;
	return file->private_data ? 0 : -ENXIO;
}

static bool is_readable(struct tty *tty)
{
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	bool readable = ldisc_is_readable(&tty->ldisc);
	spin_unlock_irqrestore(&tty->lock, flags);
	return readable;
}

/* VTIME without VMIN is a time limit for the first byte; with VMIN, between bytes. */
static int wait_for_input(struct tty *tty, bool is_nonblocking)
{
	const struct termios *settings = &tty->ldisc.settings;
	bool is_timed = !(settings->c_lflag & ICANON) && settings->c_cc[VMIN] == 0;

	if (is_readable(tty))
		return 0;
	if (is_timed && settings->c_cc[VTIME] == 0)
		return -ETIMEDOUT;
	if (is_nonblocking)
		return -EAGAIN;
	nanoseconds_t deadline = WAIT_FOREVER;
	if (is_timed)
		deadline = time_since_boot() + settings->c_cc[VTIME] * (uint64_t)TENTH_OF_SECOND_NS;
	return WAIT_EVENT_DEADLINE(&tty->readers, is_readable(tty), "terminal input", deadline);
}

static ssize_t read_tty(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	struct tty *tty = tty_of(file);
	char chunk[CHUNK];
	ssize_t done = 0;

	(void)position;
	int error = check_job(tty, SIGTTIN);
	if (error || to->count == 0)
		return error;
	error = wait_for_input(tty, file->flags & O_NONBLOCK);
	if (error)
		return error == -ETIMEDOUT ? 0 : error;
	while (to->count > 0) {
		irqflags_t flags = spin_lock_irqsave(&tty->lock);
		size_t taken = ldisc_read(&tty->ldisc, chunk, MIN(to->count, sizeof(chunk)));
		spin_unlock_irqrestore(&tty->lock, flags);
		ssize_t moved = taken ? iov_iter_copy_to(to, chunk, taken) : 0;
		if (moved < 0)
			return done ? done : moved;
		done += moved;
		// A line ends a read; only a line longer than the chunk goes on.
		if (taken < sizeof(chunk) || chunk[taken - 1] == '\n')
			break;
	}
	return done;
}

static bool is_writable(struct tty *tty)
{
	return !tty->ldisc.is_output_stopped;
}

static ssize_t write_tty(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	struct tty *tty = tty_of(file);
	char chunk[CHUNK];
	ssize_t done = 0;

	(void)position;
	if (tty->ldisc.settings.c_lflag & TOSTOP) {
		int error = check_job(tty, SIGTTOU);
		if (error)
			return error;
	}
	while (from->count > 0) {
		if (!is_writable(tty) && (file->flags & O_NONBLOCK))
			return done ? done : -EAGAIN;
		int error = WAIT_EVENT_INTERRUPTIBLE(&tty->writers, is_writable(tty),
						     "terminal output");
		if (error)
			return done ? done : error;
		ssize_t moved = iov_iter_copy_from(from, chunk, sizeof(chunk));
		if (moved <= 0)
			return done ? done : moved;
		irqflags_t flags = spin_lock_irqsave(&tty->lock);
		ldisc_write(&tty->ldisc, chunk, (size_t)moved);
		spin_unlock_irqrestore(&tty->lock, flags);
		done += moved;
	}
	return done;
}

static uint32_t poll_tty(struct file *file, struct poll_table *table)
{
	struct tty *tty = tty_of(file);

	if (table) {
		poll_wait(table, &tty->readers);
		poll_wait(table, &tty->writers);
	}
	return (is_readable(tty) ? POLLIN | POLLRDNORM : 0) |
	       (is_writable(tty) ? POLLOUT | POLLWRNORM : 0);
}

static long set_settings(struct tty *tty, const void __user *from, bool flushes)
{
	struct termios new;

	if (copy_from_user(&new, from, sizeof(new)))
		return -EFAULT;
	int error = check_job(tty, SIGTTOU);
	if (error)
		return error;
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	if (flushes)
		ldisc_flush_input(&tty->ldisc);
	ldisc_set(&tty->ldisc, &new);
	spin_unlock_irqrestore(&tty->lock, flags);
	wait_queue_wake_all(&tty->readers);
	return 0;
}

static long set_window_size(struct tty *tty, const void __user *from)
{
	struct winsize new;

	if (copy_from_user(&new, from, sizeof(new)))
		return -EFAULT;
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	bool is_changed = memcmp(&new, &tty->size, sizeof(new)) != 0;
	tty->size = new;
	spin_unlock_irqrestore(&tty->lock, flags);
	if (is_changed && tty->foreground_group)
		signal_send_group(tty->foreground_group, SIGWINCH, NULL);
	return 0;
}

static long take_control(struct tty *tty, unsigned long steal)
{
	struct process *process = current_process();

	if (process->terminal == tty && process->session == tty->session)
		return 0;
	if (process->session != process->pid || process->terminal)
		return -EPERM;
	if (tty->session && !(steal == 1 && credentials_are_root(&current_task()->credentials)))
		return -EPERM;
	set_controlling(tty);
	return 0;
}

static long set_foreground(struct tty *tty, const int __user *from)
{
	struct process *process = current_process(), *other;
	struct task *task;
	int group;

	if (get_user(group, from))
		return -EFAULT;
	if (process->terminal != tty)
		return -ENOTTY;
	int error = check_job(tty, SIGTTOU);
	if (error)
		return error;
	if (group < 0)
		return -EINVAL;
	error = -ESRCH;
	irqflags_t flags = spin_lock_irqsave(&tasks_lock);
	for_each_process_locked(other, task)
		if (other->process_group == group) {
			error = other->session == process->session ? 0 : -EPERM;
			break;
		}
	if (!error)
		tty->foreground_group = group;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return error;
}

static long flush_queue(struct tty *tty, unsigned long which)
{
	if (which > TCIOFLUSH)
		return -EINVAL;
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	if (which == TCIFLUSH || which == TCIOFLUSH)
		ldisc_flush_input(&tty->ldisc);
	spin_unlock_irqrestore(&tty->lock, flags);
	return 0;
}

static long ioctl_tty(struct file *file, unsigned command, unsigned long argument)
{
	struct tty *tty = tty_of(file);
	void __user *pointer = (void __user *)argument;

	switch (command) {
	case TCGETS:
		return copy_to_user(pointer, &tty->ldisc.settings, sizeof(struct termios));
	case TCSETS:
	case TCSETSW:
		return set_settings(tty, pointer, false);
	case TCSETSF:
		return set_settings(tty, pointer, true);
	case TIOCGWINSZ:
		return copy_to_user(pointer, &tty->size, sizeof(tty->size));
	case TIOCSWINSZ:
		return set_window_size(tty, pointer);
	case TIOCSCTTY:
		return take_control(tty, argument);
	case TIOCNOTTY:
		if (current_process()->terminal != tty)
			return -ENOTTY;
		if (current_process()->session == current_process()->pid)
			leave_terminal(current_process());
		current_process()->terminal = NULL;
		return 0;
	case TIOCGPGRP:
		return current_process()->terminal != tty ?
			       -ENOTTY :
			       put_user(tty->foreground_group, (int __user *)pointer);
	case TIOCSPGRP:
		return set_foreground(tty, pointer);
	case TIOCGSID:
		return current_process()->terminal != tty ?
			       -ENOTTY :
			       put_user(tty->session, (int __user *)pointer);
	case FIONREAD:
		return put_user((int)ldisc_available(&tty->ldisc), (int __user *)pointer);
	case TIOCOUTQ:
		return put_user(0, (int __user *)pointer); // output is never queued
	case TCFLSH:
		return flush_queue(tty, argument);
	case TCSBRK:
	case TCSBRKP:
		return 0; // output has left already; a break has no meaning on this line
	default:
		return -ENOTTY;
	}
}

static const struct file_operations tty_operations = {
	.open = open_tty,
	.read = read_tty,
	.write = write_tty,
	.poll = poll_tty,
	.ioctl = ioctl_tty,
};

static const struct file_operations controlling_operations = {
	.open = open_controlling,
	.read = read_tty,
	.write = write_tty,
	.poll = poll_tty,
	.ioctl = ioctl_tty,
};

static struct character_device devices[] = {
	{ "ttyS0", MAJOR_TTY_SERIAL, MINOR_TTY_S0, 0620, &tty_operations, { 0 } },
	{ "console", MAJOR_TTY_CONTROL, MINOR_CONSOLE, 0600, &tty_operations, { 0 } },
	{ "tty", MAJOR_TTY_CONTROL, MINOR_TTY, 0666, &controlling_operations, { 0 } },
};

void tty_init(void)
{
	ldisc_init(&console_tty.ldisc, write_line);
	session_leader_exit_hook = leave_terminal;
	serial_start_receiving(SERIAL_COM1, receive);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		character_device_register(&devices[i]);
}
