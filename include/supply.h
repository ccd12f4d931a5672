/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_SUPPLY_H
#define HUGECONTIG_SUPPLY_H

#include <linux/types.h>

#include "reason.h"

struct hstate;
struct folio;

/**
 * struct supply - pages that a request has
 * @spare:  for its next replacement or migration; NULL if there is none
 * @second: what was taken together with a spare, for the next but one, or NULL
 * @gfp:    flags of the caller of alloc_contig_range()
 * @left:   pages of the range for which nothing was taken yet: there may be use for as many
 */
struct supply {
	struct folio *spare;
	struct folio *second;
	gfp_t gfp;
	unsigned long left;
};

unsigned long supply_room(int nid);
bool supply_fill(struct supply *supply, struct hstate *h, int nid);
void supply_end(struct supply *supply);
bool supply_fits(struct folio *folio, struct hstate *h, int nid);
enum reason supply_put(struct folio *folio);

#endif /* HUGECONTIG_SUPPLY_H */
