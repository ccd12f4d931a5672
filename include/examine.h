/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_EXAMINE_H
#define HUGECONTIG_EXAMINE_H

#include "reason.h"

struct folio;
struct hstate;
struct page;

/**
 * enum huge_page_state - what state a HugeTLB page is in
 * @HUGE_PAGE_NONE:       no HugeTLB page (any more)
 * @HUGE_PAGE_OF_KERNEL:  the kernel's own functions have to move it
 * @HUGE_PAGE_FREE:       on a free list of the pool
 * @HUGE_PAGE_TO_GIVE_UP: a free one that nothing can replace
 * @HUGE_PAGE_IN_USE:     in use, nothing known against migration
 * @HUGE_PAGE_BUSY:       stays, at least for now
 */
enum huge_page_state {
	HUGE_PAGE_NONE,
	HUGE_PAGE_OF_KERNEL,
	HUGE_PAGE_FREE,
	HUGE_PAGE_TO_GIVE_UP,
	HUGE_PAGE_IN_USE,
	HUGE_PAGE_BUSY,
};

/**
 * struct huge_page - what was seen of a HugeTLB page
 * @folio:      the page, without a reference
 * @end:        pfn after it
 * @h:          its size, or NULL: one that is being freed may be of any order
 * @nid:        its node
 * @order:      its order
 * @state:      of the page; with HUGE_PAGE_NONE nothing else is valid
 * @reason:     with HUGE_PAGE_BUSY and HUGE_PAGE_TO_GIVE_UP: why it stays
 * @dma_pinned: with REASON_PINNED: for DMA
 * @optimized:  with HUGE_PAGE_FREE: it lacks most of its struct pages
 */
struct huge_page {
	struct folio *folio;
	unsigned long end;
	struct hstate *h;
	int nid;
	unsigned int order;
	enum huge_page_state state;
	enum reason reason;
	bool dma_pinned;
	bool optimized;
};

unsigned int huge_page_min_order(void);
struct hstate *huge_page_hstate(unsigned int order);
void huge_page_count(struct hstate *h, int nid);
void examine_locked(struct page *page, struct huge_page *hp);
void examine_huge_page(unsigned long pfn, struct huge_page *hp);

#endif /* HUGECONTIG_EXAMINE_H */
