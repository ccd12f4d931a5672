/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <linux/migrate.h>: migrate_pages() has folios and their callbacks since
 * 4e096ae1801e ("mm: convert migrate_pages() to work on folios", v6.5), tells how
 * many it migrated since 5ac95884a784 ("mm/migrate: enable returning precise
 * migrate_pages() success count"), and its reason is an enum in v7.x.
 */
#ifndef HUGECONTIG_COMPAT_MIGRATE_H
#define HUGECONTIG_COMPAT_MIGRATE_H

#include <linux/migrate.h>
#include <linux/static_call.h>

#include "compat/mm.h"

#ifdef HAVE_NEW_FOLIO_T
#define compat_migrate_folio		folio
#define COMPAT_MIGRATE_FOLIO(folio)	(folio)
#define FROM_COMPAT_MIGRATE_FOLIO(old)	(old)
#else
#define compat_migrate_folio		page
#define COMPAT_MIGRATE_FOLIO(folio)	folio_page(folio, 0)
#define FROM_COMPAT_MIGRATE_FOLIO(old)	page_folio(old)
#define new_folio_t			new_page_t
#define free_folio_t			free_page_t
#endif

#ifdef HAVE_MIGRATE_REASON_ENUM
#define compat_migrate_reason		enum migrate_reason
#else
#define compat_migrate_reason		int
#endif

DECLARE_STATIC_CALL(kernel_migrate_pages, migrate_pages);

#ifdef HAVE_MIGRATE_SUCCEEDED
#define COMPAT_MIGRATE_PAGES_PROTOTYPE \
	int (struct list_head *, new_folio_t *, free_folio_t *, unsigned long, \
	     enum migrate_mode, compat_migrate_reason, unsigned int *)
#else
#define COMPAT_MIGRATE_PAGES_PROTOTYPE \
	int (struct list_head *, new_folio_t *, free_folio_t *, unsigned long, \
	     enum migrate_mode, compat_migrate_reason)
#endif

static inline int compat_migrate_pages(struct list_head *from, new_folio_t *new,
				       free_folio_t *free,
				       unsigned long private,
				       enum migrate_mode mode,
				       compat_migrate_reason reason)
{
	return static_call(kernel_migrate_pages)(from, new, free, private, mode,
#ifdef HAVE_MIGRATE_SUCCEEDED
						 reason, NULL);
#else
						 reason);
#endif
}

#endif /* HUGECONTIG_COMPAT_MIGRATE_H */
