// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands between alloc_contig_range() and isolate_migratepages_block(): takes
 * the HugeTLB pages out of a block of pages and leaves the rest to the
 * original.
 */
#include <linux/hugetlb.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "compat/compaction.h"
#include "contig.h"
#include "examine.h"
#include "hugetlb.h"
#include "isolate.h"
#include "symbols.h"

static int isolate_plain(struct compact_control *cc, unsigned long low_pfn,
			 unsigned long end_pfn, isolate_mode_t mode,
			 unsigned long *next)
{
	isolate_result_t result;

	*next = low_pfn;
	result = static_call(kernel_isolate_migratepages_block)(cc, low_pfn,
								end_pfn, mode);
	return compat_isolate_error(cc, result, next);
}

/**
 * isolate_block() - isolate the pages of a block, move its HugeTLB pages away
 * @req:     request of the current task
 * @cc:      of the caller; the pages isolated are put on its list
 * @low_pfn: first pfn
 * @end_pfn: pfn after the last, in the same pageblock
 * @mode:    for the original
 * @next:    out: where to go on
 *
 * Does what isolate_migratepages_block() does, plus what ae37c7ff79f1 ("mm: make
 * alloc_contig_range handle in-use hugetlb pages", v5.13) added. HugeTLB pages
 * never get on the list of @cc: before 5.13 reclaim_clean_pages_from_list()
 * would take them for pages of the LRU and unmap them.
 *
 * A HugeTLB page that is left to the kernel is one for the original.
 *
 * Context: may sleep; no locks held.
 * Return: 0; an error if the caller has to stop: for a fatal signal, the reason in
 *         the request, or -EAGAIN if what is on the list has to be migrated first.
 *         @next is the first pfn that was not scanned.
 */
int isolate_block(struct contig_request *req, struct compact_control *cc,
		  unsigned long low_pfn, unsigned long end_pfn,
		  isolate_mode_t mode, unsigned long *next)
{
	unsigned long unit = 1UL << huge_page_min_order();
	struct huge_page_result result;
	unsigned long unit_end;
	int error;

	for (*next = low_pfn; *next < end_pfn;) {
		unsigned long pfn = *next;

		if (contig_out_of_time(req, pfn))
			return contig_stop_error(req);
		if (PageHuge(pfn_to_page(pfn))) {
			huge_page_isolate_or_dissolve(req, pfn, &result);
			if (contig_stop(req, result.reason, pfn))
				return contig_stop_error(req);
			*next = result.next_pfn;
		}
		if (*next != pfn)
			continue;
		unit_end = min(ALIGN(pfn + 1, unit), end_pfn);
		error = isolate_plain(cc, pfn, unit_end, mode, next);
		if (error || *next < unit_end)
			return error;
	}
	/*
	 * Once, and not for blocks beyond: since b2c9e2fbba32 ("mm: make
	 * alloc_contig_range work at pageblock granularity", v5.19) all of a page
	 * that crosses an end of the range is scanned. And not where the original has
	 * a place for it, which is called once all is migrated.
	 */
	if (!kernel_replaces_free_pages && low_pfn < req->end &&
	    end_pfn >= req->end)
		return contig_settle(req);
	return 0;
}

/**
 * isolate_observe() - count what isolate_block() would do in a block
 * @req:     request of the current task
 * @low_pfn: first pfn
 * @end_pfn: pfn after the last
 *
 * The original is asked for the same block several times: what was counted is not
 * counted again.
 *
 * Context: may sleep; no locks held.
 */
void isolate_observe(struct contig_request *req, unsigned long low_pfn,
		     unsigned long end_pfn)
{
	unsigned long unit = 1UL << huge_page_min_order();
	unsigned long pfn = max(low_pfn, req->observed);

	while (pfn < end_pfn) {
		if (PageHuge(pfn_to_page(pfn)))
			pfn = huge_page_observe(req, pfn);
		else
			pfn = ALIGN(pfn + 1, unit);
	}
	req->observed = max(req->observed, pfn);
}
