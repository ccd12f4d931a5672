/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/gfp.h>: the function that all requests go through. It is
 * alloc_contig_frozen_range_noprof() in v7.x, and was alloc_contig_range_noprof()
 * since b951aaff5035 ("mm: enable page allocation tagging", v6.10), with the type of
 * the pageblocks where others have flags.
 */
#ifndef HUGECONTIG_COMPAT_GFP_H
#define HUGECONTIG_COMPAT_GFP_H

#include <linux/gfp.h>

#ifndef HAVE_ALLOC_CONTIG_FROZEN_RANGE
#ifdef HAVE_ALLOC_CONTIG_RANGE_NOPROF
#define alloc_contig_frozen_range_noprof	alloc_contig_range_noprof
#else
#define alloc_contig_frozen_range_noprof	alloc_contig_range
#endif
#define acr_flags_t				unsigned int
#define ACR_FLAGS_NONE				MIGRATE_MOVABLE
#endif

#endif /* HUGECONTIG_COMPAT_GFP_H */
