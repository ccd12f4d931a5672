// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at memory, page by page, for what would be in the way of a range: without
 * isolating, moving or allocating anything.
 */
#include <linux/hugetlb.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include <linux/page-isolation.h>

#include "compat/mm.h"
#include "compat/mmzone.h"
#include "compat/page_ref.h"
#include "compat/pageblock-flags.h"
#include "examine.h"
#include "obstacle.h"

static enum reason huge_page_obstacle(unsigned long pfn, unsigned long *next)
{
	struct huge_page hp;

	examine_huge_page(pfn, &hp);
	if (hp.state == HUGE_PAGE_NONE)
		return REASON_NONE;
	*next = hp.end;
	/* The other reasons are over in a moment. */
	return reason_rules_out(hp.reason) ? hp.reason : REASON_HUGE_PAGE;
}

/* What belongs to a process or a file has a mapping. */
static bool could_be_on_lru(struct page *page)
{
	return READ_ONCE(page->mapping);
}

/* What migration takes, and what pins keep it from. */
static enum reason in_use_obstacle(struct zone *zone, struct page *page)
{
	if (folio_maybe_dma_pinned(page_folio(page)))
		return REASON_PINNED;
	/*
	 * In ZONE_MOVABLE nothing is the kernel's own: what is not on a list of the
	 * LRU is on its way there. Elsewhere alloc_contig_range() would not try.
	 */
	if (PageLRU(page) || page_has_movable_ops(page) ||
	    zone_idx(zone) == ZONE_MOVABLE)
		return folio_test_mlocked(page_folio(page)) ? REASON_MLOCKED :
							      REASON_MOVABLE;
	return could_be_on_lru(page) ? REASON_OFF_LRU : REASON_UNMOVABLE;
}

/* The order is read without a reference: what it is of may be gone by now. */
static unsigned long compound_end(struct folio *folio, unsigned long pfn)
{
	unsigned int order = folio_order(folio);

	if (order > MAX_PAGE_ORDER)
		return pfn + 1;
	return max(pfn + 1, folio_pfn(folio) + (1UL << order));
}

/*
 * A transparent huge page, or a compound page of the kernel. Nothing keeps it together:
 * a reference would, but a 1 GiB page that is taken to pieces passes here, too, and whoever
 * does that warns of each reference that is not his.
 */
static enum reason compound_obstacle(struct zone *zone, struct page *page,
				     unsigned long pfn, unsigned long *next)
{
	struct folio *folio = page_folio(page);

	if (!folio_ref_count(folio))
		return REASON_NONE;
	*next = compound_end(folio, pfn);
	return in_use_obstacle(zone, folio_page(folio, 0));
}

/**
 * obstacle_of_block() - is a pageblock in the way?
 * @pfn: a pfn of it, online
 *
 * Context: any. Memory must not be taken offline meanwhile.
 * Return: %REASON_ISOLATED, %REASON_CMA, or %REASON_NONE.
 */
enum reason obstacle_of_block(unsigned long pfn)
{
	int type = compat_pfnblock_migratetype(pfn_to_page(pfn), pfn);

	if (is_migrate_isolate(type))
		return REASON_ISOLATED;
	return is_migrate_cma(type) ? REASON_CMA : REASON_NONE;
}

/* The order is read without zone->lock, and the block may be gone by now. */
static unsigned long free_block_pages(struct page *page)
{
	unsigned long order = READ_ONCE(page_private(page));

	return PageBuddy(page) && order <= MAX_PAGE_ORDER ? 1UL << order : 1;
}

/*
 * Memory of the kernel that says what it is for. A page of the slab allocator may have a
 * reference count of zero, as a free one has.
 */
static enum reason typed_obstacle(struct page *page, unsigned long pfn,
				  unsigned long *next)
{
	struct folio *folio;

	if (PageReserved(page))
		return REASON_RESERVED;
	if (PageHWPoison(page))
		return REASON_POISONED;
	folio = page_folio(page);
	if (compat_page_of_slab(folio_page(folio, 0))) {
		*next = compound_end(folio, pfn);
		return REASON_SLAB;
	}
	if (PageTable(page))
		return REASON_PAGE_TABLE;
	/* But for the pages of a balloon that can be moved. */
	if (PageOffline(page) && !page_has_movable_ops(page))
		return REASON_OFFLINE;
	return REASON_NONE;
}

