// SPDX-License-Identifier: GPL-2.0-only
/*
 * What some memory is, in one word, and whether it would be in the way of a request.
 */
#include <linux/hugetlb.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/spinlock.h>

#include "compat/hugetlb.h"
#include "compat/mm.h"
#include "compat/page_ref.h"
#include "examine.h"
#include "obstacle.h"
#include "symbols.h"
#include "verdict.h"

static const char * const huge_names[NR_VERDICTS - NR_REASONS] = {
	[VERDICT_HUGE_FREE - NR_REASONS]	   = "huge_free",
	[VERDICT_HUGE_IN_USE - NR_REASONS]	   = "huge_in_use",
	[VERDICT_HUGE_BEING_FREED - NR_REASONS]	   = "huge_being_freed",
	[VERDICT_HUGE_GIGANTIC - NR_REASONS]	   = "huge_gigantic",
	[VERDICT_HUGE_PINNED - NR_REASONS]	   = "huge_pinned",
	[VERDICT_HUGE_POISONED - NR_REASONS]	   = "huge_poisoned",
	[VERDICT_HUGE_NOT_MIGRATABLE - NR_REASONS] = "huge_not_migratable",
	[VERDICT_HUGE_ISOLATED - NR_REASONS]	   = "huge_isolated",
};

/**
 * verdict_name() - a verdict as users see it
 * @verdict: the verdict
 *
 * Context: any.
 * Return: its name, static, without blanks.
 */
const char *verdict_name(unsigned int verdict)
{
	if (verdict_is_huge(verdict))
		return huge_names[verdict - NR_REASONS];
	return verdict == REASON_NONE ? "free" : reason_name(verdict);
}

static enum verdict huge_page_verdict(const struct huge_page *hp)
{
	switch (hp->reason) {
	case REASON_GIGANTIC:
		return VERDICT_HUGE_GIGANTIC;
	case REASON_PINNED:
		return VERDICT_HUGE_PINNED;
	case REASON_POISONED:
		return VERDICT_HUGE_POISONED;
	case REASON_NOT_MIGRATABLE:
		return VERDICT_HUGE_NOT_MIGRATABLE;
	case REASON_ISOLATED_BY_OTHER:
		return VERDICT_HUGE_ISOLATED;
	case REASON_RACED:
		return VERDICT_HUGE_BEING_FREED;
	default:
		return folio_ref_count(hp->folio) ? VERDICT_HUGE_IN_USE :
						    VERDICT_HUGE_FREE;
	}
}

static const char *huge_page_use(struct folio *folio)
{
	if (folio_ref_count(folio))
		return "in_use";
	return folio_test_hugetlb_freed(folio) ? "free" : "going";
}

/* Reservations and surplus are no matter of a page, but of all of its pool. */
static void judge_huge_page(const struct huge_page *hp,
			    struct verdict_item *item)
{
	struct huge_verdict *huge = &item->huge;
	const struct hstate *h = hp->h;
	bool in_use;

	lockdep_assert_held(kernel_hugetlb_lock);
	item->pages = hp->end - item->pfn;
	item->verdict = huge_page_verdict(hp);
	item->stays = hp->state == HUGE_PAGE_BUSY &&
		      item->verdict != VERDICT_HUGE_BEING_FREED;
	huge->size_kb = PAGE_SIZE << hp->order >> 10;
	huge->use = huge_page_use(hp->folio);
	huge->mapped = folio_entire_mapcount(hp->folio);
	huge->references = folio_ref_count(hp->folio);
	in_use = huge->references;
	huge->reserved = h && !in_use && h->resv_huge_pages &&
			 h->resv_huge_pages >= h->free_huge_pages;
	huge->surplus = h && in_use && h->surplus_huge_pages_node[hp->nid];
}

/* Under the lock of hugetlb it stays one. Returns false if it is none. */
static bool verdict_of_huge_page(unsigned long pfn, struct verdict_item *item)
{
	struct huge_page hp;

	spin_lock_irq(kernel_hugetlb_lock);
	examine_locked(pfn_to_page(pfn), &hp);
	if (hp.state != HUGE_PAGE_NONE)
		judge_huge_page(&hp, item);
	spin_unlock_irq(kernel_hugetlb_lock);
	return hp.state != HUGE_PAGE_NONE;
}

/**
 * verdict_of_block() - what is to be said of a pageblock
 * @pfn:  a pfn of it
 * @item: out: the verdict, from @pfn to the end of the pageblock; REASON_NONE: nothing
 *
 * Context: any. Memory must not be taken offline meanwhile.
 */
