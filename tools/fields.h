/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_FIELDS_H
#define HUGECONTIG_TOOL_FIELDS_H

#include <stdbool.h>

#define FIELDS_MAX	32

struct field {
	const char *key;
	const char *value;
};

/**
 * struct fields - a line "type key=value key=value"
 * @type:  its first word
 * @field: the rest, in its order
 * @nr:    how many
 */
struct fields {
	const char *type;
	struct field field[FIELDS_MAX];
	unsigned int nr;
};

void fields_parse(struct fields *fields, char *line, const char *last);
const char *fields_get(const struct fields *fields, const char *key);
bool fields_is(const struct fields *fields, const char *key, const char *value);
unsigned long long fields_number(const struct fields *fields, const char *key);
bool fields_range(const char *value, unsigned long long *start, unsigned long long *end);

#endif /* HUGECONTIG_TOOL_FIELDS_H */
