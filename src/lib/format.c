/* SPDX-License-Identifier: MIT */
#include "lib/format.h"

#include "lib/string.h"

enum { NUMBER_DIGITS_MAX = 24 };

struct output {
	char *buffer;
	size_t size, length;
};

struct specification {
	bool is_left, is_zero_padded, has_plus, has_space, is_alternate;
	int width, precision; /* -1: none */
	int size;	      /* bytes of the integer argument */
	char conversion;
};

static void put(struct output *out, char character)
{
	if (out->length + 1 < out->size)
		out->buffer[out->length] = character;
	out->length++;
}

static void put_repeated(struct output *out, char character, int count)
{
	for (; count > 0; count--)
		put(out, character);
}

static void put_padded(struct output *out, const struct specification *spec, const char *text,
		       int length)
{
	if (!spec->is_left)
		put_repeated(out, ' ', spec->width - length);
	for (int i = 0; i < length; i++)
		put(out, text[i]);
	if (spec->is_left)
		put_repeated(out, ' ', spec->width - length);
}

static int make_digits(char *end, uint64_t value, const struct specification *spec)
{
	unsigned base = spec->conversion == 'o'				     ? 8
			: spec->conversion == 'x' || spec->conversion == 'X' ? 16
									     : 10;
	const char *digits = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	int count = 0;

	for (; value || (count == 0 && spec->precision != 0); value /= base, count++)
		*--end = digits[value % base];
	return count;
}

static void put_number(struct output *out, const struct specification *spec, uint64_t value,
		       bool is_negative)
{
	char digits[NUMBER_DIGITS_MAX];
	int count = make_digits(digits + sizeof(digits), value, spec);
	const char *prefix = is_negative ? "-" : spec->has_plus ? "+" : spec->has_space ? " " : "";
	if (spec->is_alternate && value && spec->conversion == 'x')
		prefix = "0x";
	if (spec->is_alternate && value && spec->conversion == 'X')
		prefix = "0X";
	int prefix_length = (int)strlen(prefix);
	int zeros = spec->precision > count ? spec->precision - count : 0;
	if (spec->is_alternate && spec->conversion == 'o' && zeros == 0 && (value || count == 0))
		zeros = 1;
	if (spec->is_zero_padded && !spec->is_left && spec->precision < 0 &&
	    spec->width > count + prefix_length)
		zeros = spec->width - count - prefix_length;
	int padding = spec->width - count - zeros - prefix_length;

	if (!spec->is_left)
		put_repeated(out, ' ', padding);
	for (int i = 0; i < prefix_length; i++)
		put(out, prefix[i]);
	put_repeated(out, '0', zeros);
	for (int i = 0; i < count; i++)
		put(out, digits[sizeof(digits) - (size_t)count + (size_t)i]);
	if (spec->is_left)
		put_repeated(out, ' ', padding);
}

static const char *parse_number(const char *format, int *number)
{
	for (*number = 0; *format >= '0' && *format <= '9'; format++)
		*number = *number * 10 + (*format - '0');
	return format;
}

static const char *parse_flags(const char *format, struct specification *spec)
{
	for (;; format++)
		switch (*format) {
		case '-':
			spec->is_left = true;
			break;
		case '0':
			spec->is_zero_padded = true;
			break;
		case '+':
			spec->has_plus = true;
			break;
		case ' ':
			spec->has_space = true;
			break;
		case '#':
			spec->is_alternate = true;
			break;
		default:
			return format;
		}
}

static const char *parse_size(const char *format, struct specification *spec)
{
	spec->size = sizeof(int);
	if (*format == 'h') {
		spec->size = *++format == 'h' ? 1 : 2;
		return *format == 'h' ? format + 1 : format;
	}
	while (*format == 'l' || *format == 'z' || *format == 't' || *format == 'j') {
		spec->size = sizeof(long);
		format++;
	}
	return format;
}

static int64_t sign_extend(uint64_t value, int size)
{
	int shift = 64 - 8 * size;
	return (int64_t)(value << shift) >> shift;
}

static uint64_t zero_extend(uint64_t value, int size)
{
	return size == 8 ? value : value & ((1ul << 8 * size) - 1);
}

int format_string_va(char *buffer, size_t size, const char *format, va_list arguments)
{
	struct output out = { buffer, size, 0 };

	for (; *format; format++) {
		if (*format != '%') {
			put(&out, *format);
			continue;
		}
		struct specification spec = { .precision = -1 };
		format = parse_flags(format + 1, &spec);
		if (*format == '*') {
			spec.width = va_arg(arguments, int);
			if (spec.width < 0)
				spec.is_left = true, spec.width = -spec.width;
			format++;
		} else {
			format = parse_number(format, &spec.width);
		}
		if (*format == '.') {
			if (*++format == '*')
				spec.precision = va_arg(arguments, int), format++;
			else
				format = parse_number(format, &spec.precision);
		}
		format = parse_size(format, &spec);
		spec.conversion = *format;
		switch (*format) {
		case 'd':
		case 'i': {
			uint64_t raw = spec.size == 8 ? va_arg(arguments, uint64_t)
						      : (uint64_t)va_arg(arguments, int);
			int64_t value = sign_extend(raw, spec.size);
			put_number(&out, &spec, value < 0 ? -(uint64_t)value : (uint64_t)value,
				   value < 0);
			break;
		}
		case 'u':
		case 'x':
		case 'X':
		case 'o': {
			uint64_t raw = spec.size == 8 ? va_arg(arguments, uint64_t)
						      : va_arg(arguments, unsigned);
			spec.has_plus = spec.has_space = false;
			put_number(&out, &spec, zero_extend(raw, spec.size), false);
			break;
		}
		case 'p':
			spec.conversion = 'x';
			spec.is_alternate = true;
			put_number(&out, &spec, (uint64_t)va_arg(arguments, void *), false);
			break;
		case 'c': {
			char character = (char)va_arg(arguments, int);
			put_padded(&out, &spec, &character, 1);
			break;
		}
		case 's': {
			const char *text = va_arg(arguments, const char *);
			if (!text)
				text = "(null)";
			size_t limit = spec.precision < 0 ? SIZE_MAX : (size_t)spec.precision;
			put_padded(&out, &spec, text, (int)strnlen(text, limit));
			break;
		}
		case '%':
			put(&out, '%');
			break;
		default: // unknown: shown as it stands
			put(&out, '%');
			if (!*format)
				goto out_terminate;
			put(&out, *format);
		}
	}
out_terminate:
	if (size > 0)
		buffer[out.length < size ? out.length : size - 1] = '\0';
	return (int)out.length;
}

int format_string(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = format_string_va(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}

void text_append(struct text_buffer *text, const char *format, ...)
{
	va_list arguments;
	size_t left = text->size - text->length;
	va_start(arguments, format);
	size_t length =
		(size_t)format_string_va(text->data + text->length, left, format, arguments);
	va_end(arguments);
	if (length >= left) {
		text->is_truncated = true;
		text->length = text->size ? text->size - 1 : 0;
	} else {
		text->length += length;
	}
}
