// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the pages come from that replace HugeTLB pages, and where those go that
 * were replaced.
 *
 * A page of the supply is a compound page with a reference count of zero: no
 * speculative reference can be taken while it becomes a HugeTLB page. With one
 * on it, the pool would have a free page whose holder frees it a second time.
 */
#include <linux/gfp.h>
#include <linux/hugetlb.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/spinlock.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "buddy.h"
#include "compat/hugetlb.h"
#include "compat/mm.h"
#include "compat/page_ref.h"
#include "examine.h"
#include "supply.h"
#include "symbols.h"

/*
 * What hugetlb itself asks for (htlb_alloc_mask(), which is not for modules since
 * v7.x, of a size that is not gigantic), with three differences. The node is the old
 * page's or none: the pool is kept per node. A cpuset confines what a task
 * uses, but the page goes to the pool, not to the task. And a caller that must
 * not enter IO or the file system stays out of both here too.
 */
static gfp_t supply_gfp(struct hstate *h, gfp_t caller)
{
	gfp_t gfp = hugepage_migration_supported(h) ? GFP_HIGHUSER_MOVABLE :
						      GFP_HIGHUSER;

	gfp &= ~__GFP_HARDWALL;
	gfp &= caller | ~(__GFP_IO | __GFP_FS);
	return gfp | __GFP_COMP | __GFP_THISNODE | __GFP_RETRY_MAYFAIL |
	       __GFP_NOWARN;
}

/* What reclaim can free in a zone, as the kernel itself estimates it. */
static unsigned long reclaimable_pages(struct zone *zone)
{
	unsigned long nr;

	nr = zone_page_state_snapshot(zone, NR_ZONE_INACTIVE_FILE) +
	     zone_page_state_snapshot(zone, NR_ZONE_ACTIVE_FILE);
	if (get_nr_swap_pages() > 0)
		nr += zone_page_state_snapshot(zone, NR_ZONE_INACTIVE_ANON) +
		      zone_page_state_snapshot(zone, NR_ZONE_ACTIVE_ANON);
	return nr;
}

/*
 * The allocator lets a caller that may sleep have all above the min watermark.
 * A caller of alloc_contig_range() that takes it again and again, and has what
 * it emptied isolated all the while, leaves the next page fault nothing: the
 * OOM killer ends a process, for want of memory that is about to be given away.
 * Up to the low watermark, below which reclaim starts, there is enough.
 */
static bool supply_leaves_enough(struct folio *folio, gfp_t gfp)
{
	struct zone *zone = folio_zone(folio);

	return zone_page_state_snapshot(zone, NR_FREE_PAGES) +
	       reclaimable_pages(zone) >=
	       low_wmark_pages(zone) + zone->lowmem_reserve[gfp_zone(gfp)];
}

/**
 * supply_room() - how much memory a node has for replacements
 * @nid: the node
 *
 * What is free or can be reclaimed, above what supply_get() leaves.
 *
 * Context: any.
 * Return: pages.
 */
unsigned long supply_room(int nid)
{
	enum zone_type highest = gfp_zone(GFP_HIGHUSER_MOVABLE);
	unsigned long has, keeps, room = 0;
	struct zone *zone;
	int i;

	for (i = 0; i <= highest; i++) {
		zone = &NODE_DATA(nid)->node_zones[i];
		if (!managed_zone(zone))
			continue;
		has = zone_page_state_snapshot(zone, NR_FREE_PAGES) +
		      reclaimable_pages(zone);
		keeps = low_wmark_pages(zone) + zone->lowmem_reserve[highest];
		room += max(has, keeps) - keeps;
	}
	return room;
}

static void supply_free_rejected(struct list_head *rejected, unsigned int order)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, rejected, lru) {
		list_del(&page->lru);
		__free_pages(page, order);
	}
}

/*
 * Attempts to get a page. Who holds a speculative reference to it (compaction,
 * memory failure, idle page tracking) drops it in an instant. And a zone that
 * has just been above the low watermark need not be any more: others isolate
 * their ranges, and the counter that the allocator looks at may be off by what
 * the CPUs have not added to it yet.
 */
#define SUPPLY_ATTEMPTS	3

