// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gets one HugeTLB page out of the way: a free one is replaced in its pool, one
 * in use is migrated.
 *
 * Mainline got this in v5.13: 369fa227c219 ("mm: make alloc_contig_range handle
 * free hugetlb pages") and ae37c7ff79f1 ("mm: make alloc_contig_range handle
 * in-use hugetlb pages"). Here a free page and its replacement change places
 * while hugetlb_lock is held once, so that no counter of the pool ever moves. A
 * page in use goes to one that comes from the buddy allocator, never from the
 * pool, and then to the buddy allocator itself: it can not end as a free page of
 * the pool inside the range (what 04f13d241b8b "mm: replace free hugepage folios
 * after migration", v6.14, cures).
 */
#include <linux/hugetlb.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "compat/hugetlb.h"
#include "compat/mm.h"
#include "contig.h"
#include "convert.h"
#include "examine.h"
#include "gigantic.h"
#include "hugecontig_trace.h"
#include "hugetlb.h"
#include "migrate.h"
#include "stats.h"
#include "supply.h"
#include "symbols.h"

/*
 * The first waits of a request are for any page. A pin for DMA is made to last
 * (VFIO, RDMA, io_uring), but a short one looks the same (process_vm_readv()).
 * A machine full of the former must not wait for each of them.
 */
#define WAITS_FOR_DMA	3

/* A page stays for that reason. May it be out of the way after a moment? */
static bool may_yet_go(const struct contig_request *req,
		       const struct huge_page *hp, enum reason reason)
{
	switch (reason) {
	case REASON_PINNED:
		return !hp->dma_pinned || req->waits < WAITS_FOR_DMA;
	case REASON_ISOLATED_BY_OTHER:
	case REASON_RACED:
		return true;
	default:
		return false;
	}
}

/*
 * Replaces a free page of the pool. After the allocation, which may sleep, the
 * page is looked at again: it may be in use now, or gone. Then old and new
 * change places on the free list. All is done in one hold of the lock and none
 * of total, free, reserved and surplus has to change, so a pool whose free
 * pages are all reserved is no special case, and nobody sees anything.
 */
static enum reason
alloc_and_dissolve_huge_page(struct contig_request *req, struct huge_page *hp)
{
	struct folio *old = hp->folio;
	struct folio *new;

	if (!supply_fill(&req->supply, hp->h, hp->nid))
		return REASON_NO_MEMORY;
	if (hp->optimized)
		convert_optimize(req->supply.spare);

	spin_lock_irq(kernel_hugetlb_lock);
	examine_locked(folio_page(old, 0), hp);
	if (hp->state != HUGE_PAGE_FREE || hp->folio != old ||
	    !supply_fits(req->supply.spare, hp->h, hp->nid)) {
		spin_unlock_irq(kernel_hugetlb_lock);
		if (convert_restore(req->supply.spare) != REASON_NONE)
			req->supply.spare = NULL;
		return REASON_RACED;
	}
	new = req->supply.spare;
	convert_to_huge(new);
	folio_set_hugetlb_freed(new);
	list_replace(&old->lru, &new->lru);
	convert_to_plain(old);
	spin_unlock_irq(kernel_hugetlb_lock);

	/* Its pageblock is isolated: nobody can allocate it again. */
	req->supply.spare = NULL;
	req->done = HUGE_PAGE_REPLACED;
	return supply_put(old);
}

/* A gigantic page is not given up for another one. */
static bool would_give_up(const struct contig_request *req,
			  const struct huge_page *hp)
{
	return req->end - req->start < pages_per_huge_page(hp->h);
}

static enum reason try_huge_page(struct contig_request *req,
				 struct huge_page *hp)
{
	if (fatal_signal_pending(current))
		return REASON_INTERRUPTED;
	switch (hp->state) {
	case HUGE_PAGE_FREE:
		return alloc_and_dissolve_huge_page(req, hp);
	case HUGE_PAGE_TO_GIVE_UP:
		return would_give_up(req, hp) ?
			gigantic_dissolve(req, hp->folio) : hp->reason;
	case HUGE_PAGE_IN_USE:
		return migrate_huge_page(req, hp->folio, hp->h, hp->nid);
	default:
		return hp->reason;
	}
}

/* Of what was done the request, the statistics and the tracepoint tell the same. */
static void tell(struct contig_request *req, unsigned long pfn,
		 const struct huge_page *found, enum reason reason, ktime_t begin)
{
	s64 duration = ktime_to_ns(ktime_sub(ktime_get(), begin));

	if (req->done == HUGE_PAGE_REPLACED) {
		req->replaced++;
		stats_count_page(STATS_FREE_REPLACED, found->nid);
		stats_count_time(STATS_REPLACE_TIME, duration);
	} else if (req->done == HUGE_PAGE_MIGRATED) {
		req->migrated++;
		stats_count_page(STATS_INUSE_MIGRATED, found->nid);
		stats_count_time(STATS_MIGRATE_TIME, duration);
	}
	trace_page(pfn, found, req->done, reason, duration);
}

/* Attempts for one page; between two of them the task sleeps. */
#define HUGE_PAGE_ATTEMPTS	8

/**
 * huge_page_isolate_or_dissolve() - get a HugeTLB page out of the way
 * @req:    request of the current task
 * @pfn:    a pfn of the range of @req, perhaps of a HugeTLB page
 * @result: out: what became of it
 *
 * Pages that can not be moved are recognised before anything is allocated.
 *
 * Named after the function of mainline's 369fa227c219 and ae37c7ff79f1 (v5.13).
 *
 * Context: may sleep; no locks held. The pageblock is isolated.
 */
void huge_page_isolate_or_dissolve(struct contig_request *req,
				   unsigned long pfn,
				   struct huge_page_result *result)
{
	struct huge_page hp, found = { };
	ktime_t begin = ktime_get();
	unsigned int attempt = 0;

	req->done = HUGE_PAGE_STAYS;
	do {
		*result = (struct huge_page_result) { .next_pfn = pfn };
		examine_huge_page(pfn, &hp);
		if (hp.state == HUGE_PAGE_NONE)
			break;
		found = hp;
		if (hp.state == HUGE_PAGE_OF_KERNEL) {
			req->for_kernel = true;
			req->done = HUGE_PAGE_LEFT;
			break;
		}
		result->next_pfn = hp.end;
		result->reason = try_huge_page(req, &hp);
		result->moved = result->reason == REASON_NONE;
		result->hope = may_yet_go(req, &hp, result->reason);
	} while (result->hope && ++attempt < HUGE_PAGE_ATTEMPTS &&
		 contig_wait(req));
	req->moved |= result->moved;
	if (found.state == HUGE_PAGE_NONE)
		return;
	/* It was there, and ceased to be one without us. */
	if (hp.state == HUGE_PAGE_NONE && req->done == HUGE_PAGE_STAYS)
		req->done = HUGE_PAGE_GONE;
	tell(req, pfn, &found, result->reason, begin);
}

/* What try_huge_page() would do, as far as is known before anything is allocated. */
static enum huge_page_done what_would_be_done(const struct contig_request *req,
					      const struct huge_page *hp)
{
	switch (hp->state) {
	case HUGE_PAGE_FREE:
		return HUGE_PAGE_WOULD_REPLACE;
	case HUGE_PAGE_IN_USE:
		return HUGE_PAGE_WOULD_MIGRATE;
	case HUGE_PAGE_TO_GIVE_UP:
		return would_give_up(req, hp) ? HUGE_PAGE_WOULD_GIVE_UP :
						HUGE_PAGE_STAYS;
	case HUGE_PAGE_OF_KERNEL:
		return HUGE_PAGE_LEFT;
	default:
		return HUGE_PAGE_STAYS;
	}
}

/**
 * huge_page_observe() - what would be done with a HugeTLB page?
 * @req: request of the current task
 * @pfn: a pfn of the range of @req, perhaps of a HugeTLB page
 *
 * Counts it, and does nothing.
 *
 * Context: may sleep; no locks held.
 * Return: the pfn to go on with.
 */
unsigned long huge_page_observe(struct contig_request *req, unsigned long pfn)
{
	ktime_t begin = ktime_get();
	struct huge_page hp;

	examine_huge_page(pfn, &hp);
	if (hp.state == HUGE_PAGE_NONE)
		return pfn + 1;
	req->done = what_would_be_done(req, &hp);
	switch (req->done) {
	case HUGE_PAGE_WOULD_REPLACE:
		stats_count(STATS_WOULD_REPLACE);
		break;
	case HUGE_PAGE_WOULD_MIGRATE:
		stats_count(STATS_WOULD_MIGRATE);
		break;
	case HUGE_PAGE_WOULD_GIVE_UP:
		stats_count(STATS_WOULD_GIVE_UP);
		hp.reason = REASON_NONE;
		break;
	case HUGE_PAGE_STAYS:
		contig_blocked(req, hp.reason, pfn);
		break;
	default:
		break;
	}
	tell(req, pfn, &hp, hp.reason, begin);
	return hp.end;
}
