/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_HUGETLB_H
#define HUGECONTIG_HUGETLB_H

#include "stats.h"

struct contig_request;
struct hstate;

/**
 * struct huge_page_result - what became of a HugeTLB page
 * @reason:   why it stays; BUSY_NONE if none is there (any more)
 * @moved:    it was replaced or migrated just now
 * @hope:     it stays, but may go after a moment
 * @next_pfn: first pfn that it does not cover; the pfn that was asked for if
 *            there was none, or one that is left to the kernel
 */
struct huge_page_result {
	enum busy_reason reason;
	bool moved;
	bool hope;
	unsigned long next_pfn;
};

void huge_page_isolate_or_dissolve(struct contig_request *req,
				   unsigned long pfn,
				   struct huge_page_result *result);
void huge_page_look(unsigned long pfn, struct huge_page_result *result);
unsigned int huge_page_min_order(void);
struct hstate *huge_page_hstate(unsigned int order);
void huge_page_count(struct hstate *h, int nid);

#endif /* HUGECONTIG_HUGETLB_H */
