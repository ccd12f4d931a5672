// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes free blocks out of the buddy allocator as they are, and gives others to it.
 *
 * With init_on_alloc, Debian's default, alloc_pages() fills what it gives with zeroes.
 * Nobody reads them: hugetlb clears a page of the pool before its user has it, and
 * what is migrated to is overwritten. That is nine tenths of what a replacement costs.
 * Page reporting takes free blocks in this way (36e66c554b5c "mm: introduce Reported
 * pages", v5.7), with functions of the allocator that are older, and gives them back so.
 *
 * A page that was replaced is freed in the same way. What __free_pages() does with each of
 * its 512 struct pages, above all to find bugs, takes more than all the rest.
 */
#include <linux/cpuset.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/spinlock.h>
#include <linux/vmstat.h>

#include "buddy.h"
#include "compat/mm.h"
#include "compat/mmzone.h"
#include "compat/pageblock-flags.h"
#include "symbols.h"

bool buddy_has_blocks __ro_after_init;
bool buddy_use_blocks = true;

/* Blocks can be given as well: nothing has to be done with what is in them. */
static bool gives_blocks __ro_after_init;

/*
 * What these do when a page is allocated is not to be had without the zeroes, and a
 * page that they have not seen would be an error to them, or hide one.
 */
static bool __init allocator_checks_pages(void)
{
	return IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KMSAN) ||
	       IS_ENABLED(CONFIG_PAGE_OWNER) ||
	       IS_ENABLED(CONFIG_PAGE_TABLE_CHECK) ||
	       IS_ENABLED(CONFIG_MEM_ALLOC_PROFILING) ||
	       debug_pagealloc_enabled() || page_poisoning_enabled();
}

/**
 * buddy_init() - find out whether blocks can be taken on this kernel
 *
 * Context: module init, after symbols_resolve(). What is asked for is fixed at boot.
 */
void __init buddy_init(void)
{
	buddy_has_blocks = kernel_free_blocks_known && !allocator_checks_pages();
	gives_blocks = buddy_has_blocks && !want_init_on_free() &&
		       !IS_ENABLED(CONFIG_DEBUG_VM);
}

/*
 * Would the allocator give that much without reclaim? Its test of the low watermark,
 * with all that is reserved for others, or lies in CMA, out of reach.
 */
static bool zone_can_spare(struct zone *zone, enum zone_type highest,
			   unsigned long nr)
{
	return zone_page_state_snapshot(zone, NR_FREE_PAGES) >
	       low_wmark_pages(zone) + zone->lowmem_reserve[highest] +
	       zone->nr_reserved_highatomic +
	       zone_page_state_snapshot(zone, NR_FREE_CMA_PAGES) + nr;
}

/* The smallest that is large enough, as the allocator chooses. */
static struct page *first_block(struct zone *zone, unsigned int order, unsigned int *has)
{
	struct page *page = NULL;

	for (*has = order; *has <= MAX_PAGE_ORDER; (*has)++) {
		page = list_first_entry_or_null
			(&zone->free_area[*has].free_list[MIGRATE_MOVABLE],
			 struct page, lru);
		if (page)
			break;
	}
	return page;
}

/*
 * The list of movable blocks has none of CMA, none that is reserved for atomic
 * allocations, and none of a range that somebody empties. The part of a larger block
 * that is not needed goes back to the same list.
 *
 * Since v6.10 __isolate_free_page() walks all struct pages of what it takes, which is as
 * much work as to make a compound page of them. The other half of a block would be walked
 * once more when its turn comes: who has use for it gets it at once.
 */
static struct page *take_from_zone(struct zone *zone, unsigned int order,
				   struct page **second)
{
	struct page *page = NULL;
	unsigned long flags;
	unsigned int has;

