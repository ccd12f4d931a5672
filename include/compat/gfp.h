/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/gfp.h>: the functions that all requests go through. They are
 * alloc_contig_frozen_range_noprof() and alloc_contig_frozen_pages_noprof() in v7.x,
 * and had no "frozen" in their names since b951aaff5035 ("mm: enable page allocation
 * tagging", v6.10), the former with the type of the pageblocks where others have flags.
 */
#ifndef HUGECONTIG_COMPAT_GFP_H
#define HUGECONTIG_COMPAT_GFP_H

#include <linux/gfp.h>

#ifndef HAVE_ALLOC_CONTIG_FROZEN_RANGE
#ifdef HAVE_ALLOC_CONTIG_RANGE_NOPROF
#define alloc_contig_frozen_range_noprof	alloc_contig_range_noprof
#define alloc_contig_frozen_pages_noprof	alloc_contig_pages_noprof
#else
#define alloc_contig_frozen_range_noprof	alloc_contig_range
#define alloc_contig_frozen_pages_noprof	alloc_contig_pages
#endif
#define acr_flags_t				unsigned int
#define ACR_FLAGS_NONE				MIGRATE_MOVABLE
#endif

#endif /* HUGECONTIG_COMPAT_GFP_H */
