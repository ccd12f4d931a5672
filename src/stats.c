// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module did, and why it could not do more.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "stats.h"

static const char * const item_names[NR_STATS_ITEMS] = {
	[STATS_REQUESTS]	= "requests",
	[STATS_REQUESTS_OK]	= "requests_ok",
	[STATS_FREE_REPLACED]	= "free_replaced",
	[STATS_INUSE_MIGRATED]	= "inuse_migrated",
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

static const char * const reason_names[NR_BUSY_REASONS] = {
	[BUSY_NONE]		 = "none",
	[BUSY_GIGANTIC]		 = "gigantic",
	[BUSY_PINNED]		 = "pinned",
	[BUSY_POISONED]		 = "poisoned",
	[BUSY_NOT_MIGRATABLE]	 = "not_migratable",
	[BUSY_ISOLATED_BY_OTHER] = "isolated_by_other",
	[BUSY_RACED]		 = "raced",
	[BUSY_NO_MEMORY]	 = "no_memory",
	[BUSY_INTERRUPTED]	 = "interrupted",
	[BUSY_OUT_OF_TIME]	 = "out_of_time",
};

/* Those that a range can be ruled out for. */
static const char * const obstacle_names[NR_OBSTACLES] = {
	[OBSTACLE_GIGANTIC]	  = "gigantic",
	[OBSTACLE_PINNED]	  = "pinned",
	[OBSTACLE_POISONED]	  = "poisoned",
	[OBSTACLE_NOT_MIGRATABLE] = "not_migratable",
	[OBSTACLE_RESERVED]	  = "reserved",
	[OBSTACLE_UNMOVABLE]	  = "unmovable",
	[OBSTACLE_OFF_LRU]	  = "off_lru",
	[OBSTACLE_ISOLATED]	  = "isolated",
	[OBSTACLE_CMA]		  = "cma",
	[OBSTACLE_HOLE]		  = "hole",
};

static atomic_long_t items[NR_STATS_ITEMS];
static atomic_long_t busy[NR_BUSY_REASONS];
static atomic_long_t ruled_out[NR_OBSTACLES];

/* Keeps pfn and reason of the last blocking page together. */
static DEFINE_SPINLOCK(last_lock);
static unsigned long last_pfn;
static enum busy_reason last_reason;

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
 * stats_count_ruled_out() - count a range that can not be emptied
 * @obstacle: what is in it, and stays
 *
 * Context: any.
 */
void stats_count_ruled_out(enum obstacle obstacle)
{
	atomic_long_inc(&ruled_out[obstacle]);
}

/**
 * stats_count_busy() - count a page that stayed in the way of a request
 * @reason: why
 * @pfn:    a pfn of the page inside the range of the request
 *
 * Context: task context.
 */
void stats_count_busy(enum busy_reason reason, unsigned long pfn)
{
	atomic_long_inc(&busy[reason]);
	spin_lock(&last_lock);
	last_pfn = pfn;
	last_reason = reason;
	spin_unlock(&last_lock);
}

/**
 * stats_reason_name() - a reason as users see it
 * @reason: the reason
 *
 * Context: any.
 * Return: its name, static.
 */
const char *stats_reason_name(enum busy_reason reason)
{
	return reason_names[reason];
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
	enum busy_reason reason;
	unsigned long pfn;
	unsigned int i;

	for (i = 0; i < NR_STATS_ITEMS; i++)
		seq_printf(m, "%s %ld\n", item_names[i],
			   atomic_long_read(&items[i]));
	for (i = BUSY_NONE + 1; i < NR_BUSY_REASONS; i++)
		seq_printf(m, "busy_%s %ld\n", reason_names[i],
			   atomic_long_read(&busy[i]));
	for (i = 0; i < NR_OBSTACLES; i++)
		if (obstacle_names[i])
			seq_printf(m, "ruled_out_%s %ld\n", obstacle_names[i],
				   atomic_long_read(&ruled_out[i]));

	spin_lock(&last_lock);
	pfn = last_pfn;
	reason = last_reason;
	spin_unlock(&last_lock);
	if (reason != BUSY_NONE)
		seq_printf(m, "last_blocking_pfn %#lx\nlast_blocking_reason %s\n",
			   pfn, stats_reason_name(reason));
	return 0;
}
