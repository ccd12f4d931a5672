/* SPDX-License-Identifier: GPL-2.0-only */
/* <linux/pagemap.h>: for a struct folio, see compat/mm_types.h. */
#ifndef HUGECONTIG_COMPAT_PAGEMAP_H
#define HUGECONTIG_COMPAT_PAGEMAP_H

#include <linux/pagemap.h>

#include "compat/mm_types.h"

#ifndef HAVE_FOLIO

static inline bool folio_trylock(struct folio *folio)
{
	return trylock_page(&folio->page);
}

static inline void folio_unlock(struct folio *folio)
{
	unlock_page(&folio->page);
}

#endif /* HAVE_FOLIO */

#endif /* HUGECONTIG_COMPAT_PAGEMAP_H */
