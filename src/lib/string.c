/* SPDX-License-Identifier: MIT */
/*
 * Copying and filling go by words: an emulator counts (and pays for) each step of a string
 * instruction, so eight bytes a step are eight times cheaper.
 */
#include "lib/string.h"

#include "lib/error.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	void *start = to;
	size_t words = size / sizeof(uint64_t), rest = size % sizeof(uint64_t);
	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
	return start;
}

void *memmove(void *to, const void *from, size_t size)
{
	if ((uintptr_t)to - (uintptr_t)from >= size)
		return memcpy(to, from, size);
	char *end = (char *)to + size;
	const char *from_end = (const char *)from + size;
	while (size--)
		*--end = *--from_end;
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	void *start = to;
	uint64_t pattern = 0x0101010101010101ul * (uint8_t)byte;
	size_t words = size / sizeof(uint64_t), rest = size % sizeof(uint64_t);
	__asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
	return start;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *left = a, *right = b;
	for (size_t i = 0; i < size; i++)
		if (left[i] != right[i])
			return left[i] - right[i];
	return 0;
}

void *memchr(const void *memory, int byte, size_t size)
{
	const uint8_t *bytes = memory;
	for (size_t i = 0; i < size; i++)
		if (bytes[i] == (uint8_t)byte)
			return (void *)(uintptr_t)(bytes + i);
	return NULL;
}

size_t strlen(const char *string)
{
	size_t length = 0;
	while (string[length])
		length++;
	return length;
}

size_t strnlen(const char *string, size_t limit)
{
	size_t length = 0;
	while (length < limit && string[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t limit)
{
	for (; limit > 0; limit--, a++, b++)
		if (*a != *b || !*a)
			return (uint8_t)*a - (uint8_t)*b;
	return 0;
}

char *strchr(const char *string, int character)
{
	for (;; string++) {
		if (*string == (char)character)
			return (char *)(uintptr_t)string;
		if (!*string)
			return NULL;
	}
}

char *strrchr(const char *string, int character)
{
	const char *last = NULL;
	for (;; string++) {
		if (*string == (char)character)
			last = string;
		if (!*string)
			return (char *)(uintptr_t)last;
	}
}

size_t string_copy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);
	if (size > 0) {
		size_t part = length < size ? length : size - 1;
		memcpy(to, from, part);
		to[part] = '\0';
	}
	return length;
}

bool string_starts_with(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

static int digit_value(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return 16;
}

int string_to_u64(const char *string, uint64_t *value)
{
	unsigned base = 10;
	uint64_t result = 0;

	if (string[0] == '0' && (string[1] == 'x' || string[1] == 'X'))
		base = 16, string += 2;
	else if (string[0] == '0' && string[1])
		base = 8, string++;
	if (!*string)
		return -EINVAL;
	for (; *string; string++) {
		unsigned digit = (unsigned)digit_value(*string);
		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(result, base, &result) ||
		    __builtin_add_overflow(result, digit, &result))
			return -ERANGE;
	}
	*value = result;
	return 0;
}
