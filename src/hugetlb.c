// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gets one HugeTLB page out of the way: a free one is replaced in its pool, one
 * in use is migrated.
 *
 * Mainline got this in v5.13: 369fa227c219 ("mm: make alloc_contig_range handle
 * free hugetlb pages") and ae37c7ff79f1 ("mm: make alloc_contig_range handle
 * in-use hugetlb pages"). Here a free page and its replacement change places
 * while hugetlb_lock is held once, so that no counter of the pool ever moves,
 * and a page in use goes to a page that comes from the buddy allocator, never
 * from the pool. The old page is kept until migration is over, and then goes to
 * the buddy allocator, too: it can not end as a free page of the pool inside the
 * range (what 04f13d241b8b "mm: replace free hugepage folios after migration",
 * v6.14, cures), and no counter moves either.
 */
#include <linux/hugetlb.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "compat/hugetlb.h"
#include "contig.h"
#include "hugecontig_trace.h"
#include "hugetlb.h"
#include "supply.h"
#include "symbols.h"

/* Migrations that are under way, and the page of the last one that began. */
static atomic_t migrations;
static unsigned long last_migration_pfn;

enum huge_page_state {
	HUGE_PAGE_NONE,		/* no HugeTLB page (any more) */
	HUGE_PAGE_FREE,		/* on a free list of the pool */
	HUGE_PAGE_IN_USE,	/* in use, nothing known against migration */
	HUGE_PAGE_BUSY,		/* stays, at least for now */
};

/* What examine_huge_page() saw. Holds no reference: may be over at once. */
struct huge_page {
	struct page *head;
	unsigned long nr_pages;
	struct hstate *h;
	int nid;
	enum huge_page_state state;
	enum busy_reason reason;	/* with HUGE_PAGE_BUSY */
	bool dma_pinned;		/* with BUSY_PINNED */
};

/**
 * huge_page_min_order() - smallest order of the HugeTLB pages of this machine
 *
 * Context: any. The table is complete after boot.
 * Return: the order; a naturally aligned block of it is either wholly part of
 *         one HugeTLB page or of none.
 */
unsigned int huge_page_min_order(void)
{
	unsigned int order = MAX_ORDER;
	int i;

	for (i = 0; i < *kernel_hugetlb_max_hstate; i++)
		order = min(order, huge_page_order(&kernel_hstates[i]));
	return order;
}

/*
 * The header's size_to_hstate() is not exported. A page that is being freed
 * may be of any order.
 */
static struct hstate *order_to_hstate(unsigned int order)
{
	int i;

	for (i = 0; i < *kernel_hugetlb_max_hstate; i++)
		if (huge_page_order(&kernel_hstates[i]) == order)
			return &kernel_hstates[i];
	return NULL;
}

/*
 * References beyond the mappings and the page cache: get_user_pages() of
 * vmsplice, direct IO and the like. A fault or a lookup in progress looks the
 * same for an instant. The count is read first: a mapping takes its reference
 * before it shows in the map count, and only loses it after.
 */
static bool has_extra_references(struct page *head)
{
	int references = page_count(head);

	smp_rmb(); /* pairs with the atomic RMWs of get_page() and the rmap */
	return references > compound_mapcount(head) + !!page_mapping(head);
}

static enum busy_reason examine_in_use(struct huge_page *hp)
{
	struct page *head = hp->head;

	if (!hugepage_migration_supported(hp->h))
		return BUSY_NOT_MIGRATABLE;
	/*
	 * A private mapping of a hugetlbfs with a size limit: migrate_pages()
	 * takes the subpool without a page cache for a page being freed.
	 */
	if (page_private(head) && PageAnon(head))
		return BUSY_NOT_MIGRATABLE;
	hp->dma_pinned = page_maybe_dma_pinned(head);
	if (hp->dma_pinned)
		return BUSY_PINNED;
	if (!compat_page_huge_active(head))
		return BUSY_ISOLATED_BY_OTHER;
	if (has_extra_references(head))
		return BUSY_PINNED;
	return BUSY_NONE;
}

/*
 * Size, state and head of a page without a reference are only stable under
 * hugetlb_lock: a HugeTLB page becomes one, and ceases to be one, under it.
 */
static void examine_locked(struct page *page, struct huge_page *hp)
{
	hp->state = HUGE_PAGE_NONE;
	if (!PageHuge(page))
		return;
	hp->head = compound_head(page);
	hp->nr_pages = compound_nr(hp->head);
	hp->nid = page_to_nid(hp->head);
	hp->h = order_to_hstate(compound_order(hp->head));
	hp->state = HUGE_PAGE_BUSY;

	if (!hp->h) {
		hp->reason = BUSY_RACED;
	} else if (hstate_is_gigantic(hp->h)) {
		hp->reason = BUSY_GIGANTIC;
	} else if (PageHWPoison(hp->head)) {
		hp->reason = BUSY_POISONED;
	} else if (page_count(hp->head)) {
		/* It may be zero any time now: it is not looked at again. */
		hp->reason = examine_in_use(hp);
		if (hp->reason == BUSY_NONE)
			hp->state = HUGE_PAGE_IN_USE;
	} else if (compat_page_huge_freed(hp->head)) {
		hp->state = HUGE_PAGE_FREE;
	} else {
		/* A free that is on its way, perhaps deferred. */
		hp->reason = BUSY_RACED;
	}
}

static void examine_huge_page(unsigned long pfn, struct huge_page *hp)
{
	spin_lock_irq(kernel_hugetlb_lock);
	examine_locked(pfn_to_page(pfn), hp);
	spin_unlock_irq(kernel_hugetlb_lock);
}

/*
 * The first waits of a request are for any page. A pin for DMA is made to last
 * (VFIO, RDMA, io_uring), but a short one looks the same (process_vm_readv()).
 * A machine full of the former must not wait for each of them.
 */
#define WAITS_FOR_DMA	3

/* A page stays for that reason. May it be out of the way after a moment? */
static bool may_yet_go(const struct contig_request *req,
		       const struct huge_page *hp, enum busy_reason reason)
{
	switch (reason) {
	case BUSY_PINNED:
		return !hp->dma_pinned || req->waits < WAITS_FOR_DMA;
	case BUSY_ISOLATED_BY_OTHER:
	case BUSY_RACED:
		return true;
	default:
		return false;
	}
}

/*
 * A page of the supply becomes a HugeTLB page. The caller holds hugetlb_lock
 * and does what makes the pool know it.
 */
static void make_huge_page(struct page *page)
{
	compat_clear_page_huge_state(page);
	INIT_LIST_HEAD(&page->lru);
	set_compound_page_dtor(page, HUGETLB_PAGE_DTOR);
}

/*
 * A HugeTLB page with a reference count of zero, on no list any more, becomes a
 * page of the supply. The caller holds hugetlb_lock. The flags are those that
 * hugetlb sets: the buddy allocator takes them for a bug. The destructor is that
 * of plain compound pages: update_and_free_page() of 5.10 leaves none, and a
 * speculative reference that is dropped last then calls NULL.
 */
static void unmake_huge_page(struct page *page)
{
	unsigned int i;

	for (i = 0; i < compound_nr(page); i++)
		page[i].flags &= ~(BIT(PG_locked) | BIT(PG_error) |
				   BIT(PG_referenced) | BIT(PG_dirty) |
				   BIT(PG_active) | BIT(PG_private) |
				   BIT(PG_writeback));
	page->mapping = NULL;
	compat_clear_page_huge_state(page);
	set_compound_page_dtor(page, COMPOUND_PAGE_DTOR);
}

/* A page more of the pool. The caller holds hugetlb_lock. */
static void count_huge_page(struct hstate *h, int nid)
{
	h->nr_huge_pages++;
	h->nr_huge_pages_node[nid]++;
}

/* Makes sure that the request has a page of the supply for @hp. */
static enum busy_reason fill_spare(struct contig_request *req,
				   const struct huge_page *hp)
{
	if (req->spare && !supply_fits(req->spare, hp->h, hp->nid)) {
		supply_put(req->spare);
		req->spare = NULL;
	}
	if (!req->spare)
		req->spare = supply_get(hp->h, hp->nid, req->gfp);
	return req->spare ? BUSY_NONE : BUSY_NO_MEMORY;
}

/*
 * Replaces a free page of the pool. After the allocation, which may sleep, the
 * page is looked at again: it may be in use now, or gone. Then old and new
 * change places on the free list. All is done in one hold of the lock and none
 * of total, free, reserved and surplus has to change, so a pool whose free
 * pages are all reserved is no special case, and nobody sees anything.
 */
static enum busy_reason
alloc_and_dissolve_huge_page(struct contig_request *req, struct huge_page *hp)
{
	struct page *old = hp->head;
	struct page *new;

	if (fill_spare(req, hp))
		return BUSY_NO_MEMORY;

	spin_lock_irq(kernel_hugetlb_lock);
	examine_locked(old, hp);
	if (hp->state != HUGE_PAGE_FREE || hp->head != old ||
	    !supply_fits(req->spare, hp->h, hp->nid)) {
		spin_unlock_irq(kernel_hugetlb_lock);
		return BUSY_RACED;
	}
	new = req->spare;
	make_huge_page(new);
	compat_set_page_huge_freed(new);
	list_replace(&old->lru, &new->lru);
	unmake_huge_page(old);
	spin_unlock_irq(kernel_hugetlb_lock);

	/* Its pageblock is isolated: nobody can allocate it again. */
	req->spare = NULL;
	supply_put(old);
	stats_count(STATS_FREE_REPLACED);
	return BUSY_NONE;
}

/* Makes the caller's reference, if it is the only one, a page of the supply. */
static bool try_leave_pool(struct page *page)
{
	bool frozen;

	spin_lock_irq(kernel_hugetlb_lock);
	frozen = page_ref_freeze(page, 1);
	if (frozen) {
		list_del(&page->lru);
		unmake_huge_page(page);
	}
	spin_unlock_irq(kernel_hugetlb_lock);
	return frozen;
}

/*
 * A HugeTLB page that the counters of the pool have no room for ceases to be
 * one: a target that was not needed, or the page that a target has replaced.
 * Others may have a reference for an instant (a fault that waits for the end of
 * the migration). If somebody keeps one, the page is counted, one too many,
 * until that is dropped: a temporary page is uncounted when it is freed.
 * Returns true if the page is one of the supply now.
 */
static bool leave_pool(struct contig_request *req, struct page *page)
{
	do {
		if (try_leave_pool(page))
			return true;
	} while (contig_wait(req));

	spin_lock_irq(kernel_hugetlb_lock);
	count_huge_page(order_to_hstate(compound_order(page)),
			page_to_nid(page));
	compat_set_page_huge_temporary(page);
	spin_unlock_irq(kernel_hugetlb_lock);
	put_page(page);
	return false;
}

/*
 * new_page_t of migrate_pages(): the spare becomes a HugeTLB page. It is not
 * counted, as it will take the place of the old one in the pool.
 */
static struct page *get_target(struct page *old, unsigned long private)
{
	struct contig_request *req = (struct contig_request *)private;
	struct page *target = req->spare;

	if (!target)
		return NULL;
	req->spare = NULL;
	spin_lock_irq(kernel_hugetlb_lock);
	make_huge_page(target);
	spin_unlock_irq(kernel_hugetlb_lock);
	/* Pairs with the freeze in supply_get(): it is a HugeTLB page first. */
	page_ref_unfreeze(target, 1);
	return target;
}

/*
 * free_page_t of migrate_pages(): the target was not needed. It stays with the
 * request: migrate_pages() asks for one in each of its passes.
 */
static void put_target(struct page *target, unsigned long private)
{
	struct contig_request *req = (struct contig_request *)private;

	if (leave_pool(req, target))
		req->spare = target;
}

/**
 * hugetlb_keep_migrated() - keep the page whose migration has just succeeded
 * @req: request of the current task
 *
 * migrate_pages() is about to drop what it takes for the last reference to
 * @req->migrating. The page would be freed to the pool: inside the range that
 * is being emptied, and as a page too many next to the one that took its place.
 * With this reference it is left to migrate_huge_page().
 *
 * Called between the last time that migrate_pages() looks at the number of
 * references and the first time that it drops one, which is in
 * move_hugetlb_state().
 *
 * Context: under the lock of the page.
 */
void hugetlb_keep_migrated(struct contig_request *req)
{
	get_page(req->migrating);
	req->kept = true;
}

/*
 * The user has the target now. It takes the old page's place in the pool, whose
 * counters do not change: for none of them there is a moment at which both
 * pages or none of them is counted.
 */
static void retire_migrated(struct contig_request *req, struct hstate *h,
			    int nid)
{
	if (WARN_ON_ONCE(!req->kept)) {
		/* The old page is where hugetlb frees pages to: count both. */
		spin_lock_irq(kernel_hugetlb_lock);
		count_huge_page(h, nid);
		spin_unlock_irq(kernel_hugetlb_lock);
		return;
	}
	if (leave_pool(req, req->migrating))
		supply_put(req->migrating);
}

/*
 * Migrates a page in use to the spare. The page is on a list of our own: on
 * the list of alloc_contig_range() reclaim would take it for a page of the
 * LRU and unmap it with no regard for HugeTLB.
 */
static enum busy_reason migrate_isolated(struct contig_request *req,
					 struct page *old,
					 struct list_head *isolated)
{
	/* Stable: there is a reference to it. */
	struct hstate *h = order_to_hstate(compound_order(old));
	int nid = page_to_nid(old);
	int ret = -EAGAIN;

	if (supply_fits(req->spare, h, nid)) {
		req->migrating = old;
		req->kept = false;
		ret = static_call(kernel_migrate_pages)(isolated, get_target,
							put_target,
							(unsigned long)req,
							MIGRATE_SYNC,
							MR_CONTIG_RANGE);
	}
	/* Those that can not be migrated at all are no longer on the list. */
	if (!list_empty(isolated))
		static_call(kernel_putback_active_hugepage)(old);
	if (ret)
		return BUSY_RACED;
	retire_migrated(req, h, nid);
	stats_count(STATS_INUSE_MIGRATED);
	return BUSY_NONE;
}

static enum busy_reason migrate_huge_page(struct contig_request *req,
					  struct huge_page *hp)
{
	enum busy_reason reason;
	LIST_HEAD(isolated);

	if (fill_spare(req, hp))
		return BUSY_NO_MEMORY;
	if (static_call(kernel_isolate_hugetlb)(hp->head, &isolated))
		return BUSY_ISOLATED_BY_OTHER;
	atomic_inc(&migrations);
	WRITE_ONCE(last_migration_pfn, page_to_pfn(hp->head));
	reason = migrate_isolated(req, hp->head, &isolated);
	atomic_dec(&migrations);
	return reason;
}

static enum busy_reason try_huge_page(struct contig_request *req,
				      struct huge_page *hp)
{
	if (fatal_signal_pending(current))
		return BUSY_INTERRUPTED;
	switch (hp->state) {
	case HUGE_PAGE_FREE:
		return alloc_and_dissolve_huge_page(req, hp);
	case HUGE_PAGE_IN_USE:
		return migrate_huge_page(req, hp);
	default:
		return hp->reason;
	}
}

/* Attempts for one page; between two of them the task sleeps. */
#define HUGE_PAGE_ATTEMPTS	8

/**
 * isolate_or_dissolve_huge_page() - get a HugeTLB page out of the way
 * @req:    request of the current task
 * @pfn:    a pfn of the range of @req, perhaps of a HugeTLB page
 * @result: out: what became of it
 *
 * Pages that can not be moved are recognised before anything is allocated.
 *
 * Named after the function of mainline's 369fa227c219 and ae37c7ff79f1 (v5.13).
 *
 * Context: may sleep; no locks held. The pageblock is isolated.
 */
void isolate_or_dissolve_huge_page(struct contig_request *req,
				   unsigned long pfn,
				   struct huge_page_result *result)
{
	unsigned int attempt = 0;
	struct huge_page hp;

	*result = (struct huge_page_result) { .next_pfn = pfn };
	do {
		examine_huge_page(pfn, &hp);
		if (hp.state == HUGE_PAGE_NONE) {
			result->reason = BUSY_NONE;
			break;
		}
		result->next_pfn = page_to_pfn(hp.head) + hp.nr_pages;
		result->reason = try_huge_page(req, &hp);
		result->moved = result->reason == BUSY_NONE;
		result->hope = may_yet_go(req, &hp, result->reason);
	} while (result->hope && ++attempt < HUGE_PAGE_ATTEMPTS &&
		 contig_wait(req));
	if (result->moved)
		req->moved++;
	trace_hugecontig_huge_page(pfn, result->reason);
}

/**
 * hugetlb_show_in_flight() - write the page that is being migrated
 * @m: the file
 *
 * Only the last one is named if several requests migrate at once.
 *
 * Context: task context.
 */
void hugetlb_show_in_flight(struct seq_file *m)
{
	int nr = atomic_read(&migrations);

	if (nr)
		seq_printf(m, "page_in_flight: %d, last pfn %#lx\n", nr,
			   READ_ONCE(last_migration_pfn));
	else
		seq_puts(m, "page_in_flight: none\n");
}
