/* SPDX-License-Identifier: MIT */
#include "fs/cpio.h"
#include "harness.h"
#include "lib/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARCHIVE_MAX = 4096 };

struct archive {
	char bytes[ARCHIVE_MAX];
	size_t size;
};

static void add_with(struct archive *archive, const char *name, unsigned mode, const char *data,
		     const char *magic, unsigned sum)
{
	size_t size = strlen(data);
	archive->size += (size_t)sprintf(archive->bytes + archive->size,
					 "%s%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
					 magic, 1, mode, 0, 0, 1, 0, (unsigned)size, 0, 0, 0, 0,
					 (unsigned)strlen(name) + 1, sum);
	memcpy(archive->bytes + archive->size, name, strlen(name) + 1);
	archive->size += strlen(name) + 1;
	while (archive->size % 4)
		archive->bytes[archive->size++] = '\0';
	memcpy(archive->bytes + archive->size, data, size);
	archive->size += size;
	while (archive->size % 4)
		archive->bytes[archive->size++] = '\0';
}

static void add(struct archive *archive, const char *name, unsigned mode, const char *data)
{
	add_with(archive, name, mode, data, "070701", 0);
}

static struct archive *make_archive(void)
{
	struct archive *archive = calloc(1, sizeof(*archive));
	add(archive, "dir", 040755, "");
	add(archive, "dir/file", 0100644, "hello");
	add(archive, "TRAILER!!!", 0, "");
	return archive;
}

/* Read all; the count of entries, or -EINVAL. Every byte an entry names is touched. */
static int read_all(const void *bytes, size_t size)
{
	// An exact copy on the heap, so that the sanitizer sees each byte too far.
	char *copy = malloc(size ? size : 1);
	struct cpio_reader reader;
	struct cpio_entry entry;
	int result, count = 0;
	volatile char sum = 0;

	memcpy(copy, bytes, size);
	cpio_reader_init(&reader, copy, size);
	while ((result = cpio_next(&reader, &entry)) > 0) {
		count++;
		for (size_t i = 0; i < strlen(entry.name); i++)
			sum = (char)(sum + entry.name[i]);
		for (size_t i = 0; i < entry.size; i++)
			sum = (char)(sum + ((const char *)entry.data)[i]);
	}
	CHECK(result == 0 || reader.problem);
	free(copy);
	return result < 0 ? result : count;
}

TEST(test_a_good_archive_yields_its_entries)
{
	struct archive *archive = make_archive();
	CHECK(read_all(archive->bytes, archive->size) == 2);
	free(archive);
}

TEST(test_archives_may_follow_each_other_with_padding)
{
	struct archive *archive = make_archive();
	archive->size += 512;
	add(archive, "second", 0100644, "x");
	add(archive, "TRAILER!!!", 0, "");
	CHECK(read_all(archive->bytes, archive->size) == 3);
	free(archive);
}

TEST(test_each_archive_has_inode_numbers_of_its_own)
{
	struct archive *archive = make_archive();
	struct cpio_reader reader;
	struct cpio_entry first, second;

	add(archive, "again", 0100644, "x");
	add(archive, "TRAILER!!!", 0, "");
	cpio_reader_init(&reader, archive->bytes, archive->size);
	CHECK(cpio_next(&reader, &first) == 1);
	CHECK(cpio_next(&reader, &second) == 1);
	CHECK(first.file_system == second.file_system);
	CHECK(cpio_next(&reader, &second) == 1);
	CHECK(first.file_system != second.file_system);
	free(archive);
}

/* One entry, then a trailer: what does reading all give? */
static int read_one(const char *name, unsigned mode, const char *data, const char *magic,
		    unsigned sum)
{
	struct archive *archive = calloc(1, sizeof(*archive));
	add_with(archive, name, mode, data, magic, sum);
	add(archive, "TRAILER!!!", 0, "");
	int result = read_all(archive->bytes, archive->size);
	free(archive);
	return result;
}

TEST(test_every_type_of_file_is_read)
{
	static const unsigned types[] = { 0010644, 0020644, 0060644, 0100644, 0120777, 0140644 };

	CHECK(read_one("x", 0040755, "", "070701", 0) == 1);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		CHECK(read_one("x", types[i], "data", "070701", 0) == 1);
}

TEST(test_senseless_entries_are_errors)
{
	CHECK(read_one("x", 0, "", "070701", 0) == -EINVAL);
	CHECK(read_one("x", 0170644, "", "070701", 0) == -EINVAL);
	CHECK(read_one("x", 0030644, "", "070701", 0) == -EINVAL);
	CHECK(read_one("x", 07100644, "", "070701", 0) == -EINVAL);
	CHECK(read_one("x", 0040755, "data", "070701", 0) == -EINVAL);
	CHECK(read_one("x", 0120777, "", "070701", 0) == -EINVAL);
}

TEST(test_the_check_sum_is_checked_where_there_is_one)
{
	CHECK(read_one("x", 0100644, "abc", "070702", 'a' + 'b' + 'c') == 1);
	CHECK(read_one("x", 0100644, "abc", "070702", 'a' + 'b') == -EINVAL);
	CHECK(read_one("x", 0100644, "abc", "070701", 99) == 1);
}

TEST(test_truncation_at_every_byte_is_an_error_until_the_trailer_is_whole)
{
	struct archive *archive = make_archive();
	size_t needed = archive->size - 3; // the trailer's own padding may be missing
	for (size_t size = 0; size < archive->size; size++) {
		int result = read_all(archive->bytes, size);
		CHECK(size > needed - 4 || result == -EINVAL);
	}
	free(archive);
}

TEST(test_each_kind_of_corruption_is_an_error)
{
	static const struct {
		size_t offset;
		const char *bytes;
	} corruptions[] = {
		{ 0, "X" },
		{ 0, "070707" },
		{ 5, "9" },
		{ 6, "g" },
		{ 14, "-" },
		{ 54, "7fffffff" },
		{ 54, "ffffffff" },
		{ 54, "00001000" },
		{ 54, "        " },
		{ 94, "00000000" },
		{ 94, "00000001" },
		{ 94, "ffffffff" },
		{ 94, "7fffffff" },
		{ 94, "00000005" },
		{ 94, "00000003" },
		{ 94, "00002000" },
		{ 102, "zzzzzzzz" },
		{ 110, "dirXYZ" },
		{ 0, "\x1f\x8b" },
		{ 0, "\xfd"
		     "7zXZ" },
		{ 0, "\x28\xb5\x2f\xfd" },
		{ 116, "0707X" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(corruptions); i++) {
		struct archive *archive = make_archive();
		memcpy(archive->bytes + corruptions[i].offset, corruptions[i].bytes,
		       strlen(corruptions[i].bytes));
		CHECK(read_all(archive->bytes, archive->size) == -EINVAL);
		free(archive);
	}
}

TEST(test_random_bytes_never_lead_outside)
{
	for (int round = 0; round < 20000; round++) {
		struct archive *archive = make_archive();
		for (int flips = 0; flips < 3; flips++)
			archive->bytes[unit_random() % archive->size] = (char)unit_random();
		(void)read_all(archive->bytes, archive->size);
		free(archive);
	}
}
