// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of a type and fields, as in explanation, failures and the tracepoints.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"

/*
 * A value has no blank, but for ranges as the kernel likes them, "[0x1, 0x2)", and
 * functions of modules, "name+0x1/0x2 [module]".
 */
static char *value_end(char *value)
{
	char *end = value;

	if (*value == '[') {
		end = strpbrk(value, ")]");
		return end ? end + 1 : value + strlen(value);
	}
	end += strcspn(end, " ");
	while (end[0] == ' ' && end[1] == '[')
		end += 1 + strcspn(end + 1, " ");
	return end;
}

/**
 * fields_parse() - take a line apart
 * @fields: where it goes; what has no room is dropped
 * @line:   the line, which is changed, and has to stay
 * @last:   the key whose value reaches to the end of the line, or NULL
 */
void fields_parse(struct fields *fields, char *line, const char *last)
{
	char *at = line;
	struct field *field;

	fields->nr = 0;
	fields->type = at;
	at += strcspn(at, " ");
	while (*at && fields->nr < FIELDS_MAX) {
		*at++ = '\0';
		field = &fields->field[fields->nr];
		field->key = at;
		at += strcspn(at, "= ");
		if (*at != '=')
			continue;
		*at++ = '\0';
		field->value = at;
		fields->nr++;
		if (last && !strcmp(field->key, last))
			return;
		at = value_end(at);
	}
	*at = '\0';
}

/**
 * fields_get() - the value of a field
 * @fields: the line
 * @key:    its key
 *
 * Return: the value, or NULL.
 */
const char *fields_get(const struct fields *fields, const char *key)
{
	unsigned int i;

	for (i = 0; i < fields->nr; i++)
		if (!strcmp(fields->field[i].key, key))
			return fields->field[i].value;
	return NULL;
}

/**
 * fields_is() - whether a field has a value
 * @fields: the line
 * @key:    its key
 * @value:  the value
 *
 * Return: whether it is there, and has it.
 */
bool fields_is(const struct fields *fields, const char *key, const char *value)
{
	const char *is = fields_get(fields, key);

	return is && !strcmp(is, value);
}

/**
 * fields_number() - the value of a field that is a number
 * @fields: the line
 * @key:    its key
 *
 * Return: the number; 0 if the field is missing, or none.
 */
unsigned long long fields_number(const struct fields *fields, const char *key)
{
	const char *value = fields_get(fields, key);

	return value ? strtoull(value, NULL, 0) : 0;
}

/**
 * fields_range() - a range as the files of the module have them
 * @value: "0xSTART-0xEND", both inclusive; NULL is none
 * @start: where its start goes
 * @end:   and its end
 *
 * Return: whether it is one.
 */
bool fields_range(const char *value, unsigned long long *start, unsigned long long *end)
{
	char *rest;

	if (!value || strncmp(value, "0x", 2))
		return false;
	errno = 0;
	*start = strtoull(value, &rest, 16);
	if (strncmp(rest, "-0x", 3))
		return false;
	*end = strtoull(rest + 1, &rest, 16);
	return !errno && !*rest && *start <= *end;
}
