// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig stats --prometheus: metrics in Prometheus' text format. Rules and
 * dashboards rely on their names.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "histogram.h"
#include "iomem.h"
#include "module.h"
#include "pairs.h"
#include "pool.h"
#include "prometheus.h"
#include "source.h"
#include "trouble.h"

#define PREFIX	"hugecontig_"

/**
 * struct facts - all that metrics are made of
 * @loaded: whether the module is; @status and @stats are empty if not
 * @status: the file
 * @stats:  the file
 * @pools:  the kernel's pools
 * @iomem:  memory of virtio-mem
 * @plugged_known: whether @iomem could be read
 */
struct facts {
	bool loaded;
	struct pairs status;
	struct pairs stats;
	struct pools pools;
	struct iomem iomem;
	bool plugged_known;
};

/* A line of the stats, or all that have a prefix: the rest of the name is a label then. */
static const struct counter {
	const char *metric;
	const char *name;
	const char *label;
	const char *help;
} counters[] = {
	{ "requests_total", "requests", NULL,
	  "Requests for a range of memory that the module has seen." },
	{ "requests_ok_total", "requests_ok", NULL, "Requests that got their range." },
	{ "requests_failed_total", "failed_", "reason",
	  "Requests that failed, by what was in the way." },
	{ "gigantic_given_up_total", "gigantic_given_up", NULL,
	  "Free 1 GiB pages that were given up for a smaller range." },
	{ "observed_pages_total", "would_", "action",
	  "Huge pages that would have been taken out of the way in mode observe." },
	{ "settled_total", "settled", NULL,
	  "Huge pages that needed a second look before the range was tested." },
	{ "enomem_total", "enomem", NULL, "Requests that ended for want of memory." },
	{ "interrupted_total", "interrupted", NULL,
	  "Requests that a fatal signal has ended." },
	{ "busy_total", "busy_", "reason", "Huge pages that stayed in the way." },
	{ "ruled_out_total", "ruled_out_", "reason",
	  "Ranges that a search for a 1 GiB page has passed over." },
	{ "second_passes_total", "second_passes", NULL,
	  "Searches after the kernel had found no range for a 1 GiB page." },
	{ "second_passes_ok_total", "second_passes_ok", NULL,
	  "Those of them that found one." },
	{ "second_passes_out_of_time_total", "second_passes_out_of_time", NULL,
	  "Those of them that their limit of time has ended." },
};

/* Lines of the stats that there are of each node. */
static const struct node_counter {
	const char *metric;
	const char *name;
	const char *help;
} node_counters[] = {
	{ "pages_replaced_total", "free_replaced",
	  "Free huge pages that were replaced in their pool." },
	{ "pages_migrated_total", "inuse_migrated",
	  "Huge pages in use that were migrated." },
};

static const struct {
	const char *metric;
	const char *help;
} histograms[NR_HISTOGRAMS] = {
	[HISTOGRAM_REQUEST] = { "request_seconds", "Time that requests took." },
	[HISTOGRAM_REPLACE] = { "replace_seconds",
				"Time that the replacement of a free huge page took." },
	[HISTOGRAM_MIGRATE] = { "migrate_seconds",
				"Time that the migration of a huge page took." },
};

static void write_head(FILE *out, const char *metric, const char *type, const char *help)
{
	fprintf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", metric, help,
		metric, type);
}

static void write_label(FILE *out, const char *label, const char *value)
{
	fprintf(out, "%s=\"", label);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			putc('\\', out);
		putc(*value, out);
	}
	putc('"', out);
}

static void write_counter(FILE *out, const struct pairs *stats, const struct counter *counter)
{
	unsigned long long number;
	const struct pair *pair;
	const char *rest;
	bool any = false;

	for (pair = stats->pair; pair < stats->pair + stats->nr; pair++) {
		rest = pair_after(pair, counter->name);
		if (!rest || !*rest != !counter->label || !pair_number(pair, &number))
			continue;
		if (!any)
			write_head(out, counter->metric, "counter", counter->help);
		any = true;
		fprintf(out, PREFIX "%s", counter->metric);
		if (counter->label) {
			putc('{', out);
			write_label(out, counter->label, rest);
			putc('}', out);
		}
		fprintf(out, " %llu\n", number);
	}
}

