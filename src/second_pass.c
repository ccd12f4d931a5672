// SPDX-License-Identifier: GPL-2.0-only
/*
 * Once alloc_contig_pages() has found nothing: a search of our own, for ranges that
 * can be emptied, those first that take the least.
 *
 * This is how a 1 GiB page is made of memory that has 2 MiB pages in it. Kernels before
 * 3bb64898f003 ("page_alloc: allow migration of smaller hugepages during contig_alloc",
 * v7.0) pass over each GiB with a HugeTLB page, 5.10 over each with anything in use.
 * Where the kernel finds something nothing is added to what it does: without the two
 * passes of their own, kernels from 5.13 to 6.4 took a hundred times as long.
 */
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include "compat/gfp.h"
#include "compat/memory_hotplug.h"
#include "contig.h"
#include "hugecontig_trace.h"
#include "obstacle.h"
#include "second_pass.h"
#include "stats.h"
#include "supply.h"
#include "symbols.h"

unsigned int second_pass_attempts = 4;
unsigned int second_pass_pages = SZ_1G >> PAGE_SHIFT;
unsigned int second_pass_ms = 10000;

/**
 * struct candidate - a range that can be emptied
 * @zone:     all of it is in this one
 * @start:    its first pfn
 * @to_move:  pages in use, or of the pool
 * @huge:     those of them that are HugeTLB pages
 * @free:     pages that are free
 * @obstacle: the last thing that was found in it
 * @last:     pfn of that
 */
struct candidate {
	struct zone *zone;
	unsigned long start;
	unsigned long to_move;
	unsigned long huge;
	unsigned long free;
	enum reason obstacle;
	unsigned long last;
};

/**
 * struct search - one call
 * @nr_pages: pages of the range that is wanted
 * @gfp:      flags of the caller
 * @deadline: when to end it, in jiffies
 * @attempts: ranges that may be tried
 * @pages:    pages that may still be moved
 * @pending:  there are pages off the lists of the LRU
 * @over:     no other range may be tried
 * @observe:  none is tried at all, see contig_observe
 * @caller:   where the call returns to
 * @found:    those to be tried, in this order
 * @nr_found: how many
 * @nr_other: how many of them are of zones that come before the one that is searched
 */
struct search {
	unsigned long nr_pages;
	gfp_t gfp;
	unsigned long deadline;
	unsigned int attempts;
	unsigned long pages;
	bool pending;
	bool over;
	bool observe;
	unsigned long caller;
	struct candidate found[SECOND_PASS_MAX_ATTEMPTS];
	unsigned int nr_found;
	unsigned int nr_other;
};

static bool search_is_over(const struct search *search)
{
	return search->over || time_after(jiffies, search->deadline) ||
	       fatal_signal_pending(current);
}

static void count_pages(struct candidate *range, unsigned long nr)
{
	if (range->obstacle == REASON_NONE)
		range->free += nr;
	else
		range->to_move += nr;
	if (range->obstacle == REASON_HUGE_PAGE)
		range->huge += nr;
}

/* Counts what is in the range, until there is something that stays, or too much. */
static bool look_at_range(const struct search *search, struct candidate *range,
			  unsigned long most)
{
	unsigned long end = range->start + search->nr_pages;
	unsigned long pfn, next;

	for (pfn = range->start; pfn < end; pfn = next) {
		range->last = pfn;
		range->obstacle = obstacle_at(range->zone, pfn, &next);
		if (reason_stays(range->obstacle))
			return false;
		next = min(next, end);
		count_pages(range, next - pfn);
		if (range->to_move > most)
			return false;
		if (!IS_ALIGNED(next, pageblock_nr_pages))
			continue;
		cond_resched();
		if (search_is_over(search))
			return false;
	}
	return true;
}

/*
 * Is there room for the HugeTLB pages of the range, on their node? What is free in the
 * range itself is none. Other pages may go to other nodes, or be reclaimed.
 */
