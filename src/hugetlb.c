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
 * from the pool: the old page then goes to the buddy allocator, too, and can
 * not end as a free page of the pool inside the range (what 04f13d241b8b "mm:
 * replace free hugepage folios after migration", v6.14, cures).
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

/* Pages that are a target of a migration now: the total counts them too. */
static atomic_t targets_in_flight;
static unsigned long target_in_flight_pfn;

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

static enum busy_reason examine_in_use(const struct huge_page *hp)
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
	if (page_maybe_dma_pinned(head))
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

	if (!hp->h)
		hp->reason = BUSY_RACED;
	else if (hstate_is_gigantic(hp->h))
		hp->reason = BUSY_GIGANTIC;
	else if (PageHWPoison(hp->head))
		hp->reason = BUSY_POISONED;
	else if (!page_count(hp->head))
		/* Without Freed: a free that is on its way, perhaps deferred. */
		hp->reason = compat_page_huge_freed(hp->head) ? BUSY_NONE :
								BUSY_RACED;
	else
		hp->reason = examine_in_use(hp);

	if (hp->reason == BUSY_NONE)
		hp->state = page_count(hp->head) ? HUGE_PAGE_IN_USE :
						   HUGE_PAGE_FREE;
}

static void examine_huge_page(unsigned long pfn, struct huge_page *hp)
{
	spin_lock_irq(kernel_hugetlb_lock);
	examine_locked(pfn_to_page(pfn), hp);
	spin_unlock_irq(kernel_hugetlb_lock);
}

/**
 * busy_reason_is_transient() - may it be gone after a moment?
 * @reason: reason
 *
 * Context: any.
 * Return: true if waiting can help. A pin by get_user_pages() can not be told
 *         from a fault in progress, so %BUSY_PINNED may be transient too.
 */
