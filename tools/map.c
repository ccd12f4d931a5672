// SPDX-License-Identifier: GPL-2.0-only
/*
 * A map of memory: a letter for each 2 MiB, or more if that would be too many.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "map.h"
#include "screen.h"
#include "text.h"

#define PAGE_BYTES	4096ULL
/* 2 MiB: a huge page, and a pageblock */
#define CELL_PAGES	512
/* A row of them is a memory block of 128 MiB. */
#define USUAL_WIDTH	64

/**
 * map_begin() - an empty map
 * @map:   the map
 * @start: first pfn
 * @end:   last pfn
 */
void map_begin(struct map *map, unsigned long long start, unsigned long long end)
{
	memset(map, 0, sizeof(*map));
	map->start = start;
	map->end = end;
	map->cell_pages = CELL_PAGES;
	while ((end - start) / map->cell_pages >= MAP_CELLS)
		map->cell_pages *= 2;
	map->nr = end / map->cell_pages - start / map->cell_pages + 1;
}

/**
 * map_mark() - put a verdict on the map
 * @map:     the map
 * @pfn:     where it begins
 * @pages:   how far it reaches; what is not on the map is left out
 * @verdict: index of verdicts[]
 */
void map_mark(struct map *map, unsigned long long pfn, unsigned long long pages,
	      unsigned int verdict)
{
	unsigned long long first_cell = map->start / map->cell_pages, cell, last;

	if (!pages || pfn > map->end || (pfn < map->start && map->start - pfn >= pages))
		return;
	last = pages - 1 > map->end - pfn ? map->end : pfn + pages - 1;
	if (pfn < map->start)
		pfn = map->start;
	for (cell = pfn / map->cell_pages; cell <= last / map->cell_pages; cell++)
		if (map->cells[cell - first_cell] < verdict)
			map->cells[cell - first_cell] = verdict;
}

/* What fits on the terminal, so that rows begin at round addresses. */
static unsigned int fitting_width(int label)
{
	unsigned int columns, width = 8;

	if (!style_terminal())
		return USUAL_WIDTH;
	columns = screen_columns();
	while (width < 1024 && 2 * width + label <= columns)
		width *= 2;
	return width;
}

static void print_cell(unsigned int verdict, enum style *style)
{
	if (verdicts[verdict].style != *style) {
		fputs(style_off(), stdout);
		*style = verdicts[verdict].style;
		fputs(style_on(*style), stdout);
	}
	putchar(verdicts[verdict].letter);
}

static void print_legend(const bool *there)
{
	unsigned int i;

	putchar('\n');
	for (i = 0; i < NR_VERDICTS; i++)
		if (there[i])
			printf("  %s%c%s  %-19s  %s\n", style_on(verdicts[i].style),
			       verdicts[i].letter, style_off(), verdicts[i].name,
			       verdicts[i].meaning);
}

/* Whether nothing was asked for in a row. */
static bool is_blank(const struct map *map, unsigned int first, unsigned int width)
{
	unsigned int i;

	for (i = first; i < map->nr && i < first + width; i++)
		if (map->cells[i])
			return false;
	return true;
}

static void print_row(const struct map *map, unsigned int first, unsigned int width,
		      bool *there)
{
	enum style style = STYLE_PLAIN;
	unsigned int i;

	for (i = first; i < map->nr && i < first + width; i++) {
		print_cell(map->cells[i], &style);
		there[map->cells[i]] = true;
	}
	printf("%s\n", style_off());
}

/**
 * map_print() - show the map, and a legend of what is on it
 * @map:   the map
 * @width: cells in a row; 0: as many as fit
 *
 * Between zones there may be more rows of nothing than of anything: they are left out.
 */
void map_print(const struct map *map, unsigned int width)
{
	unsigned long long pfn = map->start / map->cell_pages * map->cell_pages;
	int label = snprintf(NULL, 0, "0x%llx", map->end);
	bool there[NR_VERDICTS] = { false }, gap = false;
	char text[TEXT_SHORT];
	unsigned int i;

	if (!width)
		width = fitting_width(label + 2);
	printf("a letter is %s%s, and the worst that is there\n\n",
	       text_bytes(text, map->cell_pages * PAGE_BYTES),
	       map->cell_pages > CELL_PAGES ? " (2 MiB would be too many)" : "");
	for (i = 0; i < map->nr; i += width, pfn += width * map->cell_pages) {
		if (is_blank(map, i, width)) {
			if (!gap)
				printf("%*s\n", label, "...");
			gap = true;
			continue;
		}
		gap = false;
		snprintf(text, sizeof(text), "0x%llx", pfn);
		printf("%*s  ", label, text);
		print_row(map, i, width, there);
	}
	print_legend(there);
}
