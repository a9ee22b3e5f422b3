/* SPDX-License-Identifier: MIT */
/*
 * The serial terminal. Received bytes go through the line discipline in the interrupt, so
 * that echo and Ctrl-C work while nobody reads. A signal that a byte asks for is sent after
 * the terminal's lock is dropped, because sending takes tasks_lock.
 *
 * When a session's leader ends, files that were opened on the terminal before are dead
 * (reads find the end, writes fail), except those of /dev/console, which belongs to the system.
 */
#include "dev/tty/tty.h"

#include "core/time.h"
#include "dev/serial/serial.h"
#include "dev/tty/tty_private.h"
#include "fs/poll.h"
#include "fs/vfs.h"
#include "lib/atomic.h"
#include "mm/slab.h"
#include "proc/resources.h"
#include "proc/signal.h"
#include "proc/task.h"

#include <asm/signal.h>
#include <linux/kdev_t.h>
#include <linux/poll.h>

enum {
	MAJOR_TTY_SERIAL = 4,
	MINOR_TTY_S0 = 64,
	MAJOR_TTY_CONTROL = 5,
	MINOR_TTY = 0,
	MINOR_CONSOLE = 1,
	READ_CHUNK = 256,
	WRITE_CHUNK = SERIAL_ROOM / LDISC_OUTPUT_GROWTH,
	TENTH_OF_SECOND_NS = 100 * NANOSECONDS_PER_MILLISECOND,
};

struct tty console_tty = {
	.name = "ttyS0",
	.device = MKDEV(MAJOR_TTY_SERIAL, MINOR_TTY_S0),
	.write_lock = MUTEX_INIT(console_tty.write_lock, LOCK_RANK_TTY),
	.lock = SPINLOCK_INIT(LOCK_RANK_SERIAL),
	.size = { .ws_row = 24, .ws_col = 80 },
	.readers = WAIT_QUEUE_INIT(console_tty.readers),
	.writers = WAIT_QUEUE_INIT(console_tty.writers),
};

/* What an open file keeps; I. */
struct tty_file {
	struct tty *tty;
	uint32_t hangup_count; /* the terminal's when it was opened */
	bool is_console;
};

/* ---- the line ---- */

static void write_line(const char *bytes, size_t size)
{
	serial_write(SERIAL_COM1, bytes, size);
}

static bool receive(uint8_t byte)
{
	struct tty *tty = &console_tty;
	int signal = LDISC_SIGNAL_NONE;

	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	bool has_room = ldisc_has_room(&tty->ldisc);
	if (has_room)
		signal = ldisc_receive(&tty->ldisc, byte);
	bool is_readable = ldisc_is_readable(&tty->ldisc);
	bool is_stopped = tty->ldisc.is_output_stopped;
	int32_t group = load_relaxed(&tty->foreground_group);
	spin_unlock_irqrestore(&tty->lock, flags);

	if (signal != LDISC_SIGNAL_NONE && group)
		signal_send_group(group, signal, NULL);
	if (is_readable)
		wait_queue_wake_all(&tty->readers);
	if (!is_stopped)
		wait_queue_wake_all(&tty->writers);
	return has_room;
}

void tty_input_has_room(struct tty *tty)
{
	(void)tty;
	serial_resume_receiving(SERIAL_COM1);
}

int tty_drain(struct tty *tty)
{
	(void)tty;
	return serial_drain(SERIAL_COM1);
}

void tty_set_stopped(struct tty *tty, bool is_stopped)
{
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	tty->ldisc.is_output_stopped = is_stopped;
	spin_unlock_irqrestore(&tty->lock, flags);
	if (!is_stopped)
		wait_queue_wake_all(&tty->writers);
}

/* ---- open files ---- */

struct tty *tty_of(const struct file *file)
{
	const struct tty_file *opened = file->private_data;
	return opened->tty;
}

bool tty_file_is_hung_up(const struct file *file)
{
	const struct tty_file *opened = file->private_data;
	return !opened->is_console &&
	       opened->hangup_count != load_relaxed(&opened->tty->hangup_count);
}

