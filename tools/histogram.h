/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_HISTOGRAM_H
#define HUGECONTIG_TOOL_HISTOGRAM_H

#include <stdbool.h>

#include "pairs.h"

/* Below 1, 2, 4 … 8388608 microseconds. */
#define HISTOGRAM_BUCKETS	24

/* The names are what the lines of the stats begin with. */
enum histogram_kind {
	HISTOGRAM_REQUEST,
	HISTOGRAM_REPLACE,
	HISTOGRAM_MIGRATE,
	NR_HISTOGRAMS
};

/**
 * struct histogram - how long something took, and how often
 * @bucket: how often less than 2 to the power of its index, in microseconds, and not
 *          less than half of that
 * @more:   how often longer than all of these
 * @sum:    all of it, in microseconds
 */
struct histogram {
	unsigned long long bucket[HISTOGRAM_BUCKETS];
	unsigned long long more;
	unsigned long long sum;
};

bool histogram_read(struct histogram *histogram, const struct pairs *stats,
		    enum histogram_kind kind);
const char *histogram_name(enum histogram_kind kind);
bool histogram_has(const struct pair *pair);
unsigned long long histogram_count(const struct histogram *histogram);
void histogram_print(const struct histogram *histogram, const char *name, bool bars);

#endif /* HUGECONTIG_TOOL_HISTOGRAM_H */
