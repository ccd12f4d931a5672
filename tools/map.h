/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_TOOL_MAP_H
#define HUGECONTIG_TOOL_MAP_H

#include "verdicts.h"

#define MAP_CELLS	4096

/**
 * struct map - memory, and the most severe verdict of each piece
 * @start:      first pfn
 * @end:        last pfn
 * @cell_pages: pages in a cell
 * @nr:         number of cells
 * @cells:      indices of verdicts[]; a range that is not aligned may need one more
 */
struct map {
	unsigned long long start;
	unsigned long long end;
	unsigned long long cell_pages;
	unsigned int nr;
	unsigned char cells[MAP_CELLS + 1];
};

void map_begin(struct map *map, unsigned long long start, unsigned long long end);
void map_mark(struct map *map, unsigned long long pfn, unsigned long long pages,
	      unsigned int verdict);
void map_print(const struct map *map, unsigned int width);

#endif /* HUGECONTIG_TOOL_MAP_H */
