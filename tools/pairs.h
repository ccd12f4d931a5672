/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_PAIRS_H
#define HUGECONTIG_TOOL_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

/* A line of a file: "name value" or "name: value". */
struct pair {
	char *name;
	char *value;
};

/**
 * struct pairs - all lines of such a file, in its order
 * @pair: the lines
 * @nr:   how many
 */
struct pairs {
	struct pair *pair;
	size_t nr;
};

int pairs_read(struct pairs *pairs, const char *path, char separator);
void pairs_free(struct pairs *pairs);
const char *pairs_get(const struct pairs *pairs, const char *name);
bool pairs_number(const struct pairs *pairs, const char *name, unsigned long long *number);
const char *pair_after(const struct pair *pair, const char *prefix);
bool pair_number(const struct pair *pair, unsigned long long *number);

#endif /* HUGECONTIG_TOOL_PAIRS_H */
