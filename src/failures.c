// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that failed: which page was in the way, and why. The last of them are kept for
 * the administrator.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "caller.h"
#include "contig.h"
#include "failures.h"
#include "obstacle.h"
#include "stats.h"
#include "symbols.h"

#define NR_FAILURES	64

/**
 * struct failure - a request that failed
 * @time:     when it ended
 * @start:    first pfn of its range
 * @end:      pfn after that
 * @ret:      what its caller was told
 * @reason:   why
 * @pfn:      of the page that was in the way, or 0
 * @duration: in ns
 * @replaced: HugeTLB pages that were replaced
 * @migrated: and those that were migrated
 * @observe:  it was only observed
 * @caller:   function that called, by name: its module may be gone when this is read
 * @pid:      of the task
 * @comm:     its name
 */
struct failure {
	struct timespec64 time;
	unsigned long start;
	unsigned long end;
	int ret;
	enum reason reason;
	unsigned long pfn;
	s64 duration;
	unsigned int replaced;
	unsigned int migrated;
	bool observe;
	char caller[48];
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

static struct failure failures[NR_FAILURES];
/* How many there ever were: the next one's place. */
static unsigned long nr_failures;
/* Guards both. */
static DEFINE_SPINLOCK(failures_lock);

/*
 * What is no HugeTLB page is moved, or not, by the original, which keeps to itself why
 * not: so the range is looked at. By now the page may be gone; and another one may be
 * what is found, but one that would be in the way next time.
 */
static void find_obstacle(struct contig_request *req)
{
	enum reason reason = REASON_NONE;
	unsigned long pfn, next;
	struct page *page;

	for (pfn = req->start; pfn < req->end; pfn = next) {
		page = pfn_to_online_page(pfn);
		next = pfn + 1;
		if (!page)
			reason = REASON_HOLE;
		else if (IS_ALIGNED(pfn, pageblock_nr_pages) &&
			 kernel_second_pass_known &&
			 obstacle_of_block(pfn) == REASON_ISOLATED)
			reason = REASON_ISOLATED;
		else
			reason = obstacle_closer(pfn, obstacle_of_page(page, pfn,
								       &next));
		if (reason_stays(reason))
			break;
		cond_resched();
	}
	if (pfn < req->end) {
		req->blocking_pfn = pfn;
		req->blocking_reason = reason;
	}
}

/* A caller that has other ranges goes on at once: nothing is searched for then. */
static void find_reason(struct contig_request *req, int ret)
{
	if (req->blocking_reason != REASON_NONE)
		return;
	if (ret == -ENOMEM)
		req->blocking_reason = REASON_NO_MEMORY;
	else if (ret == -EINTR)
		req->blocking_reason = REASON_INTERRUPTED;
	else if (!req->chosen)
		find_obstacle(req);
}

/**
 * failures_add() - keep a request that failed, and find out why it did
 * @req:      the request, which is over; out: what was in its way, unless that is known
 * @ret:      what its caller is told
 * @duration: how long it took, in ns
 *
 * Context: may sleep; no locks held.
 */
void failures_add(struct contig_request *req, int ret, s64 duration)
{
	struct failure failure = {
		.start = req->start,
		.end = req->end,
		.ret = ret,
		.duration = duration,
		.replaced = req->replaced,
		.migrated = req->migrated,
		.observe = req->observe,
		.pid = task_pid_nr(current),
	};

	find_reason(req, ret);
	stats_count_failed(req->blocking_reason);
	if (req->chosen)
		return;
	failure.pfn = req->blocking_pfn;
	failure.reason = req->blocking_reason;
	ktime_get_real_ts64(&failure.time);
	caller_name(caller_find(req->caller), failure.caller,
		    sizeof(failure.caller));
	get_task_comm(failure.comm, current);

	spin_lock(&failures_lock);
	failures[nr_failures++ % NR_FAILURES] = failure;
	spin_unlock(&failures_lock);
}

static void show_failure(struct seq_file *m, const struct failure *failure)
{
	seq_printf(m, "failure time=%lld.%06ld range=%#lx-%#lx result=%d",
		   (s64)failure->time.tv_sec, failure->time.tv_nsec / 1000,
		   failure->start, failure->end - 1, failure->ret);
	seq_printf(m, " reason=%s pfn=%#lx duration_us=%llu",
		   reason_name(failure->reason), failure->pfn,
		   div_u64(failure->duration, NSEC_PER_USEC));
	seq_printf(m, " replaced=%u migrated=%u mode=%s caller=%s pid=%d comm=",
		   failure->replaced, failure->migrated,
		   failure->observe ? "observe" : "act", failure->caller,
		   failure->pid);
	/* A task calls itself what it likes. */
	seq_escape(m, failure->comm, "\n\\");
	seq_putc(m, '\n');
}

/**
 * failures_show() - write the last requests that failed, the oldest one first
 * @m:      the file
 * @unused: iterator of the file, of no use here
 *
 * Context: task context.
 * Return: 0.
 */
int failures_show(struct seq_file *m, void *unused)
{
	struct failure failure;
	unsigned long i, nr;

	nr = READ_ONCE(nr_failures);
	for (i = nr > NR_FAILURES ? nr - NR_FAILURES : 0; i < nr; i++) {
		spin_lock(&failures_lock);
		failure = failures[i % NR_FAILURES];
		spin_unlock(&failures_lock);
		show_failure(m, &failure);
	}
	return 0;
}
