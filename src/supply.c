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
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "buddy.h"
#include "compat/hugetlb.h"
#include "compat/mm.h"
#include "compat/page_ref.h"
#include "convert.h"
#include "supply.h"

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

static bool supply_is_poisoned(struct folio *folio)
{
	struct page *page = folio_page(folio, 0);
	struct page *end = page + folio_nr_pages(folio);
	unsigned long flags = 0;

	for (; page < end; page++)
		flags |= compat_page_flags(page);
	return flags & __PG_HWPOISON;
}

/*
 * Takes what was taken together with the last one, or a free block.
 *
 * Where free blocks may have poisoned pages the allocator looks at each that it gives.
 */
static struct folio *take_page_of_supply(struct supply *supply, int nid,
					 unsigned int order, gfp_t gfp)
{
	bool use_for_two = supply->left >= 2UL << order;
	struct page *page, *second = NULL;
	struct folio *folio = supply->second;

	supply->second = NULL;
	if (!folio) {
		page = buddy_take_block(nid, order, gfp,
					use_for_two ? &second : NULL);
		folio = page ? page_folio(page) : NULL;
		supply->second = second ? page_folio(second) : NULL;
	}
	supply->left -= min(supply->left, 1UL << order);
	if (!folio || !COMPAT_POISONED_FREE_PAGES || !supply_is_poisoned(folio))
		return folio;
	supply_put(folio);
	return NULL;
}

/*
 * The range that is being emptied is isolated, so the page is never in it. What is
 * free is taken as it is, and only if that is short does the allocator reclaim.
 * Returns NULL if none can be had.
 */
static struct folio *supply_get(struct supply *supply, struct hstate *h, int nid)
{
	unsigned int order = huge_page_order(h);
	gfp_t gfp = supply_gfp(h, supply->gfp);
	struct folio *folio;

	folio = take_page_of_supply(supply, nid, order, gfp);
	if (!folio)
		folio = alloc_page_of_supply(nid, order, gfp);
	count_vm_event(folio ? HTLB_BUDDY_PGALLOC : HTLB_BUDDY_PGALLOC_FAIL);
	return folio;
}

static bool is_useless(struct folio *folio, struct hstate *h, int nid)
{
	return folio && !supply_fits(folio, h, nid);
}

/**
 * supply_fill() - make sure that a page is there that can replace another
 * @supply: of the request; pages that do not fit are given back
 * @h:      hugetlb page size, of an order the buddy allocator has
 * @nid:    node of the page, no other will do
 *
 * Context: may sleep, reclaim and compact. No locks held.
 * Return: true if the spare is one, false if no memory is left.
 */
bool supply_fill(struct supply *supply, struct hstate *h, int nid)
{
	if (is_useless(supply->spare, h, nid) || is_useless(supply->second, h, nid))
		supply_end(supply);
	if (!supply->spare)
		supply->spare = supply_get(supply, h, nid);
	return supply->spare;
}

/**
 * supply_end() - give all pages that a request still has to the buddy allocator
 * @supply: of the request
 *
 * Context: see supply_put().
 */
void supply_end(struct supply *supply)
{
	if (supply->spare)
		supply_put(supply->spare);
	if (supply->second)
		supply_put(supply->second);
	supply->spare = NULL;
	supply->second = NULL;
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
 * Context: may sleep, see convert_restore(); not under hugetlb_lock.
 * Return: %REASON_NONE; %REASON_POISONED if the page stays for that, %REASON_NO_MEMORY if
 *         it went to the pool.
 */
enum reason supply_put(struct folio *folio)
{
	unsigned int order = folio_order(folio);
	enum reason reason;

	reason = convert_restore(folio);
	if (reason != REASON_NONE)
		return reason;
	if (buddy_give_block(folio_page(folio, 0), order))
		return REASON_NONE;
	compat_clear_hugetlb_flags(folio);
	/* Pairs with the count of zero in supply_get(): the page is public again. */
	folio_ref_unfreeze(folio, 1);
	if (supply_is_poisoned(folio))
		return REASON_POISONED;
	__free_pages(folio_page(folio, 0), order);
	return REASON_NONE;
}
