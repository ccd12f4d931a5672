/* SPDX-License-Identifier: GPL-2.0-only */
/* <linux/page_ref.h>: for a struct folio, see compat/mm_types.h. */
#ifndef HUGECONTIG_COMPAT_PAGE_REF_H
#define HUGECONTIG_COMPAT_PAGE_REF_H

#include <linux/page_ref.h>

#include "compat/mm_types.h"

#ifndef HAVE_FOLIO

static inline int folio_ref_count(struct folio *folio)
{
	return page_ref_count(&folio->page);
}

static inline int folio_ref_freeze(struct folio *folio, int count)
{
	return page_ref_freeze(&folio->page, count);
}

static inline void folio_ref_unfreeze(struct folio *folio, int count)
{
	page_ref_unfreeze(&folio->page, count);
}

#endif /* HAVE_FOLIO */

#endif /* HUGECONTIG_COMPAT_PAGE_REF_H */
