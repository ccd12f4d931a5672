/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/mm_types.h>: struct folio, since 7b230db3b8d3 ("mm: Introduce struct folio",
 * v5.16): a page that is no tail page.
 */
#ifndef HUGECONTIG_COMPAT_MM_TYPES_H
#define HUGECONTIG_COMPAT_MM_TYPES_H

#include <linux/mm_types.h>

#ifndef HAVE_FOLIO

struct folio {
	union {
		struct {
			unsigned long flags;
			struct list_head lru;
			struct address_space *mapping;
			pgoff_t index;
			void *private;
		};
		struct page page;
	};
};

static_assert(offsetof(struct page, lru) == offsetof(struct folio, lru));
static_assert(offsetof(struct page, mapping) == offsetof(struct folio, mapping));
static_assert(offsetof(struct page, private) == offsetof(struct folio, private));

#endif /* HAVE_FOLIO */

#endif /* HUGECONTIG_COMPAT_MM_TYPES_H */
