/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_SUPPLY_H
#define HUGECONTIG_SUPPLY_H

#include <linux/types.h>

#include "reason.h"

struct hstate;
struct folio;

unsigned long supply_room(int nid);
bool supply_fill(struct folio **spare, struct hstate *h, int nid, gfp_t caller);
bool supply_fits(struct folio *folio, struct hstate *h, int nid);
enum reason supply_put(struct folio *folio);
void supply_optimize(struct folio *folio);
enum reason supply_restore(struct folio *folio);
void supply_hand_over(struct folio *folio);
void supply_make_huge(struct folio *folio);
void supply_unmake_huge(struct folio *folio);

#endif /* HUGECONTIG_SUPPLY_H */