/*
 * A page that will not do is kept until there is one that does: the allocator would
 * give it again, and not go on to the next zone.
 * Returns NULL if none can be had.
 */
static struct folio *alloc_page_of_supply(int nid, unsigned int order, gfp_t gfp)
{
	struct folio *folio = NULL;
	unsigned int attempt;
	LIST_HEAD(rejected);
	struct page *page;

	for (attempt = 0; attempt < SUPPLY_ATTEMPTS; attempt++) {
		page = alloc_pages_node(nid, gfp, order);
		if (!page)
			break;
		folio = page_folio(page);
		if (supply_leaves_enough(folio, gfp) &&
		    folio_ref_freeze(folio, 1))
			break;
		folio = NULL;
		list_add(&page->lru, &rejected);
	}
	supply_free_rejected(&rejected, order);
	return folio;
}

static bool is_poisoned(struct folio *folio)
{
	struct page *page = folio_page(folio, 0);
	struct page *end = page + folio_nr_pages(folio);
	unsigned long flags = 0;

	for (; page < end; page++)
		flags |= compat_page_flags(page);
	return flags & BIT(PG_hwpoison);
}

/* Where free blocks may have poisoned pages the allocator looks at each that it gives. */
static struct folio *take_page_of_supply(int nid, unsigned int order, gfp_t gfp)
{
	struct page *page = buddy_take_block(nid, order, gfp);
	struct folio *folio = page ? page_folio(page) : NULL;

	if (!folio || !COMPAT_POISONED_FREE_PAGES || !is_poisoned(folio))
		return folio;
	supply_put(folio);
	return NULL;
}

/*
 * The range that is being emptied is isolated, so the page is never in it. What is
 * free is taken as it is, and only if that is short does the allocator reclaim.
 * Returns NULL if none can be had.
 */
static struct folio *supply_get(struct hstate *h, int nid, gfp_t caller)
{
	unsigned int order = huge_page_order(h);
	gfp_t gfp = supply_gfp(h, caller);
	struct folio *folio;

	folio = take_page_of_supply(nid, order, gfp);
	if (!folio)
		folio = alloc_page_of_supply(nid, order, gfp);
	count_vm_event(folio ? HTLB_BUDDY_PGALLOC : HTLB_BUDDY_PGALLOC_FAIL);
	return folio;
}

/**
 * supply_fill() - make sure that a page is there that can replace another
 * @spare:  the page; one that does not fit is given back
 * @h:      hugetlb page size, of an order the buddy allocator has
 * @nid:    node of the page, no other will do
 * @caller: gfp flags of the caller of alloc_contig_range()
 *
 * Context: may sleep, reclaim and compact. No locks held.
 * Return: true if @spare is one, false if no memory is left.
 */
bool supply_fill(struct folio **spare, struct hstate *h, int nid, gfp_t caller)
{
	if (*spare && !supply_fits(*spare, h, nid)) {
		supply_put(*spare);
		*spare = NULL;
	}
	if (!*spare)
		*spare = supply_get(h, nid, caller);
	return *spare;
}

/**
 * supply_fits() - can a page of the supply stand in for a HugeTLB page?
 * @folio: page of the supply
 * @h:     hugetlb page size
 * @nid:   node
 *
 * Context: any.
 * Return: true if it is of that size and node.
 */
bool supply_fits(struct folio *folio, struct hstate *h, int nid)
{
	return folio_order(folio) == huge_page_order(h) &&
	       folio_nid(folio) == nid;
}

/**
 * supply_put() - give a page of the supply to the buddy allocator
 * @folio: the page
 *
 * A page that memory failure has marked on its way here was nobody's for it: it
 * left the page where it was. In a range that is being emptied nobody would look
 * at the mark again before it is handed out, so it stays allocated for good, as
 * other poisoned pages do.
 *
 * Context: may sleep, see supply_restore(); not under hugetlb_lock.
 * Return: %REASON_NONE; %REASON_POISONED if the page stays for that, %REASON_NO_MEMORY if
 *         it went to the pool.
 */
enum reason supply_put(struct folio *folio)
{
	unsigned int order = folio_order(folio);
	enum reason reason;

