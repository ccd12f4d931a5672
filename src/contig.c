// SPDX-License-Identifier: GPL-2.0-only
/*
 * A request: one call of alloc_contig_range(), from its beginning to what is
 * returned to the caller.
 */
#include <linux/delay.h>
#include <linux/hugetlb.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "caller.h"
#include "contig.h"
#include "examine.h"
#include "failures.h"
#include "hugecontig_trace.h"
#include "hugetlb.h"
#include "stats.h"
#include "supply.h"
#include "symbols.h"

/*
 * Open requests. There are hardly ever more than one or two: callers of
 * alloc_contig_range() take big ranges, and mutexes of their own around it.
 */
static LIST_HEAD(requests);
static LIST_HEAD(choices);
/* Guards both lists. */
static DEFINE_SPINLOCK(requests_lock);
atomic_t contig_requests_open = ATOMIC_INIT(0);
bool contig_observe;

/* All sleeps of a request together take a tenth of a second or so. */
#define REQUEST_WAITS	100

/**
 * contig_choice_begin() - the kernel begins to choose a range
 * @choice: kept until contig_choice_end()
 *
 * Context: task context.
 */
void contig_choice_begin(struct contig_choice *choice)
{
	choice->task = current;
	spin_lock(&requests_lock);
	list_add(&choice->list, &choices);
	spin_unlock(&requests_lock);
}

/**
 * contig_choice_end() - the kernel has chosen, or found nothing
 * @choice: as for contig_choice_begin()
 *
 * Context: task context.
 */
void contig_choice_end(struct contig_choice *choice)
{
	spin_lock(&requests_lock);
	list_del(&choice->list);
	spin_unlock(&requests_lock);
}

static bool has_choice(void)
{
	struct contig_choice *choice;

	lockdep_assert_held(&requests_lock);
	list_for_each_entry(choice, &choices, list)
		if (choice->task == current)
			return true;
	return false;
}

static void request_open(struct contig_request *req)
{
	spin_lock(&requests_lock);
	req->chosen = has_choice();
	req->waits = req->chosen ? REQUEST_WAITS : 0;
	list_add(&req->list, &requests);
	spin_unlock(&requests_lock);
	/*
	 * Only this task has to see it: it is this task that calls the original
	 * from here, and its calls that are redirected.
	 */
	atomic_inc(&contig_requests_open);
	stats_count(STATS_REQUESTS);
	if (trace_request_begin_enabled() || trace_request_end_enabled())
		req->caller = caller_find(req->caller);
	trace_request_begin(req);
}

static void request_close(struct contig_request *req)
{
	atomic_dec(&contig_requests_open);
	spin_lock(&requests_lock);
	list_del(&req->list);
	spin_unlock(&requests_lock);
	supply_end(&req->supply);
}

/**
 * contig_current_request() - the request of the current task
 *
 * Context: task context.
 * Return: the innermost request, or NULL. It stays as long as the task is in
 *         alloc_contig_range().
 */
struct contig_request *contig_current_request(void)
{
	struct contig_request *req, *found = NULL;

	spin_lock(&requests_lock);
	list_for_each_entry(req, &requests, list) {
		if (req->task == current) {
			found = req;
			break;
		}
	}
	spin_unlock(&requests_lock);
	return found;
}

/**
 * contig_wait() - sleep a moment for a page to change its state
 * @req: request of the current task
 *
 * Sleeps, and does not just yield: frees of HugeTLB pages that are deferred
 * run on the workqueue of the system. A caller that is a worker itself, as
 * virtio-mem is, would keep its CPU's pool from running them (the unbounded
 * "cond_resched(); goto retry" of dissolve_free_huge_page()).
 *
 * Context: sleeps for about a millisecond.
 * Return: false at once if the request has waited enough, or has to end.
 */
bool contig_wait(struct contig_request *req)
{
	if (req->waits == REQUEST_WAITS || fatal_signal_pending(current))
		return false;
	req->waits++;
	usleep_range(1000, 1500);
	return true;
}

/**
 * contig_blocked() - count a HugeTLB page that stays in the way
 * @req:    request of the current task
 * @reason: why it stays
 * @pfn:    a pfn of the page inside the range of @req
 *
 * Context: task context.
 */
void contig_blocked(struct contig_request *req, enum reason reason,
		    unsigned long pfn)
{
	req->blocking_pfn = pfn;
	req->blocking_reason = reason;
	stats_count_busy(reason, pfn);
}

/**
 * contig_stop() - does a page end the request?
 * @req:    request of the current task
 * @reason: what became of the page
 * @pfn:    a pfn of the page
 *
 * One page that is busy does not: the scan goes on, as in mainline.
 *
 * Context: task context.
 * Return: true if nothing more may be isolated.
 */
bool contig_stop(struct contig_request *req, enum reason reason,
		 unsigned long pfn)
{
	if (reason != REASON_NO_MEMORY && reason != REASON_INTERRUPTED &&
	    reason != REASON_OUT_OF_TIME)
		return false;
	req->stop = reason;
	contig_blocked(req, reason, pfn);
	return true;
}

/**
 * contig_out_of_time() - end a request that has taken too long
 * @req: request of the current task
 * @pfn: where it has got to
 *
 * Context: task context.
 * Return: true if nothing more may be isolated.
 */
bool contig_out_of_time(struct contig_request *req, unsigned long pfn)
{
	return req->deadline && time_after(jiffies, req->deadline) &&
	       contig_stop(req, REASON_OUT_OF_TIME, pfn);
}

/**
 * contig_stop_error() - how to tell the original that a request has to end
 * @req: request of the current task
 *
 * With -EBUSY it would go on. See request_result().
 *
 * Context: task context.
 * Return: 0 if it has not; -ENOMEM; -EINTR.
 */
