/* SPDX-License-Identifier: MIT */
/*
 * The buffer doubles when it is full, up to kmalloc's largest block. An error sticks, so that
 * writers need not check each piece: whoever made the sink looks at the end.
 */
#include "fs/procfs/text_sink.h"

#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

enum { TEXT_SINK_FIRST_SIZE = 512 };

/* Room for size more bytes, or false with the error set. */
static bool reserve(struct text_sink *text, size_t size)
{
	if (text->error)
		return false;
	if (text->length + size <= text->capacity)
		return true;
	size_t capacity = MAX(text->capacity * 2, (size_t)TEXT_SINK_FIRST_SIZE);
	while (capacity < text->length + size)
		capacity *= 2;
	char *data = kmalloc(capacity);
	if (!data) {
		text->error = -ENOMEM;
		return false;
	}
	memcpy(data, text->data, text->length);
	kfree(text->data);
	text->data = data;
	text->capacity = capacity;
	return true;
}

void text_sink_write(struct text_sink *text, const void *bytes, size_t size)
{
	if (!reserve(text, size))
		return;
	memcpy(text->data + text->length, bytes, size);
	text->length += size;
}

void text_sink_print(struct text_sink *text, const char *format, ...)
{
	va_list arguments;

	/* Try in the room there is; when it was too small its need is known. */
	for (size_t room = 1; reserve(text, room);) {
		size_t available = text->capacity - text->length;
		va_start(arguments, format);
		size_t length = (size_t)format_string_va(text->data + text->length, available,
							 format, arguments);
		va_end(arguments);
		if (length < available) {
			text->length += length;
			return;
		}
		room = length + 1;
	}
}

void text_sink_write_escaped(struct text_sink *text, const char *string)
{
	for (; *string; string++) {
		if (strchr(" \t\n\\", *string))
			text_sink_print(text, "\\%03o", (unsigned)*string);
		else
			text_sink_write(text, string, 1);
	}
}

void text_sink_deinit(struct text_sink *text)
{
	kfree(text->data);
	*text = (struct text_sink){ 0 };
}
