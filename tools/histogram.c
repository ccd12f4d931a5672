// SPDX-License-Identifier: GPL-2.0-only
/*
 * Histograms of time: from the lines of the stats, and for people.
 */
#include <stdio.h>
#include <string.h>

#include "histogram.h"
#include "style.h"
#include "text.h"

#define BAR_WIDTH	40

static const char * const names[NR_HISTOGRAMS] = {
	[HISTOGRAM_REQUEST] = "request",
	[HISTOGRAM_REPLACE] = "replace",
	[HISTOGRAM_MIGRATE] = "migrate",
};

/**
 * histogram_name() - what was measured
 * @kind: the histogram
 *
 * Return: its name, static.
 */
const char *histogram_name(enum histogram_kind kind)
{
	return names[kind];
}

/* Of which histogram a line is, and what comes behind "request_us_" and the like. */
static const char *part_of(const struct pair *pair, enum histogram_kind kind)
{
	const char *rest = pair_after(pair, names[kind]);

	return rest && !strncmp(rest, "_us_", 4) ? rest + 4 : NULL;
}

/**
 * histogram_has() - whether a line of the stats is a part of a histogram
 * @pair: the line
 *
 * Return: whether.
 */
bool histogram_has(const struct pair *pair)
{
	enum histogram_kind kind;

	for (kind = 0; kind < NR_HISTOGRAMS; kind++)
		if (part_of(pair, kind))
			return true;
	return false;
}

static void read_part(struct histogram *histogram, const char *part, unsigned long long number)
{
	unsigned long long below;
	unsigned int i;

	if (!strcmp(part, "sum"))
		histogram->sum = number;
	else if (!strcmp(part, "more"))
		histogram->more = number;
	else if (sscanf(part, "lt_%llu", &below) == 1)
		for (i = 0; i < HISTOGRAM_BUCKETS; i++)
			if (below == 1ULL << i)
				histogram->bucket[i] = number;
}

/**
 * histogram_read() - put the lines of one together
 * @histogram: where it goes
 * @stats:     the lines
 * @kind:      which one
 *
 * Return: whether there are any.
 */
bool histogram_read(struct histogram *histogram, const struct pairs *stats,
		    enum histogram_kind kind)
{
	unsigned long long number;
	const char *part;
	bool any = false;
	size_t i;

	memset(histogram, 0, sizeof(*histogram));
	for (i = 0; i < stats->nr; i++) {
		part = part_of(&stats->pair[i], kind);
		if (!part || !pair_number(&stats->pair[i], &number))
			continue;
		read_part(histogram, part, number);
		any = true;
	}
	return any;
}

/**
 * histogram_count() - how often it was measured
 * @histogram: the histogram
 *
 * Return: how often.
 */
unsigned long long histogram_count(const struct histogram *histogram)
{
	unsigned long long count = histogram->more;
	unsigned int i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		count += histogram->bucket[i];
	return count;
}

/* Below which the times of a bucket are. */
static double seconds_of(unsigned int bucket)
{
	return (double)(1ULL << bucket) / 1e6;
}

static void print_percentile(const struct histogram *histogram, unsigned int percent)
{
	unsigned long long count = histogram_count(histogram), so_far = 0;
	char time[TEXT_SHORT];
	unsigned int i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		so_far += histogram->bucket[i];
		if ((double)so_far * 100 >= (double)count * percent) {
			printf(", %u%% below %s", percent, text_time(time, seconds_of(i)));
			return;
		}
	}
	printf(", %u%% not below %s", percent, text_time(time, seconds_of(i - 1)));
}

static void print_bar(const char *relation, unsigned int bucket, unsigned long long nr,
		      unsigned long long most)
{
	unsigned int width = (double)nr / (double)most * BAR_WIDTH + 0.5;
	char time[TEXT_SHORT];

	/* What is there at all can be seen. */
	if (nr && !width)
		width = 1;
	printf("    %2s %-8s %s%.*s%s%*s %llu\n", relation, text_time(time, seconds_of(bucket)),
	       style_on(STYLE_CALM), (int)width, "########################################",
	       style_off(), (int)(BAR_WIDTH - width), "", nr);
}

static void print_bars(const struct histogram *histogram)
{
	unsigned int i, first = HISTOGRAM_BUCKETS, last = 0;
	unsigned long long most = histogram->more;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (!histogram->bucket[i])
			continue;
		if (first == HISTOGRAM_BUCKETS)
			first = i;
		last = i;
		if (histogram->bucket[i] > most)
			most = histogram->bucket[i];
	}
	for (i = first; i <= last && i < HISTOGRAM_BUCKETS; i++)
		print_bar("<", i, histogram->bucket[i], most);
	if (histogram->more)
		print_bar(">=", HISTOGRAM_BUCKETS - 1, histogram->more, most);
}

/**
 * histogram_print() - show one to people
 * @histogram: the histogram
 * @name:      what was measured
 * @bars:      whether to show how often it took how long
 */
void histogram_print(const struct histogram *histogram, const char *name, bool bars)
{
	unsigned long long count = histogram_count(histogram);
	char time[TEXT_SHORT];
	double average;

	printf("  %-34s %llu time%s", name, count, text_plural(count));
	if (count) {
		average = (double)histogram->sum / (double)count / 1e6;
		printf(", %s on average", text_time(time, average));
		print_percentile(histogram, 50);
		print_percentile(histogram, 90);
		print_percentile(histogram, 99);
	}
	putchar('\n');
	if (count && bars)
		print_bars(histogram);
}