void verdict_of_block(unsigned long pfn, struct verdict_item *item)
{
	struct page *page = pfn_to_online_page(pfn);

	*item = (struct verdict_item) {
		.pfn = pfn,
		.pages = ALIGN(pfn + 1, pageblock_nr_pages) - pfn,
	};
	if (!page)
		return;
	item->nid = page_to_nid(page);
	item->zone = page_zone(page);
	item->verdict = obstacle_of_block(pfn);
	item->stays = item->verdict == REASON_ISOLATED;
}

/**
 * verdict_of_page() - what is to be said of memory
 * @pfn:  where
 * @item: out: the verdict, from @pfn on
 *
 * Takes no lock for longer than a page. What is seen may be over at once.
 *
 * Context: may sleep. Memory must not be taken offline meanwhile.
 */
void verdict_of_page(unsigned long pfn, struct verdict_item *item)
{
	struct page *page = pfn_to_online_page(pfn);
	unsigned long next;

	*item = (struct verdict_item) {
		.pfn = pfn,
		.pages = ALIGN(pfn + 1, pageblock_nr_pages) - pfn,
		.verdict = REASON_HOLE,
		.stays = true,
	};
	if (!page)
		return;
	item->nid = page_to_nid(page);
	item->zone = page_zone(page);
	if (PageHuge(page) && verdict_of_huge_page(pfn, item))
		return;
	item->verdict = obstacle_closer(pfn, obstacle_of_page(page, pfn, &next));
	item->pages = next - pfn;
	item->stays = reason_stays(item->verdict);
}

/* Neither reserved, nor of a folio, nor anything else that takes a closer look. */
#define FLAGS_OF_PLAIN	(BIT(PG_lru) | BIT(PG_head) | BIT(PG_reserved) | \
			 BIT(PG_swapcache) | PAGE_FLAGS_PRIVATE | \
			 __PG_MLOCKED | __PG_HWPOISON | COMPAT_FLAG_OF_SLAB)

/* Zone and node are in the flags, above all others. */
#define FLAGS_OF_PLACE	(~0UL << ZONES_PGSHIFT)

/* Nobody holds a small page that is on a list of the LRU: see is_held() in obstacle.c. */
static inline bool is_not_held(struct page *page)
{
	int references = page_ref_count(page);
	unsigned long mapping;

	smp_rmb(); /* pairs with the atomic RMWs of folio_get() and the rmap */
	mapping = (unsigned long)READ_ONCE(page->mapping);
	return mapping && references <= atomic_read(&page->_mapcount) + 1 +
					!(mapping & PAGE_MAPPING_ANON);
}

/* A small page that the kernel has, of no type. */
static inline bool is_plain_kernel(struct page *page)
{
	return page_ref_count(page) && !PageTail(page) &&
	       !READ_ONCE(page->mapping) && atomic_read(&page->_mapcount) == -1;
}

static inline bool has_flags(const struct page *page, unsigned long mask,
			     unsigned long flags)
{
	return (compat_page_flags(page) & mask) == flags;
}

/**
 * verdict_extend() - find the pages that follow and are the same
 * @item: a verdict of verdict_of_page(); in and out: how many pages it is for
 *
 * Small pages and reserved ones are most of what is in use. One after another, a look at
 * their flags will do, and at who has them. Loops of their own: these few instructions
 * are what all of memory costs.
 *
 * Context: any. Memory must not be taken offline meanwhile.
 */
void verdict_extend(struct verdict_item *item)
{
	unsigned long place, mask = FLAGS_OF_PLACE | FLAGS_OF_PLAIN;
	struct page *first, *page, *end;

	/* There may be no struct pages. */
	if (item->verdict == REASON_HOLE)
		return;
	first = pfn_to_page(item->pfn);
	page = first + item->pages;
	/* Within a pageblock struct pages follow each other. */
	end = first + (ALIGN(item->pfn + 1, pageblock_nr_pages) - item->pfn);
	place = compat_page_flags(first) & FLAGS_OF_PLACE;
	switch (item->verdict) {
	case REASON_RESERVED:
		mask = FLAGS_OF_PLACE | BIT(PG_reserved);
		place |= BIT(PG_reserved);
		while (page < end && has_flags(page, mask, place))
			page++;
		break;
	case REASON_UNMOVABLE:
		while (page < end && has_flags(page, mask, place) &&
		       is_plain_kernel(page))
			page++;
		break;
	case REASON_MLOCKED:
		place |= __PG_MLOCKED;
		fallthrough;
	case REASON_MOVABLE:
		place |= BIT(PG_lru);
		while (page < end && has_flags(page, mask, place) &&
		       is_not_held(page))
			page++;
		break;
	}
	item->pages = page - first;
}
