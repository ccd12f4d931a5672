/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/hugetlb.h>: the state of a HugeTLB page.
 *
 * 5.10 keeps it in the tail pages in ways that only mm/hugetlb.c knows. d6995da31122
 * ("hugetlb: use page.private for hugetlb specific page flags", v5.12) made it
 * flags of the head page with accessors in the header.
 *
 * Every folio passed in is of at least HUGE_PAGE_MIN_ORDER. The caller holds
 * hugetlb_lock, or owns it.
 */
#ifndef HUGECONTIG_COMPAT_HUGETLB_H
#define HUGECONTIG_COMPAT_HUGETLB_H

#include <linux/hugetlb.h>
/* The second needs the first, and does not say so in 5.10. */
#include <linux/page_counter.h>
#include <linux/hugetlb_cgroup.h>
#include <linux/page-flags.h>
#include <linux/poison.h>

#include "compat/mm.h"

/*
 * What the functions of mm/hugetlb.c are given, since 6aa3a920125e ("mm/hugetlb:
 * convert isolate_hugetlb to folios", v6.3) and others. And true for success, which
 * 0 stood for before 9747b9e92418 ("mm: hugetlb: change to return bool for
 * isolate_hugetlb()", v6.3).
 */
#ifdef HAVE_HUGETLB_FOLIOS
#define compat_hugetlb_folio		folio
#define COMPAT_HUGETLB_FOLIO(folio)	(folio)
#define FROM_COMPAT_HUGETLB_FOLIO(old)	(old)
#define compat_isolate_hugetlb_result	bool
#define COMPAT_HUGETLB_ISOLATED(result)	(result)
#else
#define compat_hugetlb_folio		page
#define COMPAT_HUGETLB_FOLIO(folio)	folio_page(folio, 0)
#define FROM_COMPAT_HUGETLB_FOLIO(old)	page_folio(old)
#define compat_isolate_hugetlb_result	int
#define COMPAT_HUGETLB_ISOLATED(result)	(!(result))
#endif

/* They have those names since v6.15, and in the stable kernels that followed. */
#ifndef HAVE_FOLIO_ISOLATE_HUGETLB
#define folio_isolate_hugetlb		isolate_hugetlb
#ifdef HAVE_HUGETLB_FOLIOS
#define folio_putback_hugetlb		folio_putback_active_hugetlb
#else
#define folio_putback_hugetlb		putback_active_hugepage
#endif
#endif

/* Before 54fa49b2e034 ("mm: convert dissolve_free_huge_pages() to folios", v6.10). */
#ifdef HAVE_DISSOLVE_HUGETLB_FOLIO
#define compat_dissolve_folio		folio
#define COMPAT_DISSOLVE_FOLIO(folio)	(folio)
#else
#define compat_dissolve_folio		page
#define COMPAT_DISSOLVE_FOLIO(folio)	folio_page(folio, 0)
#define dissolve_free_hugetlb_folio	dissolve_free_huge_page
#endif

/*
 * mm/hugetlb_vmemmap.h. They were given pages before c5ad3233ead5 ("hugetlb_vmemmap:
 * use folio argument for hugetlb_vmemmap_* functions", v6.7), and kernels between
 * that one and 6.3 have none of these names: their pages are left to them.
 */
#ifdef HAVE_HUGETLB_FOLIOS
#define compat_vmemmap_restore		hugetlb_vmemmap_restore_folio
#define compat_vmemmap_optimize		hugetlb_vmemmap_optimize_folio
#else
#define compat_vmemmap_restore		hugetlb_vmemmap_restore
#define compat_vmemmap_optimize		hugetlb_vmemmap_optimize
#endif
typedef int compat_vmemmap_restore_t(const struct hstate *h,
				     struct compat_hugetlb_folio *folio);
typedef void compat_vmemmap_optimize_t(const struct hstate *h,
				       struct compat_hugetlb_folio *folio);

/* The state is kept in the first eight pages, at the most. */
#define HUGE_PAGE_MIN_ORDER	3

#ifndef HAVE_FOLIO