	spin_lock_irqsave(&zone->lock, flags);
	if (second)
		page = first_block(zone, order + 1, &has);
	if (!page)
		page = first_block(zone, order, &has);
	if (page && !static_call(kernel_isolate_free_page)(page, has))
		page = NULL;
	if (page) {
		while (has > order + !!second) {
			has--;
			static_call(kernel_putback_isolated_page)
				(page + (1UL << has), has, MIGRATE_MOVABLE);
		}
		if (has > order)
			*second = page + (1UL << order);
		__count_zid_vm_events(PGALLOC, zone_idx(zone), 1UL << has);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

/**
 * buddy_take_block() - take a free block, with whatever its last user left in it
 * @nid:   node, no other will do
 * @order: of the block
 * @gfp:   flags of an allocation that it stands in for
 * @second: NULL if there is no use for it; else it points to NULL, and out: the other half,
 *         if the block was twice as large
 *
 * Gives what alloc_pages() would give without reclaim, and of that only blocks for
 * movable pages, to callers who may use memory of the node.
 *
 * Context: any that may take zone->lock; on PREEMPT_RT it may sleep.
 * Return: a compound page with a reference count of zero, to which nobody can get a
 *         reference, and so is @second; NULL if the allocator has to be asked.
 */
struct page *buddy_take_block(int nid, unsigned int order, gfp_t gfp,
			      struct page **second)
{
	enum zone_type highest = gfp_zone(gfp);
	struct page *page = NULL;
	struct zone *zone;
	int i;

	if (!buddy_has_blocks || !READ_ONCE(buddy_use_blocks) ||
	    !(gfp & __GFP_MOVABLE) || order < pageblock_order ||
	    !node_isset(nid, cpuset_current_mems_allowed))
		return NULL;
	for (i = highest; !page && i >= 0; i--) {
		zone = &NODE_DATA(nid)->node_zones[i];
		if (managed_zone(zone) &&
		    zone_can_spare(zone, highest, 1UL << (order + !!second)))
			page = take_from_zone(zone, order, second);
	}
	if (page)
		static_call(kernel_prep_compound_page)(page, order);
	if (page && second && *second)
		static_call(kernel_prep_compound_page)(*second, order);
	return page;
}

/*
 * Makes single pages of a compound one, as they are in a free block. Returns all flags
 * that any of them had.
 */
static unsigned long take_to_pieces(struct page *head, unsigned int order)
{
	struct page *end = head + (1UL << order);
	unsigned long flags = compat_page_flags(head);
	struct page *page;

	compat_clear_nr_pages(page_folio(head));
	for (page = head + 1; page < end; page++) {
		flags |= compat_page_flags(page);
		compat_clear_page_flags(page, PAGE_FLAGS_CHECK_AT_PREP);
		page->mapping = NULL;
		clear_compound_head(page);
	}
	page_cpupid_reset_last(head);
	compat_clear_page_flags(head, PAGE_FLAGS_CHECK_AT_PREP);
	head->mapping = NULL;
	set_page_private(head, 0);
	return flags;
}

/**
 * buddy_give_block() - make a free block of a page, with whatever is in it
 * @page:  a compound page with a reference count of zero that nobody uses
 * @order: of the page
 *
 * Memory failure does not take such a page: a mark that it makes after the look here is
 * found by who allocates the page, as one that is made while __free_pages() is at work.
 *
 * Context: any that may take zone->lock; on PREEMPT_RT it may sleep.
 * Return: true; or false, and the page is as it was: it is left to __free_pages(), or is
 *         poisoned.
 */
bool buddy_give_block(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);
	struct zone *zone = page_zone(page);
	unsigned long flags;

	if (!gives_blocks || !READ_ONCE(buddy_use_blocks) ||
	    order != pageblock_order)
		return false;
	if (take_to_pieces(page, order) & __PG_HWPOISON) {
		static_call(kernel_prep_compound_page)(page, order);
		return false;
	}
	/* The type of its pageblock, which may be isolated, changes under the lock. */
	spin_lock_irqsave(&zone->lock, flags);
	static_call(kernel_putback_isolated_page)
		(page, order, compat_pfnblock_migratetype(page, pfn));
	__count_vm_events(PGFREE, 1UL << order);
	spin_unlock_irqrestore(&zone->lock, flags);
	return true;
}
