/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm/internal.h: what isolate_migratepages_block() returns. Since c2ad7a1ffeaf
 * ("mm,compaction: let isolate_migratepages_{range,block} return error codes", v5.13)
 * an error code, and the pfn to go on with is in the compact_control. Before, the
 * pfn, or 0: for a fatal signal, but also if so many pages of the node are isolated
 * that those on the list have to be migrated first (-EAGAIN today). The caller then
 * failed with -EINTR and no signal. A full list makes it do what is right: migrate,
 * and come back.
 */
#ifndef HUGECONTIG_COMPAT_COMPACTION_H
#define HUGECONTIG_COMPAT_COMPACTION_H

#include <linux/sched/signal.h>
#include <linux/swap.h>
#include <linux/version.h>

#include "layout.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 13, 0)

#define isolate_result_t	int

/* The error code of the original, 0 if it went on to @next. */
static inline int compat_isolate_error(struct compact_control *cc,
				       isolate_result_t result,
				       unsigned long *next)
{
	*next = *compact_control_migrate_pfn(cc);
	return result;
}

/* For the caller of the original. */
static inline isolate_result_t
compat_isolate_result(struct compact_control *cc, int error, unsigned long next)
{
	*compact_control_migrate_pfn(cc) = next;
	return error;
}

#else

#define isolate_result_t	unsigned long

static inline int compat_isolate_error(struct compact_control *cc,
				       isolate_result_t result,
				       unsigned long *next)
{
	if (result) {
		*next = result;
		return 0;
	}
	return fatal_signal_pending(current) ? -EINTR : -EAGAIN;
}

static inline isolate_result_t
compat_isolate_result(struct compact_control *cc, int error, unsigned long next)
{
	if (error == -EAGAIN && *compact_control_nr_migratepages(cc))
		*compact_control_nr_migratepages(cc) = COMPACT_CLUSTER_MAX;
	else if (error)
		return 0;
	return next;
}

#endif

#endif /* HUGECONTIG_COMPAT_COMPACTION_H */