static int open_tty(struct inode *inode, struct file *file)
{
	bool is_controlling = inode->device == MKDEV(MAJOR_TTY_CONTROL, MINOR_TTY);
	bool is_console = inode->device == MKDEV(MAJOR_TTY_CONTROL, MINOR_CONSOLE);
	struct tty *tty = is_controlling ? current_process()->terminal : &console_tty;

	if (!tty)
		return -ENXIO;
	struct tty_file *opened = knew(struct tty_file);
	if (!opened)
		return -ENOMEM;
	*opened = (struct tty_file){ tty, load_relaxed(&tty->hangup_count), is_console };
	file->private_data = opened;
	// As in Linux, the console becomes a controlling terminal only by TIOCSCTTY.
	bool is_readable = (file->flags & O_ACCMODE) != O_WRONLY;
	if (!is_console && !(file->flags & O_NOCTTY) && is_readable)
		tty_offer_control(tty);
	return 0;
}

static void release_tty(struct file *file)
{
	if ((file->flags & O_ACCMODE) != O_RDONLY)
		tty_drain(tty_of(file));
	kfree(file->private_data);
}

/* ---- reading ---- */

static bool is_readable_now(struct tty *tty)
{
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	bool is_readable = ldisc_is_readable(&tty->ldisc);
	spin_unlock_irqrestore(&tty->lock, flags);
	return is_readable;
}

/* How long a read goes on, by the settings at its start. */
struct read_rule {
	bool is_canonical;
	size_t minimum;		/* raw: bytes that end the read */
	nanoseconds_t between;	/* raw, VMIN: time between bytes; 0: no limit */
	nanoseconds_t deadline; /* of the next byte, or WAIT_FOREVER */
	bool may_wait;
};

static struct read_rule make_rule(struct tty *tty, bool is_nonblocking)
{
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	bool is_canonical = tty->ldisc.settings.c_lflag & ICANON;
	size_t minimum = tty->ldisc.settings.c_cc[VMIN];
	nanoseconds_t time = tty->ldisc.settings.c_cc[VTIME] * (nanoseconds_t)TENTH_OF_SECOND_NS;
	spin_unlock_irqrestore(&tty->lock, flags);

	struct read_rule rule = { .is_canonical = is_canonical,
				  .minimum = MAX(minimum, (size_t)1),
				  .deadline = WAIT_FOREVER,
				  .may_wait = !is_nonblocking };
	if (!is_canonical && minimum)
		rule.between = time;
	else if (!is_canonical && time)
		rule.deadline = time_since_boot() + time;
	else if (!is_canonical)
		rule.deadline = time_since_boot(); // do not wait at all
	return rule;
}

/* 0 when there is input, 1 when the read ends with what it has, or -errno. */
static int wait_for_input(struct file *file, const struct read_rule *rule)
{
	struct tty *tty = tty_of(file);

	if (is_readable_now(tty))
		return 0;
	if (tty_file_is_hung_up(file))
		return 1;
	if (rule->deadline != WAIT_FOREVER && rule->deadline <= time_since_boot())
		return 1;
	if (!rule->may_wait)
		return -EAGAIN;
	int error = WAIT_EVENT_DEADLINE(&tty->readers,
					is_readable_now(tty) || tty_file_is_hung_up(file),
					"terminal input", rule->deadline);
	return error == -ETIMEDOUT ? 1 : error;
}

/* One chunk of input. Bytes, -EAGAIN when somebody else took it, or -EFAULT. */
static ssize_t read_chunk(struct tty *tty, struct iov_iter *to, bool *is_complete)
{
	char chunk[READ_CHUNK];

	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	ssize_t taken = ldisc_read(&tty->ldisc, chunk, MIN(to->count, sizeof(chunk)), is_complete);
	spin_unlock_irqrestore(&tty->lock, flags);
	if (taken <= 0)
		return taken;
	tty_input_has_room(tty);
	return iov_iter_copy_to(to, chunk, (size_t)taken);
}

