/* SPDX-License-Identifier: MIT */
/*
 * A header is 110 bytes: the magic and 13 fields of 8 hexadecimal digits; then the name and
 * the data, each padded so that the next part starts at a multiple of 4. Nothing of a header
 * is believed before it is checked against what is left of the archive.
 */
#include "fs/cpio.h"

#include "lib/error.h"
#include "lib/string.h"

enum {
	HEADER_SIZE = 110,
	MAGIC_SIZE = 6,
	FIELD_SIZE = 8,
	FIELD_COUNT = 13,
	NAME_MAX_SIZE = 4096,
	ALIGNMENT = 4,
};

/* The type bits of a mode, as the format has them (S_IF* of the systems that use it). */
enum type {
	TYPE_MASK = 0170000,
	TYPE_FIFO = 0010000,
	TYPE_CHARACTER = 0020000,
	TYPE_DIRECTORY = 0040000,
	TYPE_BLOCK = 0060000,
	TYPE_REGULAR = 0100000,
	TYPE_LINK = 0120000,
	TYPE_SOCKET = 0140000,
};

enum field {
	FIELD_INODE,
	FIELD_MODE,
	FIELD_UID,
	FIELD_GID,
	FIELD_LINKS,
	FIELD_MODIFIED,
	FIELD_SIZE_BYTES,
	FIELD_DEVICE_MAJOR,
	FIELD_DEVICE_MINOR,
	FIELD_RDEVICE_MAJOR,
	FIELD_RDEVICE_MINOR,
	FIELD_NAME_SIZE,
	FIELD_CHECK,
};

static const char magic[] = "070701", magic_sum[] = "070702", trailer[] = "TRAILER!!!";

void cpio_reader_init(struct cpio_reader *reader, const void *archive, size_t size)
{
	*reader = (struct cpio_reader){ .archive = archive, .size = size };
}

static int fail(struct cpio_reader *reader, const char *problem)
{
	reader->problem = problem;
	return -EINVAL;
}

static bool parse_field(const char *text, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < FIELD_SIZE; i++) {
		char digit = text[i];
		uint32_t number;
		if (digit >= '0' && digit <= '9')
			number = (uint32_t)(digit - '0');
		else if (digit >= 'a' && digit <= 'f')
			number = (uint32_t)(digit - 'a') + 10;
		else if (digit >= 'A' && digit <= 'F')
			number = (uint32_t)(digit - 'A') + 10;
		else
			return false;
		*value = *value << 4 | number;
	}
	return true;
}

static const char *compression_of(const uint8_t *bytes, size_t size)
{
	if (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
		return "compressed with gzip, which is not supported";
	if (size >= 6 && memcmp(bytes,
				"\xfd"
				"7zXZ",
				5) == 0)
		return "compressed with xz, which is not supported";
	if (size >= 4 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0)
		return "compressed with zstd, which is not supported";
	return NULL;
}

/* Zeros may stand between archives and at the end. */
static void skip_padding(struct cpio_reader *reader)
{
	while (reader->position < reader->size && reader->archive[reader->position] == '\0')
		reader->position++;
}

static int read_header(struct cpio_reader *reader, uint32_t fields[FIELD_COUNT])
{
	const char *header = reader->archive + reader->position;
	size_t left = reader->size - reader->position;
	const char *compression = compression_of((const uint8_t *)header, left);

	if (compression)
		return fail(reader, compression);
	if (left < HEADER_SIZE)
		return fail(reader, "truncated header");
	if (memcmp(header, magic, MAGIC_SIZE) != 0 && memcmp(header, magic_sum, MAGIC_SIZE) != 0)
		return fail(reader, "no newc magic");
	for (int i = 0; i < FIELD_COUNT; i++)
		if (!parse_field(header + MAGIC_SIZE + i * FIELD_SIZE, &fields[i]))
			return fail(reader, "a header field is not hexadecimal");
	return 0;
}

/* Do name and data lie in the archive? *data_start is relative to the header. */
static int check_extent(struct cpio_reader *reader, const uint32_t fields[FIELD_COUNT],
			size_t *data_start)
{
	const char *header = reader->archive + reader->position;
	size_t left = reader->size - reader->position;
	size_t name_size = fields[FIELD_NAME_SIZE], size = fields[FIELD_SIZE_BYTES];

	if (name_size < 2 || name_size > NAME_MAX_SIZE)
		return fail(reader, "absurd length of a name");
	if (HEADER_SIZE + name_size > left)
		return fail(reader, "truncated name");
	if (strnlen(header + HEADER_SIZE, name_size) != name_size - 1)
		return fail(reader, "a name is not terminated where it ends");
	*data_start = ALIGN_UP((size_t)HEADER_SIZE + name_size, (size_t)ALIGNMENT);
	if (size > 0 && (*data_start > left || size > left - *data_start))
		return fail(reader, "truncated data");
	return 0;
}

static uint32_t sum_bytes(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < size; i++)
		sum += bytes[i];
	return sum;
}

