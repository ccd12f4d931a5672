/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_SUPPLY_H
#define HUGECONTIG_SUPPLY_H

#include <linux/types.h>

struct hstate;
struct page;

bool supply_fill(struct page **spare, struct hstate *h, int nid, gfp_t caller);
bool supply_fits(const struct page *page, struct hstate *h, int nid);
bool supply_put(struct page *page);
void supply_make_huge(struct page *page);
void supply_unmake_huge(struct page *page);

#endif /* HUGECONTIG_SUPPLY_H */
