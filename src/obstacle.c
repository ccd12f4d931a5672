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
#include "hugetlb.h"
#include "obstacle.h"

static enum obstacle huge_page_obstacle(unsigned long pfn, unsigned long *next)
{
	struct huge_page_result result;

	huge_page_look(pfn, &result);
	if (result.next_pfn == pfn)
		return OBSTACLE_NONE;
	*next = result.next_pfn;
	switch (result.reason) {
	case BUSY_GIGANTIC:
		return OBSTACLE_GIGANTIC;
	case BUSY_PINNED:
		return OBSTACLE_PINNED;
	case BUSY_POISONED:
		return OBSTACLE_POISONED;
	case BUSY_NOT_MIGRATABLE:
		return OBSTACLE_NOT_MIGRATABLE;
	default:
		/* The other reasons are over in a moment. */
		return OBSTACLE_HUGE_PAGE;
	}
}

/*
 * What belongs to a process or a file has a mapping. So have pages of the slab allocator,
 * as it reads there.
 */
static bool could_be_on_lru(struct page *page)
{
	return READ_ONCE(page->mapping) && !PageSlab(page);
}

/* What migration takes, and what pins keep it from. */
static enum obstacle in_use_obstacle(struct zone *zone, struct page *page)
{
	if (folio_maybe_dma_pinned(page_folio(page)))
		return OBSTACLE_PINNED;
	/*
	 * In ZONE_MOVABLE nothing is the kernel's own: what is not on a list of the
	 * LRU is on its way there. Elsewhere alloc_contig_range() would not try.
	 */
	if (PageLRU(page) || page_has_movable_ops(page) ||
	    zone_idx(zone) == ZONE_MOVABLE)
		return OBSTACLE_MOVABLE;
	return could_be_on_lru(page) ? OBSTACLE_OFF_LRU : OBSTACLE_UNMOVABLE;
}

/*
 * A transparent huge page, or a compound page of the kernel. Nothing keeps it together
 * but the reference that is taken here.
 */
static enum obstacle compound_obstacle(struct zone *zone, struct page *page,
				       unsigned long pfn, unsigned long *next)
{
	struct folio *folio = page_folio(page);
	enum obstacle obstacle = OBSTACLE_MOVABLE;

	if (!folio_try_get(folio))
		return OBSTACLE_NONE;
	if (page_folio(page) == folio) {
		*next = folio_pfn(folio) + folio_nr_pages(folio);
		obstacle = in_use_obstacle(zone, folio_page(folio, 0));
	}
	folio_put(folio);
	return obstacle;
}

static enum obstacle pageblock_obstacle(struct page *page, unsigned long pfn)
{
	int type = compat_pfnblock_migratetype(page, pfn);

	if (is_migrate_isolate(type))
		return OBSTACLE_ISOLATED;
	return is_migrate_cma(type) ? OBSTACLE_CMA : OBSTACLE_NONE;
}

/* The order is read without zone->lock, and the block may be gone by now. */
static unsigned long free_block_pages(struct page *page)
{
	unsigned long order = READ_ONCE(page_private(page));

	return PageBuddy(page) && order <= MAX_PAGE_ORDER ? 1UL << order : 1;
}

/**
 * obstacle_at() - what is in the way at a pfn?
 * @zone: zone that the range has to be in
 * @pfn:  where; of each pageblock the first one has to be asked for, too
 * @next: out: the next pfn to look at
 *
 * The rules are those of start_isolate_page_range(), and beyond that what is known to
 * fail later. What is seen may be over at once. A pcplist's pages pass for free ones:
 * they are drained before a range is tested.
 *
 * Context: may sleep: dropping the last reference frees a page. Memory must not be
 *          taken offline meanwhile. Holds hugetlb_lock for one page.
 * Return: the obstacle, which reaches up to @next.
 */
enum obstacle obstacle_at(struct zone *zone, unsigned long pfn,
			  unsigned long *next)
{
	struct page *page = pfn_to_online_page(pfn);
	enum obstacle obstacle;

	*next = pfn + 1;
	if (!page || page_zone(page) != zone)
		return OBSTACLE_HOLE;
	if (IS_ALIGNED(pfn, pageblock_nr_pages)) {
		obstacle = pageblock_obstacle(page, pfn);
		if (obstacle != OBSTACLE_NONE)
			return obstacle;
	}
	if (PageReserved(page))
		return OBSTACLE_RESERVED;
	if (PageHuge(page))
		return huge_page_obstacle(pfn, next);
	if (PageHWPoison(page))
		return OBSTACLE_POISONED;
	if (PageCompound(page))
		return compound_obstacle(zone, page, pfn, next);
	if (!page_ref_count(page)) {
		*next = pfn + free_block_pages(page);
		/* What a hypervisor has taken back. */
		return PageOffline(page) ? OBSTACLE_HOLE : OBSTACLE_NONE;
	}
	return in_use_obstacle(zone, page);
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