static bool has_known_type(uint32_t mode)
{
	switch (mode & TYPE_MASK) {
	case TYPE_REGULAR:
	case TYPE_DIRECTORY:
	case TYPE_LINK:
	case TYPE_CHARACTER:
	case TYPE_BLOCK:
	case TYPE_FIFO:
	case TYPE_SOCKET:
		return true;
	default:
		return false;
	}
}

/* Does the entry make sense? Trailers may carry anything. */
static int check_entry(struct cpio_reader *reader, const struct cpio_entry *entry)
{
	uint32_t type = entry->mode & TYPE_MASK;

	if (entry->mode > UINT16_MAX || !has_known_type(entry->mode))
		return fail(reader, "an unknown type of file");
	if (type == TYPE_LINK && (entry->size == 0 || entry->size >= NAME_MAX_SIZE))
		return fail(reader, "absurd length of a symbolic link's target");
	if (type == TYPE_LINK && strnlen(entry->data, entry->size) != entry->size)
		return fail(reader, "a NUL in a symbolic link's target");
	if (type == TYPE_DIRECTORY && entry->size > 0)
		return fail(reader, "a directory with data");
	return 0;
}

static int read_entry(struct cpio_reader *reader, struct cpio_entry *entry)
{
	const char *header = reader->archive + reader->position;
	uint32_t fields[FIELD_COUNT];
	size_t data_start;

	int error = read_header(reader, fields);
	if (!error)
		error = check_extent(reader, fields, &data_start);
	if (error)
		return error;
	uint64_t device = fields[FIELD_DEVICE_MAJOR] * 31ul + fields[FIELD_DEVICE_MINOR];
	*entry = (struct cpio_entry){
		.name = header + HEADER_SIZE,
		.data = header + data_start,
		.size = fields[FIELD_SIZE_BYTES],
		.mode = fields[FIELD_MODE],
		.uid = fields[FIELD_UID],
		.gid = fields[FIELD_GID],
		.link_count = fields[FIELD_LINKS],
		.inode_number = fields[FIELD_INODE],
		.file_system = (uint64_t)reader->archive_count << 32 ^ device,
		.modified = fields[FIELD_MODIFIED],
		.device_major = fields[FIELD_RDEVICE_MAJOR],
		.device_minor = fields[FIELD_RDEVICE_MINOR],
	};
	if (memcmp(header, magic_sum, MAGIC_SIZE) == 0 &&
	    sum_bytes(entry->data, entry->size) != fields[FIELD_CHECK])
		return fail(reader, "wrong check sum");
	reader->has_ended = strcmp(entry->name, trailer) == 0;
	if (!reader->has_ended && check_entry(reader, entry))
		return -EINVAL;
	size_t total = data_start + ALIGN_UP((size_t)entry->size, (size_t)ALIGNMENT);
	reader->position += MIN(reader->size - reader->position, total);
	return 0;
}

int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry)
{
	for (;;) {
		if (reader->has_ended || reader->position == 0)
			skip_padding(reader);
		if (reader->position >= reader->size)
			return reader->has_ended ? 0
						 : fail(reader, "no trailer: the end is missing");
		int error = read_entry(reader, entry);
		if (error)
			return error;
		if (!reader->has_ended)
			return 1;
		reader->archive_count++;
	}
}