/**
 * obstacle_of_page() - what is in the way at a pfn that is online?
 * @page: the page
 * @pfn:  its pfn
 * @next: out: the next pfn to look at
 *
 * The rules are those of start_isolate_page_range(), and beyond that what is known to
 * fail later. What is seen may be over at once. A pcplist's pages pass for free ones:
 * they are drained before a range is tested.
 *
 * Context: process. Memory must not be taken offline meanwhile. Takes no reference,
 *          holds hugetlb_lock for one page.
 * Return: the obstacle, which reaches up to @next.
 */
enum reason obstacle_of_page(struct page *page, unsigned long pfn,
			     unsigned long *next)
{
	enum reason obstacle;

	*next = pfn + 1;
	if (PageHuge(page))
		return huge_page_obstacle(pfn, next);
	obstacle = typed_obstacle(page, pfn, next);
	if (obstacle != REASON_NONE)
		return obstacle;
	if (PageCompound(page))
		return compound_obstacle(page_zone(page), page, pfn, next);
	if (!page_ref_count(page)) {
		*next = pfn + free_block_pages(page);
		return REASON_NONE;
	}
	return in_use_obstacle(page_zone(page), page);
}

/**
 * obstacle_at() - what is in the way at a pfn, the kind of the pageblock included?
 * @zone: zone that the range has to be in
 * @pfn:  where; of each pageblock the first one has to be asked for, too
 * @next: out: the next pfn to look at
 *
 * Context: as for obstacle_of_page().
 * Return: the obstacle, which reaches up to @next.
 */
enum reason obstacle_at(struct zone *zone, unsigned long pfn,
			unsigned long *next)
{
	struct page *page = pfn_to_online_page(pfn);
	enum reason obstacle = REASON_NONE;

	*next = pfn + 1;
	if (!page || page_zone(page) != zone)
		return REASON_HOLE;
	if (IS_ALIGNED(pfn, pageblock_nr_pages))
		obstacle = obstacle_of_block(pfn);
	return obstacle == REASON_NONE ? obstacle_of_page(page, pfn, next) :
					 obstacle;
}

/*
 * References beyond mappings, page cache, swap cache and buffers: get_user_pages() of
 * vmsplice and the like. Of larger folios, whose mappings are not counted in one place
 * on all kernels, only pins for DMA are known. The count is read first: see
 * has_extra_references() in examine.c.
 */
static bool is_held(struct page *page)
{
	struct folio *folio = page_folio(page);
	int references = folio_ref_count(folio);
	int expected;

	if (PageCompound(page))
		return false;
	smp_rmb(); /* pairs with the atomic RMWs of folio_get() and the rmap */
	expected = atomic_read(&page->_mapcount) + 1 + folio_has_private(folio);
	if (folio_test_anon(folio))
		expected += folio_test_swapcache(folio);
	else
		expected += !!READ_ONCE(folio->mapping);
	return references > expected;
}

/**
 * obstacle_closer() - look closer at memory that passes for movable
 * @pfn:    where; memory must not be taken offline meanwhile
 * @reason: what obstacle_of_page() has said of it
 *
 * For those who want to know, and not for those who choose a range: what is seen here
 * is mostly over when the range is emptied.
 *
 * Context: any.
 * Return: %REASON_PINNED, %REASON_OFF_LRU, %REASON_UNMOVABLE; or @reason.
 */
enum reason obstacle_closer(unsigned long pfn, enum reason reason)
{
	struct page *page = pfn_to_page(pfn);

	if (reason != REASON_MOVABLE && reason != REASON_MLOCKED)
		return reason;
	page = folio_page(page_folio(page), 0);
	if (page_has_movable_ops(page))
		return reason;
	if (!PageLRU(page))
		return could_be_on_lru(page) ? REASON_OFF_LRU : REASON_UNMOVABLE;
	return is_held(page) ? REASON_PINNED : reason;
}

/**
 * obstacle_any_poison() - is there memory that hardware has failed in?
 * @start: first pfn of a range, of whose memory obstacle_at() knows nothing against it
 * @end:   pfn after it
 *
 * Looks at each page: 5.10 leaves a free one that fails in its block, in the midst of
 * which obstacle_at() does not see it.
 *
 * Context: may sleep. Memory must not be taken offline meanwhile.
 */
bool obstacle_any_poison(unsigned long start, unsigned long end)
{
	unsigned long pfn;

	for (pfn = start; pfn < end; pfn++) {
		if (PageHWPoison(pfn_to_page(pfn)))
			return true;
		if (IS_ALIGNED(pfn, pageblock_nr_pages))
			cond_resched();
	}
	return false;
}
