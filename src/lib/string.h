/* SPDX-License-Identifier: MIT */
/* Memory and string functions, with the C library's names and meanings where they match. */
#pragma once

#include "lib/compiler.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *memory, int byte, size_t size);
size_t strlen(const char *string);
size_t strnlen(const char *string, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *string, int character);
char *strrchr(const char *string, int character);

/* Copy at most size - 1 bytes and terminate. Returns the length of from: truncated if >= size. */
size_t string_copy(char *to, const char *from, size_t size);
bool string_starts_with(const char *string, const char *prefix);
/* Parse an unsigned number: decimal, 0x hexadecimal, or 0 octal; 0 or -EINVAL/-ERANGE. */
NODISCARD int string_to_u64(const char *string, uint64_t *value);
