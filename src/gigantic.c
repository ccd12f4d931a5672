// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives free gigantic pages up for a range that is in one, if the administrator wants
 * that: nothing can replace them, so their pool shrinks.
 */
#include <linux/hugetlb.h>
#include <linux/workqueue.h>

#include "compat/hugetlb.h"
#include "contig.h"
#include "gigantic.h"
#include "stats.h"
#include "symbols.h"

bool gigantic_give_up;

struct dissolve_work {
	struct work_struct work;
	struct folio *folio;
	int ret;
};

static void dissolve(struct work_struct *work)
{
	struct dissolve_work *dissolve = container_of(work, struct dissolve_work,
						      work);

	dissolve->ret = static_call(kernel_dissolve_free_hugetlb)
				(COMPAT_DISSOLVE_FOLIO(dissolve->folio));
}

/**
 * gigantic_dissolve() - give a free gigantic page to the buddy allocator
 * @req:   request of the current task
 * @folio: the page; there is no reference to it
 *
 * The kernel does it, unless the page is reserved or in use by now. If somebody is
 * just freeing it, the kernel spins until that is over, and it may be a work that waits
 * for this CPU. So that is left to a worker that is bound to none, while this one
 * sleeps, and lets others run.
 *
 * Context: may sleep; no locks held.
 * Return: %REASON_NONE, or %REASON_GIGANTIC if it stays.
 */
enum reason gigantic_dissolve(struct contig_request *req, struct folio *folio)
{
	struct dissolve_work dissolve_work = { .folio = folio };

	INIT_WORK_ONSTACK(&dissolve_work.work, dissolve);
	queue_work(system_unbound_wq, &dissolve_work.work);
	flush_work(&dissolve_work.work);
	destroy_work_on_stack(&dissolve_work.work);
	if (dissolve_work.ret)
		return REASON_GIGANTIC;
	stats_count(STATS_GIGANTIC_GIVEN_UP);
	req->done = HUGE_PAGE_GIVEN_UP;
	return REASON_NONE;
}
