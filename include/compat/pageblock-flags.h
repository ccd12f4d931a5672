/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/pageblock-flags.h>: the type of a pageblock. Before 42f46ed99ac6
 * ("mm/page_alloc: pageblock flags functions clean up", v6.17) it was asked for with a
 * mask.
 */
#ifndef HUGECONTIG_COMPAT_PAGEBLOCK_FLAGS_H
#define HUGECONTIG_COMPAT_PAGEBLOCK_FLAGS_H

#include <linux/mmzone.h>
#include <linux/pageblock-flags.h>
#include <linux/static_call.h>

#ifdef HAVE_PFNBLOCK_MIGRATETYPE

#define COMPAT_PFNBLOCK_MIGRATETYPE_PROTOTYPE \
	enum migratetype (const struct page *, unsigned long)

DECLARE_STATIC_CALL(kernel_pfnblock_migratetype, get_pfnblock_migratetype);

static inline int compat_pfnblock_migratetype(struct page *page,
					      unsigned long pfn)
{
	return static_call(kernel_pfnblock_migratetype)(page, pfn);
}

#else

#ifdef HAVE_PFNBLOCK_CONST_PAGE
#define COMPAT_PFNBLOCK_MIGRATETYPE_PROTOTYPE \
	unsigned long (const struct page *, unsigned long, unsigned long)
#else
#define COMPAT_PFNBLOCK_MIGRATETYPE_PROTOTYPE \
	unsigned long (struct page *, unsigned long, unsigned long)
#endif
#define get_pfnblock_migratetype	get_pfnblock_flags_mask

DECLARE_STATIC_CALL(kernel_pfnblock_migratetype, get_pfnblock_migratetype);

static inline int compat_pfnblock_migratetype(struct page *page,
					      unsigned long pfn)
{
	return static_call(kernel_pfnblock_migratetype)(page, pfn,
							MIGRATETYPE_MASK);
}

#endif /* HAVE_PFNBLOCK_MIGRATETYPE */

#endif /* HUGECONTIG_COMPAT_PAGEBLOCK_FLAGS_H */
