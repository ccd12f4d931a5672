// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module did, how long it took, and why it could not do more.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

#include "stats.h"

static const char * const item_names[NR_STATS_ITEMS] = {
	[STATS_REQUESTS]	= "requests",
	[STATS_REQUESTS_OK]	= "requests_ok",
	[STATS_FREE_REPLACED]	= "free_replaced",
	[STATS_INUSE_MIGRATED]	= "inuse_migrated",
	[STATS_WOULD_REPLACE]	= "would_replace",
	[STATS_WOULD_MIGRATE]	= "would_migrate",
	[STATS_WOULD_GIVE_UP]	= "would_give_up",
	[STATS_SETTLED]		= "settled",
	[STATS_GIGANTIC_GIVEN_UP] = "gigantic_given_up",
	[STATS_ENOMEM]		= "enomem",
	[STATS_INTERRUPTED]	= "interrupted",
	[STATS_SECOND_PASSES]	= "second_passes",
	[STATS_SECOND_PASSES_OK] = "second_passes_ok",
	[STATS_SECOND_PASSES_OUT_OF_TIME] = "second_passes_out_of_time",
	[STATS_RULED_OUT_TOO_MANY] = "ruled_out_too_many",
	[STATS_RULED_OUT_NO_ROOM] = "ruled_out_no_room",
};

static const char * const time_names[NR_STATS_TIMES] = {
	[STATS_REQUEST_TIME]	= "request",
	[STATS_REPLACE_TIME]	= "replace",
	[STATS_MIGRATE_TIME]	= "migrate",
};

/* Up to 2^23 microseconds, which are 8 seconds, and one for what takes longer. */
#define NR_BUCKETS	24

/**
 * struct histogram - how long something took, how often
 * @buckets: less than 2^index microseconds, and not less than half of that
 * @more:    longer than that
 * @sum:     of all, in ns
 */
struct histogram {
	atomic_long_t buckets[NR_BUCKETS];
	atomic_long_t more;
	atomic64_t sum;
};

/**
 * struct node_stats - pages of a node
 * @replaced: free ones
 * @migrated: and those in use
 */
struct node_stats {
	atomic_long_t replaced;
	atomic_long_t migrated;
};

static atomic_long_t items[NR_STATS_ITEMS];
static atomic_long_t busy[NR_REASONS];
static atomic_long_t ruled_out[NR_REASONS];
static atomic_long_t failed[NR_REASONS];
static struct histogram histograms[NR_STATS_TIMES];
static struct node_stats *node_stats;

/* Keeps pfn and reason of the last blocking page together. */
static DEFINE_SPINLOCK(stats_last_lock);
static unsigned long last_pfn;
static enum reason last_reason;

/**
 * stats_init() - get the memory for what is counted by node
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int stats_init(void)
{
	node_stats = kcalloc(nr_node_ids, sizeof(*node_stats), GFP_KERNEL);
	return node_stats ? 0 : -ENOMEM;
}

/**
 * stats_exit() - give it back
 *
 * Context: once nobody counts any more.
 */
void stats_exit(void)
{
	kfree(node_stats);
}

/**
 * stats_count() - count one event
 * @item: which
 *
 * Context: any.
 */
void stats_count(enum stats_item item)
{
	atomic_long_inc(&items[item]);
}

/**
 * stats_count_page() - count a page that is out of the way, on its node, too
 * @item: STATS_FREE_REPLACED or STATS_INUSE_MIGRATED
 * @nid:  the node
 *
 * Context: any.
 */
void stats_count_page(enum stats_item item, int nid)
{
	stats_count(item);
	atomic_long_inc(item == STATS_FREE_REPLACED ? &node_stats[nid].replaced :
						      &node_stats[nid].migrated);
}

/**
 * stats_count_time() - count how long something took
 * @time: what
 * @ns:   how long
 *
 * Context: any.
 */
