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
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "compat/hugetlb.h"
#include "compat/mm.h"
#include "compat/mmzone.h"
#include "compat/page_ref.h"
#include "contig.h"
#include "gigantic.h"
#include "hugecontig_trace.h"
#include "hugetlb.h"
#include "migrate.h"
#include "supply.h"
#include "symbols.h"

enum huge_page_state {
	HUGE_PAGE_NONE,		/* no HugeTLB page (any more) */
	HUGE_PAGE_OF_KERNEL,	/* the kernel's own functions have to move it */
	HUGE_PAGE_FREE,		/* on a free list of the pool */
	HUGE_PAGE_TO_GIVE_UP,	/* a free one that nothing can replace */
	HUGE_PAGE_IN_USE,	/* in use, nothing known against migration */
	HUGE_PAGE_BUSY,		/* stays, at least for now */
};

/* What examine_huge_page() saw. Holds no reference: may be over at once. */
struct huge_page {
	struct folio *folio;
	unsigned long end;		/* pfn after it */
	struct hstate *h;
	int nid;
	enum huge_page_state state;
	enum busy_reason reason;	/* with HUGE_PAGE_BUSY and _TO_GIVE_UP */
	bool dma_pinned;		/* with BUSY_PINNED */
	bool optimized;			/* with HUGE_PAGE_FREE: lacks struct pages */
};

/**
 * huge_page_min_order() - smallest order of the HugeTLB pages of this machine
 *
 * Context: any. The table is complete after boot.
 * Return: the order; a naturally aligned block of it is either wholly part of
 *         one HugeTLB page or of none.
 */
unsigned int huge_page_min_order(void)
{
	unsigned int order = MAX_PAGE_ORDER;
	int i;

	for (i = 0; i < *kernel_hugetlb_max_hstate; i++)
		order = min(order, huge_page_order(&kernel_hstates[i]));
	return order;
}

/**
 * huge_page_hstate() - the hugetlb page size of an order
 * @order: order of a page
 *
 * The header's size_to_hstate() is not exported.
 *
 * Context: any.
 * Return: the size, or NULL: a page that is being freed may be of any order.
 */
struct hstate *huge_page_hstate(unsigned int order)
{
	int i;

	for (i = 0; i < *kernel_hugetlb_max_hstate; i++)
		if (huge_page_order(&kernel_hstates[i]) == order)
			return &kernel_hstates[i];
	return NULL;
}

/**
 * huge_page_count() - count a page more in the pool
 * @h:   its size
 * @nid: its node
 *
 * Context: hugetlb_lock is held.
 */
void huge_page_count(struct hstate *h, int nid)
{
	h->nr_huge_pages++;
	h->nr_huge_pages_node[nid]++;
}

/*
 * References beyond the mappings and the page cache: get_user_pages() of
 * vmsplice, direct IO and the like. A fault or a lookup in progress looks the
 * same for an instant. The count is read first: a mapping takes its reference
 * before it shows in the map count, and only loses it after.
 */
static bool has_extra_references(struct folio *folio)
{
	int references = folio_ref_count(folio);

	smp_rmb(); /* pairs with the atomic RMWs of folio_get() and the rmap */
	return references > compat_hugetlb_expected_ref_count(folio);
}

static enum busy_reason examine_in_use(struct huge_page *hp)
{
	struct folio *folio = hp->folio;

	if (!hugepage_migration_supported(hp->h))
		return BUSY_NOT_MIGRATABLE;
	/*
	 * A private mapping of a hugetlbfs with a size limit: migrate_pages()
	 * takes the subpool without a page cache for a page being freed.
	 */
	if (hugetlb_folio_subpool(folio) && folio_test_anon(folio))
		return BUSY_NOT_MIGRATABLE;
	hp->dma_pinned = folio_maybe_dma_pinned(folio);
	if (hp->dma_pinned)
		return BUSY_PINNED;
	if (!folio_test_hugetlb_migratable(folio))
		return BUSY_ISOLATED_BY_OTHER;
	if (has_extra_references(folio))
		return BUSY_PINNED;
	return BUSY_NONE;
}

/*
 * A page that lacks the struct pages of most of its tail pages has to get them back
 * before it can be freed, and one that came from CMA goes back there. Each kernel
 * that has such pages can move them by itself.
 */
static bool needs_kernel(struct folio *folio)
{
	return (folio_test_hugetlb_vmemmap_optimized(folio) &&
		!kernel_vmemmap_known) || folio_test_hugetlb_cma(folio);
}

/* The administrator's choice; what is reserved stays in any case. */
static bool may_be_given_up(struct folio *folio)
{
	return READ_ONCE(gigantic_give_up) && kernel_dissolve_known &&
	       !folio_ref_count(folio) && folio_test_hugetlb_freed(folio);
}

/*
 * Size, state and head of a page without a reference are only stable under
 * hugetlb_lock: a HugeTLB page becomes one, and ceases to be one, under it.
 */