static void write_node_counter(FILE *out, const struct pairs *stats,
			       const struct node_counter *counter)
{
	unsigned long long number;
	const struct pair *pair;
	unsigned int node;
	bool any = false;
	int end;

	for (pair = stats->pair; pair < stats->pair + stats->nr; pair++) {
		end = 0;
		if (sscanf(pair->name, "node%9u_%n", &node, &end) != 1 || !end ||
		    strcmp(pair->name + end, counter->name) || !pair_number(pair, &number))
			continue;
		if (!any)
			write_head(out, counter->metric, "counter", counter->help);
		any = true;
		fprintf(out, PREFIX "%s{node=\"%u\"} %llu\n", counter->metric, node, number);
	}
}

static void write_histogram(FILE *out, const struct pairs *stats, enum histogram_kind kind)
{
	const char *metric = histograms[kind].metric;
	unsigned long long so_far = 0;
	struct histogram histogram;
	unsigned int i;

	if (!histogram_read(&histogram, stats, kind))
		return;
	write_head(out, metric, "histogram", histograms[kind].help);
	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		so_far += histogram.bucket[i];
		fprintf(out, PREFIX "%s_bucket{le=\"%.9g\"} %llu\n", metric,
			(double)(1ULL << i) / 1e6, so_far);
	}
	fprintf(out, PREFIX "%s_bucket{le=\"+Inf\"} %llu\n", metric,
		histogram_count(&histogram));
	fprintf(out, PREFIX "%s_sum %llu.%06llu\n", metric, histogram.sum / 1000000,
		histogram.sum % 1000000);
	fprintf(out, PREFIX "%s_count %llu\n", metric, histogram_count(&histogram));
}

static const char *status_of(const struct facts *facts, const char *name)
{
	const char *value = pairs_get(&facts->status, name);

	return value ? value : "";
}

