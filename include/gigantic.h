/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_GIGANTIC_H
#define HUGECONTIG_GIGANTIC_H

#include "reason.h"

struct contig_request;
struct folio;

/* A parameter of the module. */
extern bool gigantic_give_up;

enum reason gigantic_dissolve(struct contig_request *req, struct folio *folio);

#endif /* HUGECONTIG_GIGANTIC_H */
