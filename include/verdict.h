/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_VERDICT_H
#define HUGECONTIG_VERDICT_H

#include "reason.h"

struct zone;

/* Those of memory that is no HugeTLB page are the reasons; REASON_NONE: it is free. */
enum verdict {
	VERDICT_HUGE_FREE = NR_REASONS,
	VERDICT_HUGE_IN_USE,
	VERDICT_HUGE_BEING_FREED,
	VERDICT_HUGE_GIGANTIC,
	VERDICT_HUGE_PINNED,
	VERDICT_HUGE_POISONED,
	VERDICT_HUGE_NOT_MIGRATABLE,
	VERDICT_HUGE_ISOLATED,
	NR_VERDICTS
};

/**
 * struct huge_verdict - more of a HugeTLB page
 * @size_kb:    its size
 * @use:        free, in_use, or going: its free is not over
 * @mapped:     page tables that it is in
 * @references: to it
 * @reserved:   it is free, and all free ones of its size are promised to mappings
 * @surplus:    it is in use, and leaves the pool when it is let go
 */
struct huge_verdict {
	unsigned long size_kb;
	const char *use;
	int mapped;
	int references;
	bool reserved;
	bool surplus;
};

/**
 * struct verdict_item - memory that has one verdict
 * @pfn:     its first pfn
 * @pages:   how many
 * @nid:     its node; of a hole there is none
 * @zone:    its zone; of a hole NULL
 * @verdict: enum verdict, or enum reason
 * @stays:   it is in the way of a request, and would stay
 * @huge:    more of a HugeTLB page
 */
struct verdict_item {
	unsigned long pfn;
	unsigned long pages;
	int nid;
	const struct zone *zone;
	unsigned int verdict;
	bool stays;
	struct huge_verdict huge;
};

void verdict_of_block(unsigned long pfn, struct verdict_item *item);
void verdict_of_page(unsigned long pfn, struct verdict_item *item);
void verdict_extend(struct verdict_item *item);
const char *verdict_name(unsigned int verdict);

/* Is it one of a HugeTLB page? */
static inline bool verdict_is_huge(unsigned int verdict)
{
	return verdict >= NR_REASONS;
}

#endif /* HUGECONTIG_VERDICT_H */
