/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_CONVERT_H
#define HUGECONTIG_CONVERT_H

#include "reason.h"

struct folio;

void convert_optimize(struct folio *folio);
enum reason convert_restore(struct folio *folio);
void convert_leave_to_kernel(struct folio *folio);
void convert_to_huge(struct folio *folio);
void convert_to_plain(struct folio *folio);

#endif /* HUGECONTIG_CONVERT_H */