	reason = supply_restore(folio);
	if (reason != REASON_NONE)
		return reason;
	if (buddy_give_block(folio_page(folio, 0), order))
		return REASON_NONE;
	compat_clear_hugetlb_flags(folio);
	/* Pairs with the count of zero in supply_get(): the page is public again. */
	folio_ref_unfreeze(folio, 1);
	if (is_poisoned(folio))
		return REASON_POISONED;
	__free_pages(folio_page(folio, 0), order);
	return REASON_NONE;
}

/**
 * supply_hand_over() - leave it to the kernel to free a HugeTLB page
 * @folio: a page that the counters of the pool do not include
 *
 * The page is counted, one too many, until the last reference to it is dropped: a
 * temporary page is uncounted when it is freed.
 *
 * Context: any; not under hugetlb_lock. Drops the caller's reference.
 */
void supply_hand_over(struct folio *folio)
{
	spin_lock_irq(kernel_hugetlb_lock);
	huge_page_count(huge_page_hstate(folio_order(folio)), folio_nid(folio));
	folio_set_hugetlb_temporary(folio);
	spin_unlock_irq(kernel_hugetlb_lock);
	folio_put(folio);
}

/**
 * supply_optimize() - make a HugeTLB page without most of its struct pages
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
void supply_optimize(struct folio *folio)
{
	struct hstate *h = huge_page_hstate(folio_order(folio));

	supply_make_huge(folio);
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
 * supply_restore() - make a plain page of one that still is a HugeTLB page
 * @folio: page of the supply, of which supply_optimize() has made a HugeTLB page, or
 *         that supply_unmake_huge() has left one; with any other nothing is done
 *
 * Its struct pages come back. There is memory for them as a rule: the page that
 * took its place has just lost as many on the same node. If there is none, the kernel
 * tries later, and keeps the page as a surplus one if it fails, too.
 *
 * Context: may sleep; not under hugetlb_lock.
 * Return: %REASON_NONE, or %REASON_NO_MEMORY: then the page is not the caller's any more.
 */
enum reason supply_restore(struct folio *folio)
{
	if (!PageHuge(folio_page(folio, 0)))
		return REASON_NONE;
	if (!restore_struct_pages(folio)) {
		/* The kernel takes it off the list that it is on. */
		INIT_LIST_HEAD(&folio->lru);
		/* Pairs with the freeze that made it one of the supply. */
		folio_ref_unfreeze(folio, 1);
		supply_hand_over(folio);
		return REASON_NO_MEMORY;
	}
	spin_lock_irq(kernel_hugetlb_lock);
	supply_unmake_huge(folio);
	spin_unlock_irq(kernel_hugetlb_lock);
	return REASON_NONE;
}

/**
 * supply_make_huge() - make a HugeTLB page of a page of the supply
 * @folio: the page; if supply_optimize() has made it one, nothing is done
 *
 * It still is on no list, and counted nowhere.
 *
 * Context: any; hugetlb_lock need not be held. Who holds it, as examine_locked() and
 * dissolve_free_huge_page(), sees no HugeTLB page, or one that is neither free nor in use.
 */
void supply_make_huge(struct folio *folio)
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
 * supply_unmake_huge() - make a page of the supply of a HugeTLB page
 * @folio: a page with a reference count of zero, on no list
 *
 * It is left as a plain compound page: update_and_free_page() of 5.10 leaves no
 * destructor, and a speculative reference that is dropped last then calls NULL.
 *
 * One that lacks struct pages stays a HugeTLB page until supply_restore(), so that
 * nobody writes to those that it has in common with itself.
 *
 * What its users have left in the flags of its pages is for later, without the lock: see
 * supply_put(), and who keeps the page instead.
 *
 * Context: hugetlb_lock is held. The counters of the pool are left alone.
 */
void supply_unmake_huge(struct folio *folio)
{
	if (folio_test_hugetlb_vmemmap_optimized(folio)) {
		folio_clear_hugetlb_freed(folio);
		return;
	}
	folio->mapping = NULL;
	compat_clear_hugetlb_state(folio);
	__folio_clear_hugetlb(folio);
}
