// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a HugeTLB page of a page of the supply, and the other way round.
 */
#include <linux/hugetlb.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "compat/hugetlb.h"
#include "compat/mm.h"
#include "compat/page_ref.h"
#include "convert.h"
#include "examine.h"
#include "symbols.h"

/**
 * convert_to_huge() - make a HugeTLB page of a page of the supply
 * @folio: the page; if convert_optimize() has made it one, nothing is done
 *
 * It still is on no list, and counted nowhere.
 *
 * Context: any; hugetlb_lock need not be held. Who holds it, as examine_locked() and
 * dissolve_free_huge_page(), sees no HugeTLB page, or one that is neither free nor in use.
 */
void convert_to_huge(struct folio *folio)
{
	if (PageHuge(folio_page(folio, 0)))
		return;
	/* 5.10 leaves that mark on a page that ceases to be one. */
	folio_clear_hugetlb_freed(folio);
	/*
	 * Pairs with the order of the loads in examine_locked(), which amd64 keeps: with
	 * the old mark it would take the page for one on a free list.
	 */
	smp_wmb();
	__folio_set_hugetlb(folio);
	compat_clear_hugetlb_state(folio);
	INIT_LIST_HEAD(&folio->lru);
}

/**
 * convert_to_plain() - make a page of the supply of a HugeTLB page
 * @folio: a page with a reference count of zero, on no list
 *
 * It is left as a plain compound page: update_and_free_page() of 5.10 leaves no
 * destructor, and a speculative reference that is dropped last then calls NULL.
 *
 * One that lacks struct pages stays a HugeTLB page until convert_restore(), so that
 * nobody writes to those that it has in common with itself.
 *
 * What its users have left in the flags of its pages is for later, without the lock: see
 * supply_put(), and who keeps the page instead.
 *
 * Context: hugetlb_lock is held. The counters of the pool are left alone.
 */
void convert_to_plain(struct folio *folio)
{
	if (folio_test_hugetlb_vmemmap_optimized(folio)) {
		folio_clear_hugetlb_freed(folio);
		return;
	}
	folio->mapping = NULL;
	compat_clear_hugetlb_state(folio);
	__folio_clear_hugetlb(folio);
}

/**
 * convert_optimize() - make a HugeTLB page without most of its struct pages
 * @folio: page of the supply
 *
 * To replace one that is so (vmemmap optimisation, HVO): or what the administrator
 * has saved by it would be lost page by page. The kernel looks whether that is still
 * wanted. Not everybody copes with a HugeTLB page that is neither free nor in use,
 * dissolve_free_huge_page() spins until that is over: so it is done shortly before
 * the page is used.
 *
 * Context: may sleep; not under hugetlb_lock.
 */
void convert_optimize(struct folio *folio)
{
	struct hstate *h = huge_page_hstate(folio_order(folio));

	convert_to_huge(folio);
	static_call(kernel_vmemmap_optimize)(h, COMPAT_HUGETLB_FOLIO(folio));
}

/*
 * 6.12.117 gives each page of struct pages that it restores a copy of the first one:
 * with the head, and what else the first tail pages have for themselves. Those at the
 * end of each are as they have to be.
 */
static void mend_struct_pages(struct folio *folio)
{
	const long nr = PAGE_SIZE / sizeof(struct page);
	long i;

	for (i = nr; i < folio_nr_pages(folio); i++)
		if (i % nr < 1 << HUGE_PAGE_MIN_ORDER)
			*folio_page(folio, i) = *folio_page(folio, i | (nr - 1));
}

static bool restore_struct_pages(struct folio *folio)
{
	struct hstate *h = huge_page_hstate(folio_order(folio));

	if (!folio_test_hugetlb_vmemmap_optimized(folio))
		return true;
	if (static_call(kernel_vmemmap_restore)(h, COMPAT_HUGETLB_FOLIO(folio)))
		return false;
	mend_struct_pages(folio);
	return true;
}

/**
 * convert_restore() - make a plain page of one that still is a HugeTLB page
 * @folio: page of the supply, of which convert_optimize() has made a HugeTLB page, or
 *         that convert_to_plain() has left one; with any other nothing is done
 *
 * Its struct pages come back. There is memory for them as a rule: the page that
 * took its place has just lost as many on the same node. If there is none, the kernel
 * tries later, and keeps the page as a surplus one if it fails, too.
 *
 * Context: may sleep; not under hugetlb_lock.
 * Return: %REASON_NONE, or %REASON_NO_MEMORY: then the page is not the caller's any more.
 */
enum reason convert_restore(struct folio *folio)
{
	if (!PageHuge(folio_page(folio, 0)))
		return REASON_NONE;
	if (!restore_struct_pages(folio)) {
		/* The kernel takes it off the list that it is on. */
		INIT_LIST_HEAD(&folio->lru);
		/* Pairs with the freeze that made it one of the supply. */
		folio_ref_unfreeze(folio, 1);
		convert_leave_to_kernel(folio);
		return REASON_NO_MEMORY;
	}
	spin_lock_irq(kernel_hugetlb_lock);
	convert_to_plain(folio);
	spin_unlock_irq(kernel_hugetlb_lock);
	return REASON_NONE;
}

/**
 * convert_leave_to_kernel() - leave it to the kernel to free a HugeTLB page
 * @folio: a page that the counters of the pool do not include
 *
 * The page is counted, one too many, until the last reference to it is dropped: a
 * temporary page is uncounted when it is freed.
 *
 * Context: any; not under hugetlb_lock. Drops the caller's reference.
 */
void convert_leave_to_kernel(struct folio *folio)
{
	spin_lock_irq(kernel_hugetlb_lock);
	huge_page_count(huge_page_hstate(folio_order(folio)), folio_nid(folio));
	folio_set_hugetlb_temporary(folio);
	spin_unlock_irq(kernel_hugetlb_lock);
	folio_put(folio);
}
