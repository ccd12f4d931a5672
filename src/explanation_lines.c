// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the lines of the file explain are written: as text, or as JSON. No value has to be
 * escaped.
 */
#include <linux/mmzone.h>
#include <linux/seq_file.h>

#include "explanation.h"
#include "target.h"
#include "verdict.h"

/* Where a target is: a number, or "any". */
static void show_place(struct seq_file *m, bool json,
		       const struct target *target)
{
	const char *quote = json ? "\"" : "";

	seq_puts(m, json ? ",\"node\":" : " node=");
	if (target->nid == TARGET_ANY)
		seq_printf(m, "%sany%s", quote, quote);
	else
		seq_printf(m, "%d", target->nid);
	seq_printf(m, json ? ",\"zone\":\"%s\"" : " zone=%s",
		   target->zone == TARGET_ANY ? "any" :
						target_zone_name(target->zone));
}

static void show_target(struct seq_file *m, bool json,
			const struct target *target)
{
	seq_printf(m, json ? "{\"type\":\"target\",\"range\":\"0x%lx-0x%lx\"" :
			     "target range=0x%lx-0x%lx",
		   target->start, target->end - 1);
	show_place(m, json, target);
}

static const char *flag_name(bool json, bool flag)
{
	if (json)
		return flag ? "true" : "false";
	return flag ? "yes" : "no";
}

static void show_huge(struct seq_file *m, bool json,
		      const struct huge_verdict *huge)
{
	seq_printf(m, json ? ",\"size_kb\":%lu,\"use\":\"%s\",\"mapped\":%d" :
			     " size_kb=%lu use=%s mapped=%d",
		   huge->size_kb, huge->use, huge->mapped);
	seq_printf(m, json ? ",\"references\":%d,\"reserved\":%s,\"surplus\":%s" :
			     " references=%d reserved=%s surplus=%s",
		   huge->references, flag_name(json, huge->reserved),
		   flag_name(json, huge->surplus));
}

/* There may be very many of them: they are not written key by key. */
static void show_obstacle(struct seq_file *m, bool json,
			  const struct verdict_item *item)
{
	seq_printf(m, json ? "{\"type\":\"obstacle\",\"pfn\":\"0x%lx\",\"pages\":%lu" :
			     "obstacle pfn=0x%lx pages=%lu",
		   item->pfn, item->pages);
	if (item->zone)
		seq_printf(m, json ? ",\"node\":%d,\"zone\":\"%s\"" :
				     " node=%d zone=%s",
			   item->nid, item->zone->name);
	else
		seq_puts(m, json ? ",\"node\":\"any\",\"zone\":\"any\"" :
				   " node=any zone=any");
	seq_printf(m, json ? ",\"verdict\":\"%s\",\"stays\":%s" :
			     " verdict=%s stays=%s",
		   verdict_name(item->verdict), flag_name(json, item->stays));
	if (verdict_is_huge(item->verdict))
		show_huge(m, json, &item->huge);
}

static void show_total(struct seq_file *m, bool json,
		       const struct explanation *ex)
{
	seq_printf(m, json ? "{\"type\":\"total\",\"verdict\":\"%s\",\"pages\":%lu" :
			     "total verdict=%s pages=%lu",
		   verdict_name(ex->total), ex->total_pages[ex->total]);
	seq_printf(m, json ? ",\"obstacles\":%lu" : " obstacles=%lu",
		   ex->total_items[ex->total]);
}

static void show_result(struct seq_file *m, bool json,
			const struct explanation *ex)
{
	seq_printf(m, json ? "{\"type\":\"result\",\"pages\":%lu,\"verdict\":\"%s\"" :
			     "result pages=%lu verdict=%s",
		   ex->pages, ex->stays ? "blocked" : "can_be_emptied");
	seq_printf(m, json ? ",\"stays\":%lu,\"first\":\"0x%lx\"" :
			     " stays=%lu first=0x%lx", ex->stays, ex->first);
	seq_printf(m, json ? ",\"replace\":%lu,\"migrate\":%lu,\"move_pages\":%lu" :
			     " replace=%lu migrate=%lu move_pages=%lu",
		   ex->total_items[VERDICT_HUGE_FREE],
		   ex->total_items[VERDICT_HUGE_IN_USE],
		   ex->total_pages[REASON_MOVABLE] +
		   ex->total_pages[REASON_MLOCKED]);
}

/**
 * explanation_show() - write the line that was made
 * @m:  the file
 * @ex: the explanation
 *
 * Context: task context.
 */
void explanation_show(struct seq_file *m, const struct explanation *ex)
{
	bool json = ex->target.json;

	if (ex->type == LINE_TARGET)
		show_target(m, json, &ex->target);
	else if (ex->type == LINE_OBSTACLE)
		show_obstacle(m, json, &ex->item);
	else if (ex->type == LINE_TOTAL)
		show_total(m, json, ex);
	else
		show_result(m, json, ex);
	seq_puts(m, json ? "}\n" : "\n");
}