bool busy_reason_is_transient(enum busy_reason reason)
{
	return reason == BUSY_PINNED || reason == BUSY_ISOLATED_BY_OTHER ||
	       reason == BUSY_RACED;
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
 * A HugeTLB page with a reference count of zero, on no list, becomes a page of
 * the supply. The caller holds hugetlb_lock. The flags are those hugetlb sets:
 * the buddy allocator takes them for a bug. The destructor is the one of plain
 * compound pages: update_and_free_page() of 5.10 leaves none, and a speculative
 * reference that is dropped last then calls NULL.
 */
static void unmake_huge_page(struct page *page)
{
	unsigned int i;

	for (i = 0; i < compound_nr(page); i++)
		page[i].flags &= ~(BIT(PG_locked) | BIT(PG_error) |
				   BIT(PG_referenced) | BIT(PG_dirty) |
				   BIT(PG_active) | BIT(PG_private) |
				   BIT(PG_writeback));
	compat_clear_page_huge_state(page);
	set_compound_page_dtor(page, COMPOUND_PAGE_DTOR);
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

/* The counters of the pool, for a target that is in flight. */
static void account_target(struct page *target, int pages)
{
	struct hstate *h = order_to_hstate(compound_order(target));

	lockdep_assert_held(kernel_hugetlb_lock);
	h->nr_huge_pages += pages;
	h->nr_huge_pages_node[page_to_nid(target)] += pages;
	atomic_add(pages, &targets_in_flight);
}

/*
 * new_page_t of migrate_pages(): the spare becomes a temporary HugeTLB page.
 * On success migrate_pages() hands that mark to the old page, which thus
 * leaves the pool when it is freed, and takes this page's count with it.
 */
static struct page *get_target(struct page *old, unsigned long private)
{
	struct contig_request *req = (struct contig_request *)private;
	struct page *target = req->spare;

	if (!target)
		return NULL;
	req->spare = NULL;
	WRITE_ONCE(target_in_flight_pfn, page_to_pfn(target));
	spin_lock_irq(kernel_hugetlb_lock);
	make_huge_page(target);
	compat_set_page_huge_temporary(target);
	account_target(target, 1);
	spin_unlock_irq(kernel_hugetlb_lock);
	/* Pairs with the freeze in supply_get(): it is a HugeTLB page first. */
	page_ref_unfreeze(target, 1);
	return target;
}

/*
 * free_page_t of migrate_pages(): the target was not needed. It stays with the
 * request: migrate_pages() asks for one in each of its passes. If somebody has
 * a reference to it, it goes with the last one, as the temporary page it is.
 */
static void put_target(struct page *target, unsigned long private)
{
	struct contig_request *req = (struct contig_request *)private;

	if (!page_ref_freeze(target, 1)) {
		atomic_dec(&targets_in_flight);
		put_page(target);
		return;
	}
	spin_lock_irq(kernel_hugetlb_lock);
	account_target(target, -1);
	unmake_huge_page(target);
	spin_unlock_irq(kernel_hugetlb_lock);
	req->spare = target;
}

/*
 * Migrates a page in use to the spare. The page is on a list of our own: on
 * the list of alloc_contig_range() reclaim would take it for a page of the
 * LRU and unmap it with no regard for HugeTLB.
 */
static enum busy_reason migrate_huge_page(struct contig_request *req,
					  struct huge_page *hp)
{
	LIST_HEAD(isolated);
	int ret;

	if (fill_spare(req, hp))
		return BUSY_NO_MEMORY;
	if (static_call(kernel_isolate_hugetlb)(hp->head, &isolated))
		return BUSY_ISOLATED_BY_OTHER;
	if (!supply_fits(req->spare, order_to_hstate(compound_order(hp->head)),
			 page_to_nid(hp->head)))
		ret = -EAGAIN;
	else
		ret = static_call(kernel_migrate_pages)(&isolated, get_target,
							put_target,
							(unsigned long)req,
							MIGRATE_SYNC,
							MR_CONTIG_RANGE);
	if (!list_empty(&isolated))
		static_call(kernel_putback_active_hugepage)(hp->head);
	if (ret)
		return BUSY_RACED;
	atomic_dec(&targets_in_flight);
	stats_count(STATS_INUSE_MIGRATED);
	return BUSY_NONE;
}

static enum busy_reason try_huge_page(struct contig_request *req,
				      struct huge_page *hp)
{
	switch (hp->state) {
	case HUGE_PAGE_FREE:
		return alloc_and_dissolve_huge_page(req, hp);
	case HUGE_PAGE_IN_USE:
		return migrate_huge_page(req, hp);
	case HUGE_PAGE_BUSY:
		return hp->reason;
	default:
		return BUSY_NONE;
	}
}

/* Attempts for one page; between two of them the task sleeps. */
#define HUGE_PAGE_ATTEMPTS	8

/**
 * isolate_or_dissolve_huge_page() - get a HugeTLB page out of the way
 * @req:      request of the current task
 * @pfn:      a pfn of the range of @req, perhaps of a HugeTLB page
 * @next_pfn: out: the first pfn that needs another look; @pfn itself if it does
 *            not belong to a HugeTLB page
 *
 * Pages that can not be moved are recognised before anything is allocated.
 *
 * Named after the function of mainline's 369fa227c219 and ae37c7ff79f1 (v5.13).
 *
 * Context: may sleep; no locks held. The pageblock is isolated.
 * Return: %BUSY_NONE if no HugeTLB page is there (any more), or why it is.
 */
enum busy_reason isolate_or_dissolve_huge_page(struct contig_request *req,
					       unsigned long pfn,
					       unsigned long *next_pfn)
{
	enum busy_reason reason = BUSY_RACED;
	unsigned int attempt;
	struct huge_page hp;

	for (attempt = 0; attempt < HUGE_PAGE_ATTEMPTS; attempt++) {
		if (attempt && !contig_wait(req))
			break;
		examine_huge_page(pfn, &hp);
		*next_pfn = pfn;
		if (hp.state == HUGE_PAGE_NONE)
			return BUSY_NONE;
		*next_pfn = page_to_pfn(hp.head) + hp.nr_pages;
		reason = fatal_signal_pending(current) ?
			 BUSY_INTERRUPTED : try_huge_page(req, &hp);
		if (!busy_reason_is_transient(reason))
			break;
	}
	trace_hugecontig_huge_page(pfn, reason);
	return reason;
}

/**
 * hugetlb_show_in_flight() - write the page that is being migrated to
 * @m: the file
 *
 * HugePages_Total counts this page and the one it replaces. Only the last one
 * is named if several requests migrate at once.
 *
 * Context: task context.
 */
void hugetlb_show_in_flight(struct seq_file *m)
{
	int targets = atomic_read(&targets_in_flight);

	if (targets)
		seq_printf(m, "page_in_flight: %d, last pfn %#lx\n", targets,
			   READ_ONCE(target_in_flight_pfn));
	else
		seq_puts(m, "page_in_flight: none\n");
}
