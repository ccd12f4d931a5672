/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_OBSTACLE_H
#define HUGECONTIG_OBSTACLE_H

#include "reason.h"

struct page;
struct zone;

enum reason obstacle_of_block(unsigned long pfn);
enum reason obstacle_of_page(struct page *page, unsigned long pfn,
			     unsigned long *next);
enum reason obstacle_at(struct zone *zone, unsigned long pfn,
			unsigned long *next);
enum reason obstacle_closer(unsigned long pfn, enum reason reason);
bool obstacle_any_poison(unsigned long start, unsigned long end);

#endif /* HUGECONTIG_OBSTACLE_H */
