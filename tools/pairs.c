// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of one name and value a line.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "pairs.h"
#include "source.h"
#include "text.h"

/* Where a file is something else there may be no end of it. */
#define PAIRS_MAX	4096

static void add_line(struct pairs *pairs, char *line, char separator)
{
	char *value = strchr(line, separator);
	struct pair *pair;

	if (!value || value == line)
		return;
	*value++ = '\0';
	value += strspn(value, " ");
	pairs->pair = memory_grow(pairs->pair, pairs->nr, sizeof(*pair));
	pair = &pairs->pair[pairs->nr++];
	pair->name = memory_string(line);
	pair->value = memory_string(value);
}

/**
 * pairs_read() - read a file
 * @pairs:     where it goes; empty after an error
 * @path:      the file
 * @separator: what stands between name and value
 *
 * Lines that are no pair are left out.
 *
 * Return: 0, or -1 with errno.
 */
int pairs_read(struct pairs *pairs, const char *path, char separator)
{
	FILE *file = source_fopen(path);
	char line[SOURCE_LINE];
	int error;

	pairs->pair = NULL;
	pairs->nr = 0;
	if (!file)
		return -1;
	while (pairs->nr < PAIRS_MAX && source_read_line(file, line, sizeof(line)))
		add_line(pairs, text_make_safe(line), separator);
	error = ferror(file) ? errno : 0;
	fclose(file);
	if (error)
		pairs_free(pairs);
	errno = error;
	return error ? -1 : 0;
}

/**
 * pairs_free() - forget what was read
 * @pairs: is empty then
 */
void pairs_free(struct pairs *pairs)
{
	size_t i;

	for (i = 0; i < pairs->nr; i++) {
		free(pairs->pair[i].name);
		free(pairs->pair[i].value);
	}
	free(pairs->pair);
	pairs->pair = NULL;
	pairs->nr = 0;
}

/**
 * pairs_get() - the value of a name
 * @pairs: the lines
 * @name:  the name
 *
 * Return: the value, or NULL.
 */
const char *pairs_get(const struct pairs *pairs, const char *name)
{
	size_t i;

	for (i = 0; i < pairs->nr; i++)
		if (!strcmp(pairs->pair[i].name, name))
			return pairs->pair[i].value;
	return NULL;
}

/**
 * pairs_number() - the value of a name that is a number
 * @pairs:  the lines
 * @name:   the name
 * @number: where it goes
 *
 * Return: whether there is one.
 */
bool pairs_number(const struct pairs *pairs, const char *name, unsigned long long *number)
{
	size_t i;

	for (i = 0; i < pairs->nr; i++)
		if (!strcmp(pairs->pair[i].name, name))
			return pair_number(&pairs->pair[i], number);
	return false;
}

/**
 * pair_after() - the rest of a name
 * @pair:   a line
 * @prefix: how the name has to begin
 *
 * Return: what comes after that, or NULL if it begins otherwise.
 */
const char *pair_after(const struct pair *pair, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(pair->name, prefix, length) ? NULL : pair->name + length;
}

/**
 * pair_number() - the value of a line that is a number
 * @pair:   the line
 * @number: where it goes
 *
 * Return: whether it is one.
 */
bool pair_number(const struct pair *pair, unsigned long long *number)
{
	char *end;

	if (!isdigit((unsigned char)*pair->value))
		return false;
	errno = 0;
	*number = strtoull(pair->value, &end, 10);
	return !errno && !*end;
}
