/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_LAYOUT_H
#define HUGECONTIG_LAYOUT_H

#include <linux/types.h>

struct compact_control;

int layout_check_prototype(const char *function, const char *prototype);
bool layout_has_prototype(const char *function, const char *prototype);
int layout_resolve(void);

/* Offsets in struct compact_control, in bytes; set by layout_resolve(). */
extern size_t layout_nr_migratepages, layout_migrate_pfn, layout_alloc_contig;

/* Number of pages on the list of isolated pages. */
static inline unsigned int *
compact_control_nr_migratepages(struct compact_control *cc)
{
	return (unsigned int *)((char *)cc + layout_nr_migratepages);
}

/* Where isolate_migratepages_block() leaves the pfn to go on with, since v5.13. */
static inline unsigned long *
compact_control_migrate_pfn(struct compact_control *cc)
{
	return (unsigned long *)((char *)cc + layout_migrate_pfn);
}

/* Is this alloc_contig_range(), and not compaction? */
static inline bool
compact_control_alloc_contig(const struct compact_control *cc)
{
	return *(const bool *)((const char *)cc + layout_alloc_contig);
}

#endif /* HUGECONTIG_LAYOUT_H */
