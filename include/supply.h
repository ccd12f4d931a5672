/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_SUPPLY_H
#define HUGECONTIG_SUPPLY_H

#include <linux/hugetlb.h>

struct page;

struct page *supply_get(struct hstate *h, int nid, gfp_t caller);
void supply_put(struct page *page);
bool supply_fits(const struct page *page, struct hstate *h, int nid);

#endif /* HUGECONTIG_SUPPLY_H */
