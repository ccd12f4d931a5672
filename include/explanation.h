/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_EXPLANATION_H
#define HUGECONTIG_EXPLANATION_H

#include <linux/types.h>

#include "target.h"
#include "verdict.h"

struct seq_file;

/* What a line of the file is about. They come in this order. */
enum line_type {
	LINE_TARGET,
	LINE_OBSTACLE,
	LINE_TOTAL,
	LINE_RESULT,
	LINE_END,
};

/**
 * struct explanation - an open file
 * @target:    what is asked for
 * @end_of_memory: nothing is looked at beyond
 * @type:      of the line
 * @pos:       its number in the file
 * @made:      it is there; or has to be made, if a signal was in the way
 * @item:      of LINE_OBSTACLE: the obstacle
 * @total:     of LINE_TOTAL: the verdict
 * @run:       memory that was looked at, and what follows may be the same
 * @pfn:       what is looked at next
 * @block:     where the pageblock begins of which has been told
 * @pages:     pages of the target so far
 * @total_pages: pages by verdict
 * @total_items: and obstacles
 * @stays:     obstacles that stay
 * @first:     pfn of the first of them
 */
struct explanation {
	struct target target;
	unsigned long end_of_memory;
	enum line_type type;
	loff_t pos;
	bool made;
	struct verdict_item item;
	unsigned int total;
	struct verdict_item run;
	unsigned long pfn;
	unsigned long block;
	unsigned long pages;
	unsigned long total_pages[NR_VERDICTS];
	unsigned long total_items[NR_VERDICTS];
	unsigned long stays;
	unsigned long first;
};

void explanation_begin(struct explanation *ex);
int explanation_next(struct explanation *ex);
void explanation_show(struct seq_file *m, const struct explanation *ex);

#endif /* HUGECONTIG_EXPLANATION_H */
