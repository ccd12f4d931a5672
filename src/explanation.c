// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at all of a target, page by page, for its obstacles, and adds them up: what the
 * lines of the file explain are about. Nothing is isolated or moved.
 */
#include <linux/kernel.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "compat/memory_hotplug.h"
#include "explanation.h"
#include "symbols.h"
#include "target.h"
#include "verdict.h"

static bool is_block_verdict(unsigned int verdict)
{
	return verdict == REASON_ISOLATED || verdict == REASON_CMA;
}

/* May it be told of in one line with what is before it? */
static bool is_same(const struct verdict_item *run,
		    const struct verdict_item *item)
{
	return run->pfn + run->pages == item->pfn &&
	       run->verdict == item->verdict && run->nid == item->nid &&
	       run->zone == item->zone && run->stays == item->stays &&
	       !verdict_is_huge(item->verdict) &&
	       !is_block_verdict(item->verdict);
}

static bool is_asked_for(const struct target *target,
			 const struct verdict_item *item)
{
	if (!item->zone)
		return target->range;
	return (target->nid == TARGET_ANY || target->nid == item->nid) &&
	       (target->zone == TARGET_ANY ||
		target->zone == zone_idx(item->zone));
}

/* Looks at what comes next. Returns false if that is not asked for. */
static bool look(struct explanation *ex, struct verdict_item *item)
{
	unsigned long block = ALIGN_DOWN(ex->pfn, pageblock_nr_pages);

	if (ex->block != block) {
		ex->block = block;
		verdict_of_block(ex->pfn, item);
		item->pages = min(item->pages, ex->target.end - ex->pfn);
		if (is_block_verdict(item->verdict))
			return is_asked_for(&ex->target, item);
	}
	verdict_of_page(ex->pfn, item);
	verdict_extend(item);
	/* There is no memory up to the end of it all. */
	if (ex->pfn >= ex->end_of_memory)
		item->pages = ex->target.end - ex->pfn;
	item->pages = min(item->pages, ex->target.end - ex->pfn);
	ex->pfn += item->pages;
	if (!is_asked_for(&ex->target, item))
		return false;
	ex->pages += item->pages;
	return true;
}

/* Counts a run that is over. Returns true if there has to be a line for it. */
static bool end_run(struct explanation *ex)
{
	struct verdict_item *run = &ex->run;

	if (!run->pages)
		return false;
	ex->item = *run;
	run->pages = 0;
	run = &ex->item;
	ex->total_pages[run->verdict] += run->pages;
	ex->total_items[run->verdict]++;
	if (run->stays && !ex->stays++)
		ex->first = run->pfn;
	return ex->target.full ||
	       (run->verdict != REASON_NONE && run->verdict != REASON_MOVABLE);
}

/* Looks at one pageblock, up to an obstacle. Returns true if there is one. */
static bool explain_block(struct explanation *ex)
{
	unsigned long end = min(ALIGN(ex->pfn + 1, pageblock_nr_pages),
				ex->target.end);
	struct verdict_item item;
	bool found = false;

	/* Struct pages stay where they are. Pairs with memory hotplug. */
	compat_get_online_mems();
	while (!found && ex->pfn < end) {
		if (!look(ex, &item))
			continue;
		if (ex->run.pages && is_same(&ex->run, &item)) {
			ex->run.pages += item.pages;
			continue;
		}
		found = end_run(ex);
		ex->run = item;
	}
	compat_put_online_mems();
	return found;
}

/* Returns 0 with an obstacle, -ENOENT if there is no more, -EINTR. */
static int next_obstacle(struct explanation *ex)
{
	while (ex->pfn < ex->target.end) {
		if (signal_pending(current))
			return -EINTR;
		if (explain_block(ex))
			return 0;
		cond_resched();
	}
	return end_run(ex) ? 0 : -ENOENT;
}

static bool next_total(struct explanation *ex, unsigned int first)
{
	for (ex->total = first; ex->total < NR_VERDICTS; ex->total++)
		if (ex->total_items[ex->total])
			return true;
	return false;
}

/**
 * explanation_next() - make the next line
 * @ex: the explanation; type LINE_END: there is none any more
 *
 * Context: may sleep; no locks held.
 * Return: 0; -EINTR if a signal is pending, and then it can be tried again.
 */
int explanation_next(struct explanation *ex)
{
	int ret;

	switch (ex->type) {
	case LINE_TARGET:
	case LINE_OBSTACLE:
		ret = next_obstacle(ex);
		if (ret == -EINTR)
			return ret;
		ex->type = LINE_OBSTACLE;
		if (ret)
			ex->type = next_total(ex, 0) ? LINE_TOTAL : LINE_RESULT;
		break;
	case LINE_TOTAL:
		if (!next_total(ex, ex->total + 1))
			ex->type = LINE_RESULT;
		break;
	default:
		ex->type = LINE_END;
		break;
	}
	ex->made = true;
	return 0;
}

/**
 * explanation_begin() - make the first line
 * @ex: the explanation, of which the target is set
 *
 * Pages on their way to a list of the LRU would pass for pinned ones, so they get there
 * first.
 *
 * Context: may sleep; no locks held.
 */
void explanation_begin(struct explanation *ex)
{
	struct target target = ex->target;

	memset(ex, 0, sizeof(*ex));
	ex->target = target;
	ex->end_of_memory = target_end_of_memory();
	ex->pfn = target.start;
	ex->block = ULONG_MAX;
	ex->made = true;
	static_call(kernel_lru_add_drain_all)();
}