int contig_stop_error(const struct contig_request *req)
{
	switch (req->stop) {
	case REASON_NO_MEMORY:
		return -ENOMEM;
	case REASON_NONE:
		return 0;
	default:
		return -EINTR;
	}
}

/*
 * Tries each HugeTLB page of the range once more. Returns true if one stays
 * that may still go. @last: count those that stay, with their reasons.
 */
static bool settle_pass(struct contig_request *req, bool last)
{
	unsigned long unit = 1UL << huge_page_min_order();
	struct huge_page_result result;
	unsigned long pfn, next;
	bool hope = false;

	for (pfn = req->start; pfn < req->end; pfn = next) {
		next = ALIGN(pfn + 1, unit);
		if (!PageHuge(pfn_to_page(pfn)))
			continue;
		huge_page_isolate_or_dissolve(req, pfn, &result);
		if (contig_stop(req, result.reason, pfn))
			return false;
		if (result.moved)
			stats_count(STATS_SETTLED);
		if (result.reason != REASON_NONE && last)
			contig_blocked(req, result.reason, pfn);
		hope |= result.hope;
		next = max(next, result.next_pfn);
	}
	return hope;
}

/**
 * contig_settle() - the last look at a range before it is tested
 * @req: request of the current task
 *
 * Pages that were busy when the scan came by get their second chance here, and
 * so do pages freed into the pool meanwhile: their callers on 5.10 do not try
 * again (virtio-mem waits for 50 s). It is done before the range is tested, as
 * huge pages freed after that would spoil what alloc_contig_range() has
 * computed from the free pages. What stays is counted. The kernel's own last look,
 * which this replaces, lets counters of the pool move, spins on a page whose free is
 * not over, and takes a gigantic one for a want of memory.
 *
 * Upstream: 67bab13307c8 ("mm/hugetlb: wait for hugetlb folios to be freed",
 * v6.14), 04f13d241b8b ("mm: replace free hugepage folios after migration",
 * v6.14).
 *
 * Context: may sleep, within the limits of contig_wait(); no locks held.
 * Return: 0, or contig_stop_error() if the request has to end.
 */
int contig_settle(struct contig_request *req)
{
	while (settle_pass(req, false) && contig_wait(req))
		;
	if (req->stop == REASON_NONE)
		settle_pass(req, true);
	return contig_stop_error(req);
}

/*
 * virtio-mem asks for a memory block of 128 MiB first, and for its parts of
 * 4 MiB if that is busy. If it is out of memory, virtio-mem tries no part
 * either, and none later: after a minute it begins with the same block. So what
 * could be replaced would not be given back. For a block that holds even if nothing
 * could be this time: drivers later than 5.10's ask for a busy one up to five times,
 * and what the last attempt has made free is part of the block. For a part it holds
 * if something could: another part may need less.
 */
static bool caller_goes_on(const struct contig_request *req)
{
	return (req->moved || req->end - req->start > MAX_ORDER_NR_PAGES) &&
	       caller_is_virtio_mem();
}

/*
 * Before v5.13 the replacement of isolate_migratepages_block() can only say "stop",
 * which the original takes for a fatal signal. What it was is in the request.
 */
static int request_result(const struct contig_request *req, int ret)
{
	if (!ret || fatal_signal_pending(current))
		return ret;
	if (req->stop == REASON_NO_MEMORY)
		return caller_goes_on(req) ? -EBUSY : -ENOMEM;
	return ret == -EINTR ? -EBUSY : ret;
}

/* What the caller is told is what is counted and traced. */
static void request_account(struct contig_request *req, int ret)
{
	s64 duration = ktime_to_ns(ktime_sub(ktime_get(), req->begin));

	if (!ret)
		stats_count(STATS_REQUESTS_OK);
	else if (ret == -ENOMEM)
		stats_count(STATS_ENOMEM);
	else if (ret == -EINTR)
		stats_count(STATS_INTERRUPTED);
	stats_count_time(STATS_REQUEST_TIME, duration);
	if (ret)
		failures_add(req, ret, duration);
	trace_request_end(req, ret, duration);
}

/**
 * contig_alloc_range() - alloc_contig_range() that moves HugeTLB pages
 * @start: first pfn of the range
 * @end:   pfn after the range
 * @flags: for the original: before v7.x the type of the range's pageblocks
 * @gfp:   flags of the caller; replacements keep to its IO and FS limits
 * @deadline: when to stop, in jiffies; 0: whenever it is done
 * @caller: where the call returns to, for those who look
 *
 * Does what alloc_contig_range() does, plus what c8e28b47af45 ("mm,page_alloc:
 * bail out earlier on -ENOMEM in alloc_contig_migrate_range", v5.13) added. If only
 * observed, it does nothing more than alloc_contig_range().
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM if a replacement could not be had, and then nothing more
 *         was isolated; -EINTR with a fatal signal pending; -EBUSY for all
 *         else, and for virtio-mem also if memory ran out half way. What the original
 *         has returned, if only observed.
 */
int contig_alloc_range(unsigned long start, unsigned long end,
		       acr_flags_t flags, gfp_t gfp, unsigned long deadline,
		       unsigned long caller)
{
	struct contig_request req = {
		.task = current,
		.start = start,
		.end = end,
		.supply.gfp = current_gfp_context(gfp),
		.supply.left = end - start,
		.deadline = deadline,
		.caller = caller,
		.begin = ktime_get(),
		.observe = READ_ONCE(contig_observe),
	};
	int ret;

	request_open(&req);
	ret = static_call(kernel_alloc_contig_range)(start, end, flags, gfp);
	if (!req.observe)
		ret = request_result(&req, ret);
	request_close(&req);
	request_account(&req, ret);
	return ret;
}
