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

#endif /* HUGECONTIG_SUPPLY_H */