static void write_module(FILE *out, const struct facts *facts)
{
	unsigned int i;

	write_head(out, "loaded", "gauge", "Whether the module is loaded.");
	fprintf(out, PREFIX "loaded %d\n", facts->loaded);
	if (!facts->loaded)
		return;

	write_head(out, "enabled", "gauge", "Whether the module is switched on.");
	fprintf(out, PREFIX "enabled %d\n", *status_of(facts, "enabled") == 'Y');
	write_head(out, "info", "gauge", "Version and mode of the module, and the kernel.");
	fputs(PREFIX "info{", out);
	write_label(out, "version", status_of(facts, "version"));
	putc(',', out);
	write_label(out, "kernel", status_of(facts, "kernel"));
	putc(',', out);
	write_label(out, "mode", status_of(facts, "mode"));
	fputs("} 1\n", out);

	for (i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		write_counter(out, &facts->stats, &counters[i]);
	for (i = 0; i < sizeof(node_counters) / sizeof(*node_counters); i++)
		write_node_counter(out, &facts->stats, &node_counters[i]);
	for (i = 0; i < NR_HISTOGRAMS; i++)
		write_histogram(out, &facts->stats, i);
}

static void write_node_pool(FILE *out, const struct pool *pool, const char *state,
			    unsigned long long pages)
{
	fprintf(out, PREFIX "pool_pages{node=\"%d\",size_kb=\"%llu\"", pool->node,
		pool->size_kb);
	fprintf(out, ",state=\"%s\"} %llu\n", state, pages);
}

static void write_node_pools(FILE *out, const struct pools *pools)
{
	const struct pool *pool;
	bool any = false;

	for (pool = pools->pool; pool < pools->pool + pools->nr; pool++) {
		if (pool->node == POOL_ANY_NODE)
			continue;
		if (!any)
			write_head(out, "pool_pages", "gauge", "Huge pages in pools of a node.");
		any = true;
		write_node_pool(out, pool, "total", pool->total);
		write_node_pool(out, pool, "free", pool->free);
		write_node_pool(out, pool, "surplus", pool->surplus);
	}
}

static void write_all_pools(FILE *out, const struct pools *pools)
{
	const struct pool *end = pools->pool + pools->nr, *pool;

	if (!pools->nr || pools->pool->node != POOL_ANY_NODE)
		return;
	write_head(out, "pool_reserved_pages", "gauge",
		   "Huge pages that are promised to mappings.");
	for (pool = pools->pool; pool < end && pool->node == POOL_ANY_NODE; pool++)
		fprintf(out, PREFIX "pool_reserved_pages{size_kb=\"%llu\"} %llu\n",
			pool->size_kb, pool->reserved);
	write_head(out, "pool_configured_pages", "gauge",
		   "Huge pages that the administrator has asked for, and that are there.");
	for (pool = pools->pool; pool < end && pool->node == POOL_ANY_NODE; pool++)
		fprintf(out, PREFIX "pool_configured_pages{size_kb=\"%llu\"} %llu\n",
			pool->size_kb,
			pool->total > pool->surplus ? pool->total - pool->surplus : 0);
}

static void write_metrics(FILE *out, const struct facts *facts)
{
	write_module(out, facts);
	write_node_pools(out, &facts->pools);
	write_all_pools(out, &facts->pools);
	if (facts->plugged_known) {
		write_head(out, "virtio_mem_plugged_bytes", "gauge",
			   "Memory blocks that virtio-mem devices have plugged, or a part of them.");
		fprintf(out, PREFIX "virtio_mem_plugged_bytes %llu\n",
			iomem_bytes(&facts->iomem));
	}
}

/* At once, and whole: the collector may look at any moment. */
static int write_file(const char *output, const struct facts *facts)
{
	char *name = NULL;
	FILE *file = NULL;
	int fd = -1;

	if (asprintf(&name, "%s.XXXXXX", output) < 0) {
		name = NULL;
		goto failed;
	}
	fd = mkstemp(name);
	if (fd >= 0)
		file = fdopen(fd, "w");
	if (!file)
		goto failed;
	write_metrics(file, facts);
	if (fflush(file) || ferror(file) || fchmod(fd, 0644) || rename(name, output))
		goto failed;
	fclose(file);
	free(name);
	return EXIT_FINE;

failed:
	trouble("can not write %s: %s", output, strerror(errno));
	if (fd >= 0)
		unlink(name);
	if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
	free(name);
	return EXIT_PROBLEM;
}

static int read_module(struct facts *facts)
{
	facts->loaded = source_exists(MODULE_DIRECTORY);
	if (!facts->loaded)
		return 0;
	if (pairs_read(&facts->status, MODULE_STATUS, ':')) {
		trouble_file("read", MODULE_STATUS, errno);
		return -1;
	}
	if (pairs_read(&facts->stats, MODULE_STATS, ' ')) {
		trouble_file("read", MODULE_STATS, errno);
		return -1;
	}
	return 0;
}

/**
 * prometheus_run() - print metrics
 * @output: a file for them; NULL: stdout
 *
 * Return: an exit_code.
 */
int prometheus_run(const char *output)
{
	struct facts facts = { 0 };
	int code = EXIT_PROBLEM;

	if (!read_module(&facts)) {
		pools_read(&facts.pools);
		facts.plugged_known = !iomem_read(&facts.iomem);
		code = EXIT_FINE;
		if (output)
			code = write_file(output, &facts);
		else
			write_metrics(stdout, &facts);
	}
	pairs_free(&facts.status);
	pairs_free(&facts.stats);
	pools_free(&facts.pools);
	iomem_free(&facts.iomem);
	return code;
}
