/* SPDX-License-Identifier: MIT */
/* A terminal's ioctl commands: settings, window size, jobs, queues. */
#include "dev/tty/tty_private.h"

#include "fs/vfs.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "proc/task.h"

#include <asm/ioctls.h>
#include <asm/signal.h>

static struct termios get_settings(struct tty *tty)
{
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	struct termios settings = tty->ldisc.settings;
	spin_unlock_irqrestore(&tty->lock, flags);
	return settings;
}

enum when { AT_ONCE, AFTER_OUTPUT, AFTER_OUTPUT_WITHOUT_INPUT };

static long set_settings(struct tty *tty, const struct termios *settings, enum when when)
{
	int error = tty_check_job(tty, SIGTTOU);
	if (!error && when != AT_ONCE)
		error = tty_drain(tty);
	if (error)
		return error;
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	if (when == AFTER_OUTPUT_WITHOUT_INPUT)
		ldisc_flush_input(&tty->ldisc);
	ldisc_set(&tty->ldisc, settings);
	bool is_free = tty->ldisc.is_output_stopped && !(settings->c_iflag & IXON);
	spin_unlock_irqrestore(&tty->lock, flags);
	if (is_free) // no key could let it go on
		tty_set_stopped(tty, false);
	tty_input_has_room(tty);
	wait_queue_wake_all(&tty->readers);
	return 0;
}

static long set_settings_from(struct tty *tty, const void __user *from, enum when when)
{
	struct termios settings;

	if (copy_from_user(&settings, from, sizeof(settings)))
		return -EFAULT;
	return set_settings(tty, &settings, when);
}

/* struct termios2 begins as struct termios does, and adds the speeds, which are fixed here. */
static long set_settings2_from(struct tty *tty, const void __user *from, enum when when)
{
	struct termios2 settings;

	if (copy_from_user(&settings, from, sizeof(settings)))
		return -EFAULT;
	return set_settings(tty, (const struct termios *)&settings, when);
}

static long get_settings2(struct tty *tty, void __user *to)
{
	struct termios settings = get_settings(tty);
	struct termios2 result = { .c_ispeed = 115200, .c_ospeed = 115200 };

	memcpy(&result, &settings, sizeof(settings));
	return copy_to_user(to, &result, sizeof(result));
}

static long get_window_size(struct tty *tty, void __user *to)
{
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	struct winsize size = tty->size;
	spin_unlock_irqrestore(&tty->lock, flags);
	return copy_to_user(to, &size, sizeof(size));
}

static long set_window_size(struct tty *tty, const void __user *from)
{
	struct winsize size;

	if (copy_from_user(&size, from, sizeof(size)))
		return -EFAULT;
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	bool is_changed = memcmp(&size, &tty->size, sizeof(size)) != 0;
	tty->size = size;
	spin_unlock_irqrestore(&tty->lock, flags);
	if (is_changed && tty->foreground_group)
		signal_send_group(tty->foreground_group, SIGWINCH, NULL);
	return 0;
}

static long set_foreground_from(struct tty *tty, const int __user *from)
{
	int group;

	if (get_user(group, from))
		return -EFAULT;
	return tty_set_foreground(tty, group);
}

static long put_job(struct tty *tty, int32_t value, int __user *to)
{
	return current_process()->terminal == tty ? put_user(value, to) : -ENOTTY;
}

static long put_available(struct tty *tty, int __user *to)
{
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	int available = (int)ldisc_available(&tty->ldisc);
	spin_unlock_irqrestore(&tty->lock, flags);
	return put_user(available, to);
}

static long flush_queues(struct tty *tty, unsigned long which)
{
	if (which > TCIOFLUSH)
		return -EINVAL;
	int error = tty_check_job(tty, SIGTTOU);
	if (error || which == TCOFLUSH)
		return error;
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	ldisc_flush_input(&tty->ldisc);
	spin_unlock_irqrestore(&tty->lock, flags);
	tty_input_has_room(tty);
	return 0;
}

static long control_flow(struct tty *tty, unsigned long action)
{
	int error = tty_check_job(tty, SIGTTOU);
	if (error)
		return error;
	switch (action) {
	case TCOOFF:
	case TCOON:
		tty_set_stopped(tty, action == TCOOFF);
		return 0;
	case TCIOFF:
	case TCION: // the other end is a terminal emulator, which does not look at them
		return 0;
	default:
		return -EINVAL;
	}
}

/* A break means nothing on this line; what counts is that output has left before it. */
static long send_break(struct tty *tty)
{
	int error = tty_check_job(tty, SIGTTOU);
	return error ? error : tty_drain(tty);
}

long tty_control(struct file *file, unsigned command, unsigned long argument)
{
	struct tty *tty = tty_of(file);
	void __user *pointer = (void __user *)argument;

	if (tty_file_is_hung_up(file))
		return command == TIOCSPGRP ? -ENOTTY : -EIO;
	switch (command) {
	case TCGETS: {
		struct termios settings = get_settings(tty);
		return copy_to_user(pointer, &settings, sizeof(settings));
	}
	case TCSETS:
		return set_settings_from(tty, pointer, AT_ONCE);
	case TCSETSW:
		return set_settings_from(tty, pointer, AFTER_OUTPUT);
	case TCSETSF:
		return set_settings_from(tty, pointer, AFTER_OUTPUT_WITHOUT_INPUT);
	case TCGETS2:
		return get_settings2(tty, pointer);
	case TCSETS2:
		return set_settings2_from(tty, pointer, AT_ONCE);
	case TCSETSW2:
		return set_settings2_from(tty, pointer, AFTER_OUTPUT);
	case TCSETSF2:
		return set_settings2_from(tty, pointer, AFTER_OUTPUT_WITHOUT_INPUT);
	case TIOCGWINSZ:
		return get_window_size(tty, pointer);
	case TIOCSWINSZ:
		return set_window_size(tty, pointer);
	case TIOCSCTTY:
		return tty_take_control(tty, argument);
	case TIOCNOTTY:
		return tty_give_up_control(tty);
	case TIOCGPGRP:
		return put_job(tty, tty->foreground_group, pointer);
	case TIOCSPGRP:
		return set_foreground_from(tty, pointer);
	case TIOCGSID:
		return put_job(tty, tty->session, pointer);
	case FIONREAD:
		return put_available(tty, pointer);
	case TIOCOUTQ:
		return put_user(0, (int __user *)pointer);
	case TCFLSH:
		return flush_queues(tty, argument);
	case TCXONC:
		return control_flow(tty, argument);
	case TCSBRK:
	case TCSBRKP:
		return send_break(tty);
	default:
		return -ENOTTY;
	}
}
