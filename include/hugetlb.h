/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_HUGETLB_H
#define HUGECONTIG_HUGETLB_H

#include "reason.h"

struct contig_request;

/**
 * enum huge_page_done - what was done with a HugeTLB page
 * @HUGE_PAGE_STAYS:         nothing, for the reason that is named
 * @HUGE_PAGE_REPLACED:      it was free
 * @HUGE_PAGE_MIGRATED:      it was in use
 * @HUGE_PAGE_GIVEN_UP:      its pool is smaller now
 * @HUGE_PAGE_LEFT:          it is left to the kernel
 * @HUGE_PAGE_GONE:          nothing, it ceased to be one by itself
 * @HUGE_PAGE_WOULD_REPLACE: nothing; that is what would be done
 * @HUGE_PAGE_WOULD_MIGRATE: the same
 * @HUGE_PAGE_WOULD_GIVE_UP: the same
 */
enum huge_page_done {
	HUGE_PAGE_STAYS,
	HUGE_PAGE_REPLACED,
	HUGE_PAGE_MIGRATED,
	HUGE_PAGE_GIVEN_UP,
	HUGE_PAGE_LEFT,
	HUGE_PAGE_GONE,
	HUGE_PAGE_WOULD_REPLACE,
	HUGE_PAGE_WOULD_MIGRATE,
	HUGE_PAGE_WOULD_GIVE_UP,
};

/**
 * struct huge_page_result - what became of a HugeTLB page
 * @reason:   why it stays; REASON_NONE if none is there (any more)
 * @moved:    it was replaced or migrated just now
 * @hope:     it stays, but may go after a moment
 * @next_pfn: first pfn that it does not cover; the pfn that was asked for if
 *            there was none, or one that is left to the kernel
 */
struct huge_page_result {
	enum reason reason;
	bool moved;
	bool hope;
	unsigned long next_pfn;
};

void huge_page_isolate_or_dissolve(struct contig_request *req,
				   unsigned long pfn,
				   struct huge_page_result *result);
unsigned long huge_page_observe(struct contig_request *req, unsigned long pfn);

#endif /* HUGECONTIG_HUGETLB_H */
