/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_STATS_H
#define HUGECONTIG_STATS_H

#include <linux/types.h>

#include "reason.h"

struct seq_file;

/* Events since the module was loaded, in the order of the stats file. */
enum stats_item {
	STATS_REQUESTS,
	STATS_REQUESTS_OK,
	STATS_FREE_REPLACED,
	STATS_INUSE_MIGRATED,
	STATS_WOULD_REPLACE,
	STATS_WOULD_MIGRATE,
	STATS_WOULD_GIVE_UP,
	STATS_SETTLED,
	STATS_GIGANTIC_GIVEN_UP,
	STATS_ENOMEM,
	STATS_INTERRUPTED,
	STATS_SECOND_PASSES,
	STATS_SECOND_PASSES_OK,
	STATS_SECOND_PASSES_OUT_OF_TIME,
	STATS_RULED_OUT_TOO_MANY,
	STATS_RULED_OUT_NO_ROOM,
	NR_STATS_ITEMS
};

/* Times that there are histograms of. */
enum stats_time {
	STATS_REQUEST_TIME,
	STATS_REPLACE_TIME,
	STATS_MIGRATE_TIME,
	NR_STATS_TIMES
};

int stats_init(void);
void stats_exit(void);
void stats_count(enum stats_item item);
void stats_count_page(enum stats_item item, int nid);
void stats_count_time(enum stats_time time, s64 ns);
void stats_count_ruled_out(enum reason reason);
void stats_count_failed(enum reason reason);
void stats_count_busy(enum reason reason, unsigned long pfn);
int stats_show(struct seq_file *m, void *unused);

#endif /* HUGECONTIG_STATS_H */
