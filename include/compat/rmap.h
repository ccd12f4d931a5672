/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/rmap.h>: what an rmap walk is about. A struct page up to 2f031c6f042c
 * ("mm/rmap: Convert rmap_walk() to take a folio", v5.18); and
 * page_lock_anon_vma_read() got its walk with 6d4675e60135 ("mm: don't be stuck to
 * rmap lock on reclaim path", v5.19).
 */
#ifndef HUGECONTIG_COMPAT_RMAP_H
#define HUGECONTIG_COMPAT_RMAP_H

#include <linux/rmap.h>
#include <linux/static_call.h>

#include "compat/mm.h"

#ifndef HAVE_RMAP_WALK_FOLIO
#define folio_lock_anon_vma_read	page_lock_anon_vma_read
#endif

DECLARE_STATIC_CALL(kernel_lock_anon_vma, folio_lock_anon_vma_read);

/* compat_lock_anon_vma() is for .anon_lock of a struct rmap_walk_control. */
#ifdef HAVE_RMAP_WALK_FOLIO

#define compat_rmap_folio		folio
#define COMPAT_RMAP_FOLIO(folio)	(folio)

#ifdef HAVE_RMAP_CONST_FOLIO
#define compat_rmap_const		const
#define COMPAT_LOCK_ANON_VMA_PROTOTYPE \
	struct anon_vma * (const struct folio *, struct rmap_walk_control *)
#else
#define compat_rmap_const
#define COMPAT_LOCK_ANON_VMA_PROTOTYPE \
	struct anon_vma * (struct folio *, struct rmap_walk_control *)
#endif

static inline struct anon_vma *
compat_lock_anon_vma(compat_rmap_const struct folio *folio,
		     struct rmap_walk_control *walk)
{
	return static_call(kernel_lock_anon_vma)(folio, walk);
}

#else /* HAVE_RMAP_WALK_FOLIO */

#define compat_rmap_folio		page
#define COMPAT_RMAP_FOLIO(folio)	folio_page(folio, 0)

#define COMPAT_LOCK_ANON_VMA_PROTOTYPE	struct anon_vma * (struct page *)

static inline struct anon_vma *compat_lock_anon_vma(struct page *page)
{
	return static_call(kernel_lock_anon_vma)(page);
}

#endif /* HAVE_RMAP_WALK_FOLIO */

#endif /* HUGECONTIG_COMPAT_RMAP_H */
