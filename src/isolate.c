// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands between alloc_contig_range() and isolate_migratepages_block(): takes
 * the HugeTLB pages out of a block of pages and leaves the rest to the
 * original.
 */
#include <linux/hugetlb.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>

#include "contig.h"
#include "hugetlb.h"
#include "isolate.h"
#include "layout.h"
#include "symbols.h"

/*
 * The original returns 0 for a fatal signal, but up to 5.12 also if so many
 * pages of the node are isolated that it should wait, while some are already
 * isolated for this caller: who then fails with -EINTR and no signal. Since
 * c2ad7a1ffeaf ("mm,compaction: let isolate_migratepages_{range,block} return
 * error codes", v5.13) the caller is told to migrate those first and to come
 * back. The number of isolated pages tells it the same: as if the list was full.
 */
static unsigned long isolate_plain(struct compact_control *cc,
				   unsigned long low_pfn, unsigned long end_pfn,
				   isolate_mode_t mode)
{
	unsigned int *nr_isolated = compact_control_nr_migratepages(cc);
	unsigned long pfn;

	pfn = static_call(kernel_isolate_migratepages_block)(cc, low_pfn,
							     end_pfn, mode);
	if (pfn || !*nr_isolated || fatal_signal_pending(current))
		return pfn;
	*nr_isolated = COMPACT_CLUSTER_MAX;
	return low_pfn;
}

/**
 * isolate_block() - isolate the pages of a block, move its HugeTLB pages away
 * @req:     request of the current task
 * @cc:      of the caller; the pages isolated are put on its list
 * @low_pfn: first pfn
 * @end_pfn: pfn after the last, in the same pageblock
 * @mode:    for the original
 *
 * Does what isolate_migratepages_block() does, plus what ae37c7ff79f1 ("mm: make
 * alloc_contig_range handle in-use hugetlb pages", v5.13) added. HugeTLB pages
 * never get on the list of @cc: before 5.13 reclaim_clean_pages_from_list()
 * would take them for pages of the LRU and unmap them.
 *
 * Context: may sleep; no locks held.
 * Return: the first pfn that was not scanned; 0 if the caller has to stop, for
 *         a fatal signal or the reason in the request.
 */
unsigned long isolate_block(struct contig_request *req,
			    struct compact_control *cc, unsigned long low_pfn,
			    unsigned long end_pfn, isolate_mode_t mode)
{
	unsigned long unit = 1UL << huge_page_min_order();
	struct huge_page_result result;
	unsigned long pfn, next, unit_end;

	for (pfn = low_pfn; pfn < end_pfn; pfn = next) {
		next = pfn;
		if (PageHuge(pfn_to_page(pfn))) {
			isolate_or_dissolve_huge_page(req, pfn, &result);
			if (contig_stop(req, result.reason, pfn))
				return 0;
			next = result.next_pfn;
		}
		if (next != pfn)
			continue;
		unit_end = min(ALIGN(pfn + 1, unit), end_pfn);
		next = isolate_plain(cc, pfn, unit_end, mode);
		if (next < unit_end)
			return next;
	}
	if (end_pfn >= req->end)
		contig_settle(req);
	return req->stop == BUSY_NONE ? end_pfn : 0;
}