static inline struct hugepage_subpool *
hugetlb_folio_subpool(struct folio *folio)
{
	return folio->private;
}

#endif

/*
 * Before 9c5ccf2db04b ("mm: remove HUGETLB_PAGE_DTOR", v6.6) a HugeTLB page was known
 * by its destructor; since d99e3140a4d3 ("mm: turn folio_test_hugetlb into a PageType",
 * v6.10) by its type.
 */
#ifndef HAVE_PGTY_HUGETLB
static inline void __folio_set_hugetlb(struct folio *folio)
{
	set_compound_page_dtor(&folio->page, HUGETLB_PAGE_DTOR);
}

static inline void __folio_clear_hugetlb(struct folio *folio)
{
	set_compound_page_dtor(&folio->page, COMPOUND_PAGE_DTOR);
}
#endif

/* Made of a gigantic page of CMA, which it has to be given back to. */
#ifndef HAVE_HPG_CMA
static inline bool folio_test_hugetlb_cma(struct folio *folio)
{
	return false;
}
#endif

#ifdef HAVE_HPG_FLAGS

/* Its flags and fields, as of a page that is in no pool yet. */
static inline void compat_clear_hugetlb_state(struct folio *folio)
{
	hugetlb_set_folio_subpool(folio, NULL);
	set_hugetlb_cgroup(COMPAT_HUGETLB_FOLIO(folio), NULL);
	set_hugetlb_cgroup_rsvd(COMPAT_HUGETLB_FOLIO(folio), NULL);
	folio->private = NULL;
}

#else /* HAVE_HPG_FLAGS */

/* On a free list of the pool. */
static inline bool folio_test_hugetlb_freed(struct folio *folio)
{
	return page_private(folio_page(folio, 4)) == -1UL;
}

static inline void folio_set_hugetlb_freed(struct folio *folio)
{
	set_page_private(folio_page(folio, 4), -1UL);
}

static inline void folio_clear_hugetlb_freed(struct folio *folio)
{
	set_page_private(folio_page(folio, 4), 0);
}

/*
 * In use and not isolated by anybody. A page that was just allocated and whose
 * fault is not finished yet is not migratable either.
 */
static inline bool folio_test_hugetlb_migratable(struct folio *folio)
{
	return PagePrivate(folio_page(folio, 1));
}

/* Belongs to no pool: goes to the buddy when it is freed, and counts down. */
static inline void folio_set_hugetlb_temporary(struct folio *folio)
{
	folio_page(folio, 2)->mapping = (void *)-1U;
}

/*
 * The page allocator leaves behind what the last user of a tail page stored in
 * ->private; hugetlb takes that for its Freed mark and for two hugetlb cgroup
 * pointers.
 */
static inline void compat_clear_hugetlb_state(struct folio *folio)
{
	set_page_private(folio_page(folio, 0), 0);
	set_page_private(folio_page(folio, 2), 0);
	set_page_private(folio_page(folio, 3), 0);
	set_page_private(folio_page(folio, 4), 0);
	ClearPagePrivate(folio_page(folio, 1));
	folio_page(folio, 2)->mapping = TAIL_MAPPING;
}

/* There is none before f41f2ed43ca5 (v5.14). */
static inline bool folio_test_hugetlb_vmemmap_optimized(struct folio *folio)
{
	return false;
}

#endif /* HAVE_HPG_FLAGS */

/*
 * The flags that hugetlb sets, and that the buddy allocator takes for a bug. Since
 * v6.3 or so they are no more set on tail pages, and the allocator clears the others.
 */
static inline void compat_clear_hugetlb_flags(struct folio *folio)
{
#ifndef HAVE_HUGETLB_FOLIOS
	long i;

	for (i = 0; i < folio_nr_pages(folio); i++)
		folio_page(folio, i)->flags &=
			~(BIT(PG_locked) | BIT(PG_error) | BIT(PG_referenced) |
			  BIT(PG_dirty) | BIT(PG_active) | BIT(PG_private) |
			  BIT(PG_writeback));
#endif
}

#endif /* HUGECONTIG_COMPAT_HUGETLB_H */
