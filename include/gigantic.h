/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_GIGANTIC_H
#define HUGECONTIG_GIGANTIC_H

#include "stats.h"

struct folio;

/* A parameter of the module. */
extern bool gigantic_give_up;

enum busy_reason gigantic_dissolve(struct folio *folio);

#endif /* HUGECONTIG_GIGANTIC_H */