static bool has_room(const struct candidate *range)
{
	return !range->huge || supply_room(zone_to_nid(range->zone)) >=
			       range->huge + range->free;
}

/*
 * What is free or on a list of the LRU. The rest of a range has to be HugeTLB pages,
 * which need as much room on their node: with less than a range no range need be looked
 * at. (The counters may lag behind a little; supply_room() has the last word.)
 */
static bool may_have_room(const struct search *search, pg_data_t *node)
{
	unsigned long pages = 0;
	struct zone *zone;
	enum lru_list lru;

	for (zone = node->node_zones; zone < node->node_zones + MAX_NR_ZONES; zone++) {
		pages += zone_page_state(zone, NR_FREE_PAGES);
		for_each_lru(lru)
			pages += zone_page_state(zone, NR_ZONE_LRU_BASE + lru);
	}
	if (pages < search->nr_pages)
		stats_count(STATS_RULED_OUT_NO_ROOM);
	return pages >= search->nr_pages;
}

/*
 * Memory that is being plugged or unplugged is not looked at: the lock keeps struct
 * pages where they are. It is only tried, as the caller may be the one who unplugs, on
 * behalf of whom a gigantic page is migrated.
 */
static bool can_be_emptied(struct search *search, struct candidate *range,
			   unsigned long most)
{
	unsigned long end = range->start + search->nr_pages;
	bool can;

	if (!compat_try_get_online_mems()) {
		stats_count_ruled_out(REASON_ISOLATED);
		return false;
	}
	can = look_at_range(search, range, most);
	compat_put_online_mems();
	search->pending |= range->obstacle == REASON_OFF_LRU;
	if (reason_stays(range->obstacle))
		stats_count_ruled_out(range->obstacle);
	if (range->to_move > search->pages)
		stats_count(STATS_RULED_OUT_TOO_MANY);
	if (can && !has_room(range)) {
		stats_count(STATS_RULED_OUT_NO_ROOM);
		can = false;
	}
	trace_candidate(range->start, end, can, range->to_move,
				   range->obstacle, range->last);
	return can;
}

/* How many pages a range may have to be among those that are tried. */
static unsigned long most_to_move(const struct search *search)
{
	if (search->nr_found < search->attempts)
		return search->pages;
	return min(search->pages, search->found[search->nr_found - 1].to_move);
}

/* Of a zone those come first that have fewer pages; of equals the one found first. */
static void keep_candidate(struct search *search, const struct candidate *range)
{
	struct candidate *found = search->found;
	unsigned int i = search->nr_found;

	if (i < search->attempts)
		search->nr_found++;
	else if (found[--i].to_move <= range->to_move)
		return;
	for (; i > search->nr_other && found[i - 1].to_move > range->to_move; i--)
		found[i] = found[i - 1];
	found[i] = *range;
}

static void search_zone(struct search *search, struct zone *zone)
{
	struct candidate range;
	unsigned long start;

	search->nr_other = search->nr_found;
	for (start = roundup(zone->zone_start_pfn, search->nr_pages);
	     zone_spans_pfn(zone, start + search->nr_pages - 1) &&
	     !search_is_over(search); start += search->nr_pages) {
		range = (struct candidate) { .zone = zone, .start = start };
		if (can_be_emptied(search, &range, most_to_move(search)))
			keep_candidate(search, &range);
	}
}

/* All memory that the call may use, zone by zone, in the order of the kernel. */
static void search_zones(struct search *search, int nid,
			 const nodemask_t *nodemask)
{
	struct zoneref *ref = node_zonelist(nid, search->gfp)->_zonerefs;
	pg_data_t *node = NULL;
	bool may_have = false;
	struct zone *zone;

	for (; (zone = zonelist_zone(ref)); ref++) {
		if (search->nr_found == search->attempts)
			return;
		if (zonelist_zone_idx(ref) > gfp_zone(search->gfp) ||
		    (nodemask && !node_isset(zonelist_node_idx(ref), *nodemask)))
			continue;
		if (zone_managed_pages(zone) < search->nr_pages)
			continue;
		/* Mostly the zones of a node come together. */
		if (zone->zone_pgdat != node) {
			node = zone->zone_pgdat;
			may_have = may_have_room(search, node);
		}
		if (may_have)
			search_zone(search, zone);
	}
}

