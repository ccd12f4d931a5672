// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be explained: from what a user types to what the module understands.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "target.h"

/* More than a line of the kernel's log that somebody has pasted. */
#define TYPED	1024

/* pfns as the kernel prints them, with an end that is exclusive: "[100000, 100400)" */
static bool parse_log(char *target, const char *text)
{
	unsigned long long start, end;
	const char *bracket;
	int length;

	for (bracket = strchr(text, '['); bracket; bracket = strchr(bracket + 1, '[')) {
		length = 0;
		errno = 0;
		if (sscanf(bracket, "[%llx, %llx)%n", &start, &end, &length) != 2 || !length)
			continue;
		if (errno || start >= end)
			return false;
		snprintf(target, TARGET_LENGTH, "0x%llx-0x%llx", start, end - 1);
		return true;
	}
	return false;
}

/* A name and a number, "node3" */
static bool is_numbered(const char *text, const char *name)
{
	size_t length = strlen(name), digits;

	if (strncmp(text, name, length))
		return false;
	digits = strspn(text + length, "0123456789");
	return digits && digits < 10 && !text[length + digits];
}

static bool is_zone(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]))
		length++;
	return length && length < 16 && !text[length];
}

static bool parse_words(const char *text)
{
	char first[TYPED], second[TYPED], third[TYPED], rest;
	unsigned long long start, end;
	int words = sscanf(text, "%1023s %1023s %1023s %c", first, second, third, &rest);

	switch (words) {
	case 1:
		return !strcmp(first, "all") || !strcmp(first, TARGET_VIRTIO_MEM) ||
		       is_numbered(first, "memory") || is_numbered(first, "node") ||
		       fields_range(first, &start, &end);
	case 2:
		return (!strcmp(first, "address") && fields_range(second, &start, &end)) ||
		       (!strcmp(first, "zone") && is_zone(second));
	case 3:
		return is_numbered(first, "node") && !strcmp(second, "zone") && is_zone(third);
	default:
		return false;
	}
}

/* All words, with one blank between them. */
static bool join(char *text, char *const *words, int nr)
{
	size_t length = 0;
	const char *c;
	int i;

	for (i = 0; i < nr; i++) {
		for (c = words[i]; *c; c++) {
			if (length + 2 > TYPED)
				return false;
			if (!isspace((unsigned char)*c))
				text[length++] = *c;
			else if (length && text[length - 1] != ' ')
				text[length++] = ' ';
		}
		if (i < nr - 1 && length && text[length - 1] != ' ')
			text[length++] = ' ';
	}
	if (length && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
	return true;
}

/**
 * target_parse() - understand a target
 * @target: where it goes, as it can be written to the module, or TARGET_VIRTIO_MEM;
 *          TARGET_LENGTH
 * @words:  what the user has typed
 * @nr:     how many words
 *
 * Return: whether it is one.
 */
bool target_parse(char *target, char *const *words, int nr)
{
	char text[TYPED];
	size_t length;

	if (!join(text, words, nr))
		return false;
	if (strchr(text, '['))
		return parse_log(target, text);
	length = strlen(text);
	if (length >= TARGET_LENGTH || !parse_words(text))
		return false;
	memcpy(target, text, length + 1);
	return true;
}