static void examine_locked(struct page *page, struct huge_page *hp)
{
	struct folio *folio;

	hp->state = HUGE_PAGE_NONE;
	if (!PageHuge(page))
		return;
	folio = page_folio(page);
	hp->folio = folio;
	hp->end = folio_pfn(folio) + folio_nr_pages(folio);
	hp->nid = folio_nid(folio);
	hp->h = huge_page_hstate(folio_order(folio));
	hp->state = HUGE_PAGE_BUSY;

	if (!hp->h) {
		hp->reason = BUSY_RACED;
	} else if (hstate_is_gigantic(hp->h)) {
		hp->reason = BUSY_GIGANTIC;
		if (may_be_given_up(folio))
			hp->state = HUGE_PAGE_TO_GIVE_UP;
	} else if (folio_test_hwpoison(folio)) {
		hp->reason = BUSY_POISONED;
	} else if (needs_kernel(folio)) {
		hp->state = HUGE_PAGE_OF_KERNEL;
	} else if (folio_ref_count(folio)) {
		/* It may be zero any time now: it is not looked at again. */
		hp->reason = examine_in_use(hp);
		if (hp->reason == BUSY_NONE)
			hp->state = HUGE_PAGE_IN_USE;
	} else if (folio_test_hugetlb_freed(folio)) {
		hp->state = HUGE_PAGE_FREE;
		hp->optimized = folio_test_hugetlb_vmemmap_optimized(folio);
	} else {
		/* A free that is on its way, perhaps deferred. */
		hp->reason = BUSY_RACED;
	}
}

static void examine_huge_page(unsigned long pfn, struct huge_page *hp)
{
	spin_lock_irq(kernel_hugetlb_lock);
	examine_locked(pfn_to_page(pfn), hp);
	spin_unlock_irq(kernel_hugetlb_lock);
}

/**
 * huge_page_look() - could a HugeTLB page be got out of the way?
 * @pfn:    a pfn, perhaps of a HugeTLB page
 * @result: out: what would be known before anything is allocated
 *
 * Context: any. Memory must not be taken offline meanwhile.
 */
void huge_page_look(unsigned long pfn, struct huge_page_result *result)
{
	struct huge_page hp;

	examine_huge_page(pfn, &hp);
	*result = (struct huge_page_result) { .next_pfn = pfn };
	if (hp.state == HUGE_PAGE_NONE)
		return;
	result->next_pfn = hp.end;
	if (hp.state == HUGE_PAGE_BUSY || hp.state == HUGE_PAGE_TO_GIVE_UP)
		result->reason = hp.reason;
}

/*
 * The first waits of a request are for any page. A pin for DMA is made to last
 * (VFIO, RDMA, io_uring), but a short one looks the same (process_vm_readv()).
 * A machine full of the former must not wait for each of them.
 */
#define WAITS_FOR_DMA	3

/* A page stays for that reason. May it be out of the way after a moment? */
static bool may_yet_go(const struct contig_request *req,
		       const struct huge_page *hp, enum busy_reason reason)
{
	switch (reason) {
	case BUSY_PINNED:
		return !hp->dma_pinned || req->waits < WAITS_FOR_DMA;
	case BUSY_ISOLATED_BY_OTHER:
	case BUSY_RACED:
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
static enum busy_reason
alloc_and_dissolve_huge_page(struct contig_request *req, struct huge_page *hp)
{
	struct folio *old = hp->folio;
	struct folio *new;

	if (!supply_fill(&req->spare, hp->h, hp->nid, req->gfp))
		return BUSY_NO_MEMORY;
	if (hp->optimized)
		supply_optimize(req->spare);

	spin_lock_irq(kernel_hugetlb_lock);
	examine_locked(folio_page(old, 0), hp);
	if (hp->state != HUGE_PAGE_FREE || hp->folio != old ||
	    !supply_fits(req->spare, hp->h, hp->nid)) {
		spin_unlock_irq(kernel_hugetlb_lock);
		if (supply_restore(req->spare) != BUSY_NONE)
			req->spare = NULL;
		return BUSY_RACED;
	}
	new = req->spare;
	supply_make_huge(new);
	folio_set_hugetlb_freed(new);
	list_replace(&old->lru, &new->lru);
	supply_unmake_huge(old);
	spin_unlock_irq(kernel_hugetlb_lock);

	/* Its pageblock is isolated: nobody can allocate it again. */
	req->spare = NULL;
	stats_count(STATS_FREE_REPLACED);
	return supply_put(old);
}

static enum busy_reason try_huge_page(struct contig_request *req,
				      struct huge_page *hp)
{
	if (fatal_signal_pending(current))
		return BUSY_INTERRUPTED;
	switch (hp->state) {
	case HUGE_PAGE_FREE:
		return alloc_and_dissolve_huge_page(req, hp);
	case HUGE_PAGE_TO_GIVE_UP:
		/* Not for another gigantic page. */
		if (req->end - req->start >= pages_per_huge_page(hp->h))
			return hp->reason;
		return gigantic_dissolve(hp->folio);
	case HUGE_PAGE_IN_USE:
		return migrate_huge_page(req, hp->folio, hp->h, hp->nid);
	default:
		return hp->reason;
	}
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
	unsigned int attempt = 0;
	struct huge_page hp;

	do {
		*result = (struct huge_page_result) { .next_pfn = pfn };
		examine_huge_page(pfn, &hp);
		req->for_kernel |= hp.state == HUGE_PAGE_OF_KERNEL;
		if (hp.state == HUGE_PAGE_NONE ||
		    hp.state == HUGE_PAGE_OF_KERNEL)
			break;
		result->next_pfn = hp.end;
		result->reason = try_huge_page(req, &hp);
		result->moved = result->reason == BUSY_NONE;
		result->hope = may_yet_go(req, &hp, result->reason);
	} while (result->hope && ++attempt < HUGE_PAGE_ATTEMPTS &&
		 contig_wait(req));
	req->moved |= result->moved;
	trace_hugecontig_huge_page(pfn, result->reason);
}