/*
 * What an attempt that failed has moved may be in this range now. A page is not moved
 * twice for one call, so a range that has more to move than before is left alone.
 */
static bool has_filled_up(struct search *search, const struct candidate *range)
{
	struct candidate now = { .zone = range->zone, .start = range->start };

	return range != search->found &&
	       !can_be_emptied(search, &now, range->to_move);
}

/* It takes a look at each page, so only the ranges that are tried are asked. */
static bool second_pass_is_poisoned(const struct search *search,
				    const struct candidate *range)
{
	bool poisoned;

	if (!compat_try_get_online_mems())
		return true;
	poisoned = obstacle_any_poison(range->start,
				       range->start + search->nr_pages);
	compat_put_online_mems();
	if (poisoned)
		stats_count_ruled_out(REASON_POISONED);
	return poisoned;
}

static bool try_range(struct search *search, const struct candidate *range)
{
	int ret;

	if (range->to_move > search->pages || has_filled_up(search, range) ||
	    second_pass_is_poisoned(search, range))
		return false;
	search->pages -= range->to_move;
	ret = contig_alloc_range(range->start, range->start + search->nr_pages,
				 ACR_FLAGS_NONE, search->gfp, search->deadline,
				 search->caller);
	/* There is no memory for the next one either. */
	search->over = ret == -ENOMEM || ret == -EINTR;
	return !ret;
}

/* Callers who would not even have it reclaimed do not want memory to be moved. */
static bool is_allowed(gfp_t gfp)
{
	return gfpflags_allow_blocking(gfp) && !(gfp & __GFP_NORETRY);
}

/**
 * second_pass_alloc() - alloc_contig_pages() over memory that can be moved
 * @nr_pages: pages wanted, aligned to as many
 * @gfp:      flags of the caller
 * @nid:      node whose zones come first
 * @nodemask: nodes that are allowed; NULL for all
 * @caller:   where the call of alloc_contig_pages() returns to
 *
 * For a call that the kernel has found nothing for. Ranges are judged before anything
 * is moved. The search ends with the limits of the parameters, with a fatal signal, or
 * if there is no memory for what has to be moved.
 *
 * Upstream: 3bb64898f003 ("page_alloc: allow migration of smaller hugepages during
 * contig_alloc", v7.0), which takes ranges in their order.
 *
 * Context: may sleep; no locks held.
 * Return: the pages as alloc_contig_pages() returns them, or NULL.
 */
struct page *second_pass_alloc(unsigned long nr_pages, gfp_t gfp, int nid,
			       nodemask_t *nodemask, unsigned long caller)
{
	struct search search = {
		.nr_pages = nr_pages,
		.gfp = gfp,
		.deadline = jiffies + msecs_to_jiffies(READ_ONCE(second_pass_ms)),
		.attempts = READ_ONCE(second_pass_attempts),
		.pages = READ_ONCE(second_pass_pages),
		.observe = READ_ONCE(contig_observe),
		.caller = caller,
	};
	unsigned int i;

	if (!search.attempts || !is_allowed(gfp))
		return NULL;
	stats_count(STATS_SECOND_PASSES);
	search_zones(&search, nid, nodemask);
	if (!search.nr_found && search.pending && !search.observe) {
		static_call(kernel_lru_add_drain_all)();
		search_zones(&search, nid, nodemask);
	}
	for (i = 0; !search.observe && i < search.nr_found &&
	     !search_is_over(&search); i++) {
		if (!try_range(&search, &search.found[i]))
			continue;
		stats_count(STATS_SECOND_PASSES_OK);
		return pfn_to_page(search.found[i].start);
	}
	if (time_after(jiffies, search.deadline))
		stats_count(STATS_SECOND_PASSES_OUT_OF_TIME);
	return NULL;
}
