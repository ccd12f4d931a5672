/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_CONTIG_H
#define HUGECONTIG_CONTIG_H

#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/types.h>

#include "compat/gfp.h"
#include "hugetlb.h"
#include "reason.h"
#include "supply.h"

struct folio;
struct task_struct;

/**
 * struct contig_choice - one call of alloc_contig_pages(), as the kernel does it
 * @list: in the list of open ones
 * @task: who called
 *
 * It has other ranges to choose from: what it calls alloc_contig_range() for need not be
 * waited for. Lives on the stack of the replacement of alloc_contig_pages().
 */
struct contig_choice {
	struct list_head list;
	struct task_struct *task;
};

/**
 * struct contig_request - one call of alloc_contig_range()
 * @list:   in the list of open requests
 * @task:   who called; everything happens in this task
 * @start:  first pfn of the range
 * @end:    pfn after the range
 * @deadline: when to end it, in jiffies; 0: never
 * @supply: pages for the next replacements or migrations
 * @migrating: the page that is being migrated, see migrate_keep_old()
 * @kept:   a reference is held to @migrating
 * @moved:  some HugeTLB page is out of the way
 * @for_kernel: some HugeTLB page was left to the kernel
 * @stop:   why the request ends before the original has tested the range:
 *          REASON_NO_MEMORY, REASON_INTERRUPTED, REASON_OUT_OF_TIME, or REASON_NONE
 * @waits:  short sleeps so far, or as many as there may be, see contig_wait()
 * @caller: where the call of alloc_contig_range() returns to
 * @begin:  when it began
 * @chosen: the kernel has other ranges to choose from, see struct contig_choice
 * @observe: nothing is done for it, see contig_observe
 * @observed: with @observe: HugeTLB pages below this pfn are counted
 * @done:   what was done with the last HugeTLB page
 * @replaced: free HugeTLB pages that were replaced
 * @migrated: HugeTLB pages in use that were migrated
 * @blocking_pfn: the last page that stayed in the way
 * @blocking_reason: why it did
 *
 * Lives on the stack of the replacement of alloc_contig_range().
 */
struct contig_request {
	struct list_head list;
	struct task_struct *task;
	unsigned long start;
	unsigned long end;
	unsigned long deadline;
	struct supply supply;
	struct folio *migrating;
	bool kept;
	bool moved;
	bool for_kernel;
	enum reason stop;
	unsigned int waits;
	unsigned long caller;
	ktime_t begin;
	bool chosen;
	bool observe;
	unsigned long observed;
	enum huge_page_done done;
	unsigned int replaced;
	unsigned int migrated;
	unsigned long blocking_pfn;
	enum reason blocking_reason;
};

/* A parameter of the module: new requests are counted and traced, and nothing else. */
extern bool contig_observe;

/* Number of open requests; nothing is redirected for others while it is 0. */
extern atomic_t contig_requests_open;

void contig_choice_begin(struct contig_choice *choice);
void contig_choice_end(struct contig_choice *choice);
int contig_alloc_range(unsigned long start, unsigned long end,
		       acr_flags_t flags, gfp_t gfp, unsigned long deadline,
		       unsigned long caller);
struct contig_request *contig_current_request(void);
bool contig_wait(struct contig_request *req);
bool contig_out_of_time(struct contig_request *req, unsigned long pfn);
void contig_blocked(struct contig_request *req, enum reason reason,
		    unsigned long pfn);
bool contig_stop(struct contig_request *req, enum reason reason,
		 unsigned long pfn);
int contig_stop_error(const struct contig_request *req);
int contig_settle(struct contig_request *req);

#endif /* HUGECONTIG_CONTIG_H */
