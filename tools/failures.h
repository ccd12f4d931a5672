/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_FAILURES_H
#define HUGECONTIG_TOOL_FAILURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "fields.h"
#include "json.h"
#include "source.h"

/* As many as the module keeps. */
#define FAILURES_MAX	64

/**
 * struct failure - a request that failed
 * @line:   what the module says
 * @fields: the same, taken apart
 */
struct failure {
	char line[SOURCE_LINE];
	struct fields fields;
};

/**
 * struct failures - the last ones, oldest first
 * @failure: the failures
 * @nr:      how many
 */
struct failures {
	struct failure *failure;
	size_t nr;
};

int failures_read(struct failures *failures, bool safe);
void failures_free(struct failures *failures);
void failures_print(FILE *out, const struct failures *failures, size_t most, time_t now);
void failure_json(struct json *json, const struct failure *failure);

#endif /* HUGECONTIG_TOOL_FAILURES_H */
