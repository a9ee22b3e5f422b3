/* SPDX-License-Identifier: MIT */
/*
 * The loader's command line, split once at start-up into words in place. Double quotes
 * group, a backslash keeps the next character (GRUB writes both). Words after "--", and
 * words the kernel does not know, belong to PID 1 (core/start_init.c).
 */
#include "core/command_line.h"

#include "core/boot_info.h"
#include "lib/error.h"
#include "lib/string.h"
#include "core/command_line_private.h"

struct command_line command_line;
char command_line_text[BOOT_COMMAND_LINE_SIZE];

void command_line_keep(char *text)
{
	string_copy(command_line_text, text, sizeof(command_line_text));
	command_line_parse(text);
}

/* Take the next word from *at, unquoting in place; NULL at the end. */
static char *next_word(char **at)
{
	char *read = *at;
	while (*read == ' ')
		read++;
	if (!*read)
		return NULL;

	char *word = read, *write = read;
	bool is_quoted = false;
	for (; *read && (is_quoted || *read != ' '); read++) {
		if (*read == '\\' && read[1])
			*write++ = *++read;
		else if (*read == '"')
			is_quoted = !is_quoted;
		else
			*write++ = *read;
	}
	*at = *read ? read + 1 : read;
	*write = '\0';
	return word;
}

void command_line_parse(char *text)
{
	bool is_for_init = false;
	char *word;

	while ((word = next_word(&text))) {
		if (!is_for_init && strcmp(word, "--") == 0)
			is_for_init = true;
		else if (is_for_init && command_line.argument_count < COMMAND_LINE_WORDS_MAX)
			command_line.arguments[command_line.argument_count++] = word;
		else if (!is_for_init && command_line.word_count < COMMAND_LINE_WORDS_MAX)
			command_line.words[command_line.word_count++] = word;
	}
}

const char *command_line_value(const char *name)
{
	size_t length = strlen(name);

	for (uint32_t i = command_line.word_count; i-- > 0;) {
		const char *word = command_line.words[i];
		if (strncmp(word, name, length) != 0)
			continue;
		if (word[length] == '=')
			return word + length + 1;
		if (word[length] == '\0')
			return "";
	}
	return NULL;
}

uint64_t command_line_number(const char *name, uint64_t otherwise)
{
	const char *text = command_line_value(name);
	uint64_t value;

	return text && string_to_u64(text, &value) == 0 ? value : otherwise;
}
