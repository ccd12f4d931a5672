/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_STATS_H
#define HUGECONTIG_STATS_H

#include <linux/types.h>

#include "obstacle.h"

struct seq_file;

/**
 * enum busy_reason - why a HugeTLB page stayed where it is
 * @BUSY_NONE:              it did not: the page is out of the way
 * @BUSY_GIGANTIC:          a page that the buddy allocator can not provide
 * @BUSY_PINNED:            somebody holds a reference beyond its mappings
 * @BUSY_POISONED:          marked by hardware memory failure
 * @BUSY_NOT_MIGRATABLE:    in use in a way that migration does not support
 * @BUSY_ISOLATED_BY_OTHER: being migrated by somebody else, or being faulted in
 * @BUSY_RACED:             kept changing its state, or its migration failed
 * @BUSY_NO_MEMORY:         no memory for a replacement: ends the request
 * @BUSY_INTERRUPTED:       a fatal signal is pending: ends the request
 * @BUSY_OUT_OF_TIME:       the limit of time is over: ends the request
 * @NR_BUSY_REASONS:        number of reasons
 */
enum busy_reason {
	BUSY_NONE,
	BUSY_GIGANTIC,
	BUSY_PINNED,
	BUSY_POISONED,
	BUSY_NOT_MIGRATABLE,
	BUSY_ISOLATED_BY_OTHER,
	BUSY_RACED,
	BUSY_NO_MEMORY,
	BUSY_INTERRUPTED,
	BUSY_OUT_OF_TIME,
	NR_BUSY_REASONS
};

/* Events since the module was loaded, in the order of the stats file. */
enum stats_item {
	STATS_REQUESTS,
	STATS_REQUESTS_OK,
	STATS_FREE_REPLACED,
	STATS_INUSE_MIGRATED,
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

void stats_count(enum stats_item item);
void stats_count_ruled_out(enum obstacle obstacle);
void stats_count_busy(enum busy_reason reason, unsigned long pfn);
const char *stats_reason_name(enum busy_reason reason);
int stats_show(struct seq_file *m, void *unused);

#endif /* HUGECONTIG_STATS_H */