void stats_count_time(enum stats_time time, s64 ns)
{
	struct histogram *histogram = &histograms[time];
	u64 us = div_u64(ns, NSEC_PER_USEC);
	int bucket = us ? ilog2(us) + 1 : 0;

	atomic_long_inc(bucket < NR_BUCKETS ? &histogram->buckets[bucket] :
					      &histogram->more);
	atomic64_add(ns, &histogram->sum);
}

/**
 * stats_count_ruled_out() - count a range that can not be emptied
 * @reason: what is in it, and stays
 *
 * Context: any.
 */
void stats_count_ruled_out(enum reason reason)
{
	atomic_long_inc(&ruled_out[reason]);
}

/**
 * stats_count_failed() - count a request that failed
 * @reason: why, or REASON_NONE if nobody knows
 *
 * Context: any.
 */
void stats_count_failed(enum reason reason)
{
	atomic_long_inc(&failed[reason]);
}

/**
 * stats_count_busy() - count a page that stayed in the way of a request
 * @reason: why
 * @pfn:    a pfn of the page inside the range of the request
 *
 * Context: task context.
 */
void stats_count_busy(enum reason reason, unsigned long pfn)
{
	atomic_long_inc(&busy[reason]);
	spin_lock(&stats_last_lock);
	last_pfn = pfn;
	last_reason = reason;
	spin_unlock(&stats_last_lock);
}

static void show_reasons(struct seq_file *m)
{
	unsigned int i;

	for (i = 0; i < NR_REASONS; i++)
		if (reason_is_busy(i))
			seq_printf(m, "busy_%s %ld\n", reason_name(i),
				   atomic_long_read(&busy[i]));
	for (i = 0; i < NR_REASONS; i++)
		if (reason_rules_out(i))
			seq_printf(m, "ruled_out_%s %ld\n", reason_name(i),
				   atomic_long_read(&ruled_out[i]));
	for (i = 0; i < NR_REASONS; i++)
		if (i == REASON_NONE || reason_stays(i))
			seq_printf(m, "failed_%s %ld\n", reason_name(i),
				   atomic_long_read(&failed[i]));
}

static void show_nodes(struct seq_file *m)
{
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		seq_printf(m, "node%d_free_replaced %ld\n", nid,
			   atomic_long_read(&node_stats[nid].replaced));
		seq_printf(m, "node%d_inuse_migrated %ld\n", nid,
			   atomic_long_read(&node_stats[nid].migrated));
	}
}

static void show_histogram(struct seq_file *m, const char *name,
			   struct histogram *histogram)
{
	unsigned int i;

	for (i = 0; i < NR_BUCKETS; i++)
		seq_printf(m, "%s_us_lt_%u %ld\n", name, 1U << i,
			   atomic_long_read(&histogram->buckets[i]));
	seq_printf(m, "%s_us_more %ld\n", name,
		   atomic_long_read(&histogram->more));
	seq_printf(m, "%s_us_sum %llu\n", name,
		   div_u64(atomic64_read(&histogram->sum), NSEC_PER_USEC));
}

/**
 * stats_show() - write "name value" lines
 * @m:      the file
 * @unused: iterator of the file, of no use here
 *
 * The last blocking page is only shown once there was one.
 *
 * Context: task context.
 * Return: 0.
 */
int stats_show(struct seq_file *m, void *unused)
{
	enum reason reason;
	unsigned long pfn;
	unsigned int i;

	for (i = 0; i < NR_STATS_ITEMS; i++)
		seq_printf(m, "%s %ld\n", item_names[i],
			   atomic_long_read(&items[i]));
	show_reasons(m);
	show_nodes(m);
	for (i = 0; i < NR_STATS_TIMES; i++)
		show_histogram(m, time_names[i], &histograms[i]);

	spin_lock(&stats_last_lock);
	pfn = last_pfn;
	reason = last_reason;
	spin_unlock(&stats_last_lock);
	if (reason != REASON_NONE)
		seq_printf(m, "last_blocking_pfn %#lx\nlast_blocking_reason %s\n",
			   pfn, reason_name(reason));
	return 0;
}
