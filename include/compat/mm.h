/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/mm.h> and those that it stands on: what is done with a struct folio, see
 * compat/mm_types.h.
 */
#ifndef HUGECONTIG_COMPAT_MM_H
#define HUGECONTIG_COMPAT_MM_H

#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/version.h>

#include "compat/mm_types.h"

#ifndef HAVE_FOLIO

#define folio_page(folio, n)	(&(folio)->page + (n))

static inline struct folio *page_folio(struct page *page)
{
	return (struct folio *)compound_head(page);
}

static inline unsigned int folio_order(struct folio *folio)
{
	return compound_order(&folio->page);
}

static inline long folio_nr_pages(struct folio *folio)
{
	return compound_nr(&folio->page);
}

static inline unsigned long folio_pfn(struct folio *folio)
{
	return page_to_pfn(&folio->page);
}

static inline int folio_nid(const struct folio *folio)
{
	return page_to_nid(&folio->page);
}

static inline struct zone *folio_zone(const struct folio *folio)
{
	return page_zone(&folio->page);
}

static inline int folio_entire_mapcount(struct folio *folio)
{
	return compound_mapcount(&folio->page);
}

static inline bool folio_mapped(struct folio *folio)
{
	return page_mapped(&folio->page);
}

static inline bool folio_maybe_dma_pinned(struct folio *folio)
{
	return page_maybe_dma_pinned(&folio->page);
}

static inline void folio_get(struct folio *folio)
{
	get_page(&folio->page);
}

static inline void folio_put(struct folio *folio)
{
	put_page(&folio->page);
}

static inline bool folio_test_anon(struct folio *folio)
{
	return PageAnon(&folio->page);
}

static inline bool folio_test_mlocked(struct folio *folio)
{
	return PageMlocked(&folio->page);
}

static inline bool folio_test_swapcache(struct folio *folio)
{
	return PageSwapCache(&folio->page);
}

static inline bool folio_has_private(struct folio *folio)
{
	return page_has_private(&folio->page);
}

static inline bool folio_test_hwpoison(struct folio *folio)
{
	return PageHWPoison(&folio->page);
}

#endif /* HAVE_FOLIO */

/*
 * It was a bit of the page's mapping before 84caf98838a3 ("mm: stop storing
 * migration_ops in page->mapping", v6.17).
 */
#ifndef HAVE_PAGE_HAS_MOVABLE_OPS
static inline bool page_has_movable_ops(struct page *page)
{
	return ((unsigned long)page->mapping & PAGE_MAPPING_FLAGS) ==
	       PAGE_MAPPING_MOVABLE;
}
#endif

/* 53fbef56e07d ("mm: introduce memdesc_flags_t", v6.18) made a structure of them. */
static inline unsigned long compat_page_flags(const struct page *page)
{
#ifdef HAVE_MEMDESC_FLAGS
	return READ_ONCE(page->flags.f);
#else
	return READ_ONCE(page->flags);
#endif
}

/* Until a8b2c2ce89d4 ("mm,hwpoison: take free pages off the buddy freelists", v5.11). */
#define COMPAT_POISONED_FREE_PAGES	(LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0))

/* Nobody else may look at the page. */
static inline void compat_clear_page_flags(struct page *page, unsigned long mask)
{
#ifdef HAVE_MEMDESC_FLAGS
	page->flags.f &= ~mask;
#else
	page->flags &= ~mask;
#endif
}

/* "mm: let _folio_nr_pages overlay memcg_data in first tail page" (v6.15). */
static inline void compat_clear_nr_pages(struct folio *folio)
{
#ifdef NR_PAGES_IN_LARGE_FOLIO
	folio->_nr_pages = 0;
#endif
}

/* Renamed with the rest of the bits of a folio's mapping in v6.17. */
#ifndef PAGE_MAPPING_ANON
#define PAGE_MAPPING_ANON	FOLIO_MAPPING_ANON
#endif

/* 46df8e73a4a3 ("mm: free up PG_slab", v6.10): a page type. */
#ifdef HAVE_PG_SLAB
#define COMPAT_FLAG_OF_SLAB	BIT(PG_slab)
#else
#define COMPAT_FLAG_OF_SLAB	0
#endif

/*
 * Since v6.15 kmalloc() tells of what it has of the page allocator, by a page type. Of
 * all of these only the head says so.
 */
static inline bool compat_page_of_slab(struct page *head)
{
#ifdef HAVE_LARGE_KMALLOC
	return PageSlab(head) || PageLargeKmalloc(head);
#else
	return PageSlab(head);
#endif
}

/*
 * What references a HugeTLB page has of mappings and the page cache. Before
 * a08c7193e4f1 ("mm/filemap: remove hugetlb special casing in filemap.c", v6.7) the
 * page cache had one of them, and not one for each small page, which is what
 * folio_expected_ref_count() takes for granted; it came with 86ebd50224c0 ("mm: add
 * folio_expected_ref_count() for reference count calculation", v6.16) to older
 * kernels, too.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define compat_hugetlb_expected_ref_count	folio_expected_ref_count
#else
static inline int compat_hugetlb_expected_ref_count(struct folio *folio)
{
	return folio_entire_mapcount(folio) +
	       (!folio_test_anon(folio) && folio->mapping);
}
#endif

#endif /* HUGECONTIG_COMPAT_MM_H */
