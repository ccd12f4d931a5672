// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at a HugeTLB page: what state it is in, and whether it could be got out of the
 * way.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/spinlock.h>

#include "compat/hugetlb.h"
#include "compat/mm.h"
#include "compat/mmzone.h"
#include "compat/page_ref.h"
#include "examine.h"
#include "gigantic.h"
#include "symbols.h"

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

static enum reason examine_in_use(struct huge_page *hp)
{
	struct folio *folio = hp->folio;

	if (!hugepage_migration_supported(hp->h))
		return REASON_NOT_MIGRATABLE;
	/*
	 * A private mapping of a hugetlbfs with a size limit: migrate_pages()
	 * takes the subpool without a page cache for a page being freed.
	 */
	if (hugetlb_folio_subpool(folio) && folio_test_anon(folio))
		return REASON_NOT_MIGRATABLE;
	hp->dma_pinned = folio_maybe_dma_pinned(folio);
	if (hp->dma_pinned)
		return REASON_PINNED;
	if (!folio_test_hugetlb_migratable(folio))
		return REASON_ISOLATED_BY_OTHER;
	if (has_extra_references(folio))
		return REASON_PINNED;
	return REASON_NONE;
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

/**
 * examine_locked() - look at a HugeTLB page
 * @page: a page, perhaps of a HugeTLB page
 * @hp:   out: what is seen
 *
 * Size, state and head of a page without a reference are only stable under
 * hugetlb_lock: a HugeTLB page becomes one, and ceases to be one, under it.
 *
 * Context: hugetlb_lock is held. Memory must not be taken offline meanwhile.
 */
void examine_locked(struct page *page, struct huge_page *hp)
{
	struct folio *folio;

	*hp = (struct huge_page) { .state = HUGE_PAGE_NONE };
	if (!PageHuge(page))
		return;
	folio = page_folio(page);
	hp->folio = folio;
	hp->end = folio_pfn(folio) + folio_nr_pages(folio);
	hp->nid = folio_nid(folio);
	hp->order = folio_order(folio);
	hp->h = huge_page_hstate(hp->order);
	hp->state = HUGE_PAGE_BUSY;

	if (!hp->h) {
		hp->reason = REASON_RACED;
	} else if (hstate_is_gigantic(hp->h)) {
		hp->reason = REASON_GIGANTIC;
		if (may_be_given_up(folio))
			hp->state = HUGE_PAGE_TO_GIVE_UP;
	} else if (folio_test_hwpoison(folio)) {
		hp->reason = REASON_POISONED;
	} else if (needs_kernel(folio)) {
		hp->state = HUGE_PAGE_OF_KERNEL;
	} else if (folio_ref_count(folio)) {
		/* It may be zero any time now: it is not looked at again. */
		hp->reason = examine_in_use(hp);
		if (hp->reason == REASON_NONE)
			hp->state = HUGE_PAGE_IN_USE;
	} else if (folio_test_hugetlb_freed(folio)) {
		hp->state = HUGE_PAGE_FREE;
		hp->optimized = folio_test_hugetlb_vmemmap_optimized(folio);
	} else {
		/* A free that is on its way, perhaps deferred. */
		hp->reason = REASON_RACED;
	}
}

/**
 * examine_huge_page() - look at a HugeTLB page
 * @pfn: a pfn, perhaps of a HugeTLB page
 * @hp:  out: what is seen, which may be over at once
 *
 * Context: any. Memory must not be taken offline meanwhile.
 */
void examine_huge_page(unsigned long pfn, struct huge_page *hp)
{
	spin_lock_irq(kernel_hugetlb_lock);
	examine_locked(pfn_to_page(pfn), hp);
	spin_unlock_irq(kernel_hugetlb_lock);
}
