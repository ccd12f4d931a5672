/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/hugetlb.h>: the state of a HugeTLB page, which 5.10 keeps in the
 * tail pages in ways that only mm/hugetlb.c knows. d6995da31122 ("hugetlb: use
 * page.private for hugetlb specific page flags", v5.12) made it flags of the
 * head page with accessors in the header.
 *
 * Every page passed in is the head page of a compound page of at least
 * HUGE_PAGE_MIN_ORDER. The caller holds hugetlb_lock, or owns the page.
 */
#ifndef HUGECONTIG_COMPAT_HUGETLB_H
#define HUGECONTIG_COMPAT_HUGETLB_H

#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/poison.h>

/* The state is kept in head[1] to head[4]: eight pages at the least. */
#define HUGE_PAGE_MIN_ORDER	3

/* On a free list of the pool. */
static inline bool compat_page_huge_freed(struct page *head)
{
	return page_private(head + 4) == -1UL;
}

static inline void compat_set_page_huge_freed(struct page *head)
{
	set_page_private(head + 4, -1UL);
}

/*
 * In use and not isolated by anybody. A page that was just allocated and whose
 * fault is not finished yet is not active either.
 */
static inline bool compat_page_huge_active(struct page *head)
{
	return PagePrivate(head + 1);
}

/* Belongs to no pool: goes to the buddy when it is freed, and counts down. */
static inline void compat_set_page_huge_temporary(struct page *head)
{
	head[2].mapping = (void *)-1U;
}

/*
 * The fields of the tail pages that hugetlb owns. The page allocator leaves
 * behind what the last user of a tail page stored in ->private; hugetlb takes
 * that for its Freed mark and for two hugetlb cgroup pointers.
 */
static inline void compat_clear_page_huge_state(struct page *head)
{
	set_page_private(head, 0);
	set_page_private(head + 2, 0);
	set_page_private(head + 3, 0);
	set_page_private(head + 4, 0);
	ClearPagePrivate(head + 1);
	head[2].mapping = TAIL_MAPPING;
}

#endif /* HUGECONTIG_COMPAT_HUGETLB_H */
