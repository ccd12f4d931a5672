// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig stats: what the module did, and why not more.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "histogram.h"
#include "json.h"
#include "module.h"
#include "pairs.h"
#include "prometheus.h"
#include "trouble.h"

/* A line belongs to the first group that has what it begins with. */
static const struct group {
	const char *title;
	const char *prefixes[5];
} groups[] = {
	{ "Requests", { "request", "enomem", "interrupted", "failed_" } },
	{ "Huge pages out of the way", { "free_replaced", "inuse_migrated",
					 "gigantic_given_up", "would_", "settled" } },
	{ "The same by node", { "node" } },
	{ "Huge pages that stayed in the way", { "busy_", "last_blocking_" } },
	{ "Searches for a 1 GiB page", { "second_pass", "ruled_out_" } },
	{ "Others", { "" } },
};

#define NR_GROUPS	(sizeof(groups) / sizeof(*groups))

static const struct group *group_of(const struct pair *pair)
{
	const struct group *group;
	unsigned int i;

	for (group = groups; group < groups + NR_GROUPS - 1; group++)
		for (i = 0; i < sizeof(group->prefixes) / sizeof(*group->prefixes); i++)
			if (group->prefixes[i] && pair_after(pair, group->prefixes[i]))
				return group;
	return group;
}

static void print_group(const struct pairs *stats, const struct group *group)
{
	const struct pair *pair;
	bool any = false, zero;

	for (pair = stats->pair; pair < stats->pair + stats->nr; pair++) {
		if (group_of(pair) != group || histogram_has(pair))
			continue;
		if (!any)
			printf("%s%s%s\n", style_on(STYLE_TITLE), group->title, style_off());
		any = true;
		zero = !strcmp(pair->value, "0");
		printf("%s  %-34s %s%s\n", zero ? style_on(STYLE_FAINT) : "", pair->name,
		       pair->value, zero ? style_off() : "");
	}
}

static void print_histograms(const struct pairs *stats)
{
	struct histogram histogram;
	enum histogram_kind kind;
	char name[16];
	bool any = false;

	for (kind = 0; kind < NR_HISTOGRAMS; kind++) {
		if (!histogram_read(&histogram, stats, kind))
			continue;
		if (!any)
			printf("%sTime\n%s", style_on(STYLE_TITLE), style_off());
		any = true;
		snprintf(name, sizeof(name), "%s_us", histogram_name(kind));
		histogram_print(&histogram, name, style_terminal());
	}
}

static void print_stats(const struct pairs *stats)
{
	unsigned int i;

	for (i = 0; i < NR_GROUPS; i++)
		print_group(stats, &groups[i]);
	print_histograms(stats);
}

static void json_stats(const struct pairs *stats)
{
	const struct pair *pair;
	struct json json;

	json_begin(&json, stdout);
	for (pair = stats->pair; pair < stats->pair + stats->nr; pair++)
		json_value(&json, pair->name, pair->value);
	json_finish(&json);
}

static int run(const struct options *options)
{
	struct pairs stats;

	if (options->given & TAKES_PROMETHEUS && options->given & TAKES_JSON) {
		trouble("stats: --prometheus is no JSON: leave out one of both");
		return EXIT_USAGE;
	}
	if (options->given & TAKES_PROMETHEUS)
		return prometheus_run(options->output);
	if (options->given & TAKES_OUTPUT) {
		trouble("stats: --output is for --prometheus: add that");
		return EXIT_USAGE;
	}
	if (pairs_read(&stats, MODULE_STATS, ' ')) {
		trouble_file("read", MODULE_STATS, errno);
		return EXIT_PROBLEM;
	}
	if (options->given & TAKES_JSON)
		json_stats(&stats);
	else
		print_stats(&stats);
	pairs_free(&stats);
	return EXIT_FINE;
}

const struct command stats_command = {
	.name = "stats",
	.synopsis = "[--json | --prometheus [--output FILE]]",
	.summary = "what the module did since it was loaded, and why not more",
	.help =
	"Shows the counters of the module; docs/interface.md says what each counts. Times are\n"
	"shown as percentiles, and on a terminal as bars, too.\n"
	"\n"
	"  --json           an object of all names and values\n"
	"  --prometheus     metrics for the textfile collector of node_exporter; also if the\n"
	"                   module is not loaded\n"
	"  --output FILE    write them there, at once and whole\n"
	"\n"
	"Examples:\n"
	"  hugecontig stats\n"
	"  hugecontig stats --json | python3 -m json.tool\n"
	"  hugecontig stats --prometheus --output /var/lib/prometheus/node-exporter/hugecontig.prom\n",
	.takes = TAKES_JSON | TAKES_PROMETHEUS | TAKES_OUTPUT,
	.run = run,
};