static ssize_t read_tty(struct file *file, struct iov_iter *to, file_offset_t *position)
{
	struct tty *tty = tty_of(file);
	bool is_complete = false;
	ssize_t done = 0;

	(void)position;
	if (tty_file_is_hung_up(file) || to->count == 0)
		return 0;
	int error = tty_check_job(tty, SIGTTIN);
	if (error)
		return error;
	struct read_rule rule = make_rule(tty, file->flags & O_NONBLOCK);
	while (to->count > 0 && !is_complete) {
		bool has_enough = rule.is_canonical ? done > 0 : (size_t)done >= rule.minimum;
		if (has_enough && !is_readable_now(tty))
			break;
		error = wait_for_input(file, &rule);
		if (error)
			return error > 0 || done ? done : error;
		ssize_t moved = read_chunk(tty, to, &is_complete);
		if (moved < 0 && moved != -EAGAIN)
			return done ? done : moved;
		if (moved > 0) {
			done += moved;
			if (rule.between)
				rule.deadline = time_since_boot() + rule.between;
		}
	}
	return done;
}

/* ---- writing ---- */

static bool may_write(struct file *file)
{
	return !load_relaxed(&tty_of(file)->ldisc.is_output_stopped) || tty_file_is_hung_up(file);
}

static int wait_for_output(struct tty *tty, struct file *file) REQUIRES(tty->write_lock)
{
	if (!may_write(file) && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	// The wait may be long: let others try, and be told the same.
	while (!may_write(file)) {
		mutex_unlock(&tty->write_lock);
		int error = WAIT_EVENT_INTERRUPTIBLE(&tty->writers, may_write(file),
						     "terminal output stopped");
		mutex_lock(&tty->write_lock);
		if (error)
			return error;
	}
	if (tty_file_is_hung_up(file))
		return -EIO;
	return serial_wait_for_room(SERIAL_COM1);
}

static ssize_t write_chunks(struct tty *tty, struct file *file, struct iov_iter *from)
	REQUIRES(tty->write_lock)
{
	char chunk[WRITE_CHUNK];
	ssize_t done = 0;

	while (from->count > 0) {
		int error = wait_for_output(tty, file);
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

static ssize_t write_tty(struct file *file, struct iov_iter *from, file_offset_t *position)
{
	struct tty *tty = tty_of(file);

	(void)position;
	if (tty_file_is_hung_up(file))
		return -EIO;
	if (load_relaxed(&tty->ldisc.settings.c_lflag) & TOSTOP) {
		int error = tty_check_job(tty, SIGTTOU);
		if (error)
			return error;
	}
	mutex_lock(&tty->write_lock);
	ssize_t done = write_chunks(tty, file, from);
	mutex_unlock(&tty->write_lock);
	return done;
}

static uint32_t poll_tty(struct file *file, struct poll_table *table)
{
	struct tty *tty = tty_of(file);

	if (table) {
		poll_wait(table, &tty->readers);
		poll_wait(table, &tty->writers);
	}
	if (tty_file_is_hung_up(file))
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
	irqflags_t flags = spin_lock_irqsave(&tty->lock);
	uint32_t events = ldisc_is_poll_readable(&tty->ldisc) ? POLLIN | POLLRDNORM : 0;
	if (!tty->ldisc.is_output_stopped)
		events |= POLLOUT | POLLWRNORM;
	spin_unlock_irqrestore(&tty->lock, flags);
	return events;
}

/* ---- start-up ---- */

static const struct file_operations tty_operations = {
	.open = open_tty,
	.release = release_tty,
	.read = read_tty,
	.write = write_tty,
	.poll = poll_tty,
	.ioctl = tty_control,
};

static struct character_device devices[] = {
	{ "ttyS0", MAJOR_TTY_SERIAL, MINOR_TTY_S0, 0620, &tty_operations, { 0 } },
	{ "console", MAJOR_TTY_CONTROL, MINOR_CONSOLE, 0600, &tty_operations, { 0 } },
	{ "tty", MAJOR_TTY_CONTROL, MINOR_TTY, 0666, &tty_operations, { 0 } },
};

static const struct terminal_operations operations = {
	.leave_session = tty_leave_session,
	.state = tty_state,
};

void tty_init(void)
{
	ldisc_init(&console_tty.ldisc, write_line);
	terminal_operations = &operations;
	serial_start_receiving(SERIAL_COM1, receive);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		character_device_register(&devices[i]);
}
