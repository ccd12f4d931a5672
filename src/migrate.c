// SPDX-License-Identifier: GPL-2.0-only
/*
 * Migrates one HugeTLB page in use, so that no counter of the pool ever moves.
 *
 * Its target is never counted: it takes the place of the old page, which has to
 * outlive migrate_pages() for that. Then the old page ceases to be a HugeTLB
 * page and goes to the buddy allocator.
 */
#include <linux/hugetlb.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "compat/hugetlb.h"
#include "compat/migrate.h"
#include "compat/mm.h"
#include "compat/page_ref.h"
#include "compat/pagemap.h"
#include "compat/rmap.h"
#include "contig.h"
#include "convert.h"
#include "examine.h"
#include "migrate.h"
#include "supply.h"
#include "symbols.h"

/* Migrations that are under way, and the page of the last one that began. */
static atomic_t migrations;
static unsigned long last_migration_pfn;

/*
 * Held for reading while a page that its user lets go is kept from the pool by a
 * reference of ours. Pairs with migrate_wait_in_flight().
 */
static DECLARE_RWSEM(in_flight);

/* Makes the caller's reference, if it is the only one, a page of the supply. */
static bool try_leave_pool(struct folio *folio)
{
	bool frozen;

	spin_lock_irq(kernel_hugetlb_lock);
	frozen = folio_ref_freeze(folio, 1);
	if (frozen) {
		list_del(&folio->lru);
		convert_to_plain(folio);
	}
	spin_unlock_irq(kernel_hugetlb_lock);
	return frozen;
}

/*
 * A HugeTLB page that the counters of the pool have no room for ceases to be
 * one: a target that was not needed, or the page that a target has replaced.
 * Others may have a reference for an instant (a fault that waits for the end of
 * the migration). If somebody keeps one, it is the kernel's.
 * Returns true if the page is one of the supply now, see convert_restore().
 */
static bool leave_pool(struct contig_request *req, struct folio *folio)
{
	do {
		if (try_leave_pool(folio))
			return true;
	} while (contig_wait(req));

	convert_leave_to_kernel(folio);
	return false;
}

/*
 * new_folio_t of migrate_pages(): the spare becomes a HugeTLB page. It is not
 * counted, as it will take the place of the old one in the pool.
 */
static struct compat_migrate_folio *
get_target(struct compat_migrate_folio *old, unsigned long private)
{
	struct contig_request *req = (struct contig_request *)private;
	struct folio *target = req->supply.spare;

	if (!target)
		return NULL;
	req->supply.spare = NULL;
	if (folio_test_hugetlb_vmemmap_optimized(req->migrating))
		convert_optimize(target);
	convert_to_huge(target);
	/* Pairs with the count of zero in supply_get(): it is a HugeTLB page first. */
	folio_ref_unfreeze(target, 1);
	return COMPAT_MIGRATE_FOLIO(target);
}

/*
 * free_folio_t of migrate_pages(): the target was not needed. It stays with the
 * request: migrate_pages() asks for one in each of its passes.
 */
static void put_target(struct compat_migrate_folio *folio,
		       unsigned long private)
{
	struct contig_request *req = (struct contig_request *)private;
	struct folio *target = FROM_COMPAT_MIGRATE_FOLIO(folio);

	if (leave_pool(req, target) && convert_restore(target) == REASON_NONE) {
		compat_clear_hugetlb_flags(target);
		req->supply.spare = target;
	}
}

/**
 * migrate_keep_old() - keep the page whose migration has just succeeded
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
void migrate_keep_old(struct contig_request *req)
{
	folio_get(req->migrating);
	req->kept = true;
}

static bool note_fault_mutex(struct compat_rmap_folio *folio,
			     struct vm_area_struct *vma, unsigned long address,
			     void *mutex)
{
	struct hstate *h = hstate_vma(vma);
	pgoff_t index = ((address - vma->vm_start) >> huge_page_shift(h)) +
			(vma->vm_pgoff >> huge_page_order(h));
	u32 hash = static_call(kernel_hugetlb_fault_mutex_hash)
			(vma->vm_file->f_mapping, index);

	*(struct mutex **)mutex = *kernel_hugetlb_fault_mutex_table + hash;
	return false;
}

/*
 * Makes faults on a private page wait while it is migrated. There is an instant
 * without any entry in the page table, under the lock of that only. A fault that
 * sees this takes a page of the pool, and gives it back when it sees more; or
 * reports a page that is missing to a userfaultfd, where nobody can bring one
 * that is there, and the task waits for ever. Mainline lets migration and faults
 * race (4643d67e8cb0 "hugetlbfs: fix hugetlb page migration/fault race causing
 * SIGBUS", v5.3; 2ea7ff1e39cb "mm/hugetlb: fix race condition of uffd
 * missing/minor handling", v6.1), and asks the page table once more. Of a shared
 * page the fault finds the page cache first, and waits for the page's lock.
 *
 * All mappings of the page come from one by fork(), so they are of one file,
 * and have one mutex of hugetlb_fault_mutex_table[]. @mutex is left alone if there
 * is none to hold.
 *
 * Nothing waits here. Faults may hold the mutex for long, and hugetlb_cow()
 * takes it with the page locked: the other way round than all the others.
 * Returns false if it has to be tried again.
 */
static bool trylock_faults(struct folio *folio, struct mutex **mutex)
{
	struct rmap_walk_control walk = {
		.arg = mutex,
		.rmap_one = note_fault_mutex,
		.anon_lock = compat_lock_anon_vma,
	};

	/* Stable: the page is isolated, so its first fault is over. */
	if (!folio_test_anon(folio))
		return true;
	/* The walk asks for it: the page stays mapped, or stays unmapped. */
	if (!folio_trylock(folio))
		return false;
	static_call(kernel_rmap_walk)(COMPAT_RMAP_FOLIO(folio), &walk);
	folio_unlock(folio);
	return !*mutex || mutex_trylock(*mutex);
}

/*
 * The user has the target now. It takes the old page's place in the pool, whose
 * counters do not change: for none of them there is a moment at which both
 * pages or none of them is counted.
 */
static enum reason retire_migrated(struct contig_request *req,
					struct hstate *h, int nid)
{
	if (WARN_ON_ONCE(!req->kept)) {
		/* The old page is where hugetlb frees pages to: count both. */
		spin_lock_irq(kernel_hugetlb_lock);
		huge_page_count(h, nid);
		spin_unlock_irq(kernel_hugetlb_lock);
		return REASON_RACED;
	}
	if (!leave_pool(req, req->migrating))
		return REASON_PINNED;
	return supply_put(req->migrating);
}

/*
 * Migrates a page in use to the spare. The page is on a list of our own: on
 * the list of alloc_contig_range() reclaim would take it for a page of the
 * LRU and unmap it with no regard for HugeTLB.
 */
static int migrate_isolated(struct contig_request *req, struct folio *old,
			    struct hstate *h, int nid,
			    struct list_head *isolated)
{
	struct mutex *fault_mutex = NULL;
	int ret = -EAGAIN;

	if (supply_fits(req->supply.spare, h, nid) &&
	    trylock_faults(old, &fault_mutex)) {
		req->migrating = old;
		req->kept = false;
		/* Not MIGRATE_SYNC: it waits for the lock of the page. */
		ret = compat_migrate_pages(isolated, get_target, put_target,
					   (unsigned long)req,
					   MIGRATE_SYNC_LIGHT, MR_CONTIG_RANGE);
		if (fault_mutex)
			mutex_unlock(fault_mutex);
	}
	/* Those that can not be migrated at all are no longer on the list. */
	if (!list_empty(isolated))
		static_call(kernel_putback_hugetlb)(COMPAT_HUGETLB_FOLIO(old));
	return ret;
}

static bool isolate(struct folio *folio, struct list_head *list)
{
	return COMPAT_HUGETLB_ISOLATED(static_call(kernel_isolate_hugetlb)
				       (COMPAT_HUGETLB_FOLIO(folio), list));
}

/**
 * migrate_huge_page() - move the content of a HugeTLB page elsewhere
 * @req: request of the current task
 * @old: page; there need be no reference to it
 * @h:   what size it is thought to be of
 * @nid: node that it is thought to be on
 *
 * Context: may sleep; no locks held.
 * Return: %REASON_NONE if the page is out of the way, or why it is not:
 *         %REASON_NO_MEMORY, %REASON_ISOLATED_BY_OTHER, %REASON_RACED for all that
 *         migrate_pages() does not tell apart; or, its content being elsewhere,
 *         %REASON_PINNED, %REASON_POISONED or %REASON_NO_MEMORY.
 */
enum reason migrate_huge_page(struct contig_request *req,
				   struct folio *old, struct hstate *h, int nid)
{
	LIST_HEAD(isolated);
	int ret;

	if (!supply_fill(&req->supply, h, nid))
		return REASON_NO_MEMORY;
	down_read(&in_flight);
	if (!isolate(old, &isolated)) {
		up_read(&in_flight);
		return REASON_ISOLATED_BY_OTHER;
	}
	/* There is a reference to it: it stays what it is now. */
	h = huge_page_hstate(folio_order(old));
	nid = folio_nid(old);
	atomic_inc(&migrations);
	WRITE_ONCE(last_migration_pfn, folio_pfn(old));
	ret = migrate_isolated(req, old, h, nid, &isolated);
	atomic_dec(&migrations);
	up_read(&in_flight);
	/*
	 * Since 71a64f618be9 ("mm: migrate: do not migrate HugeTLB page whose refcount
	 * is one", v5.12) also without a target, if the user has let the page go: then
	 * it is a free page of the pool, and that is what is done with it next.
	 */
	if (ret || req->supply.spare)
		return REASON_RACED;
	req->done = HUGE_PAGE_MIGRATED;
	return retire_migrated(req, h, nid);
}

/**
 * migrate_wait_in_flight() - wait until the pages that are migrated now are free
 *
 * Or in use, as the case may be. Whoever gives the last mapping of a page back, or
 * the file, finds it in the pool afterwards, and may ask for it at once: this is
 * how a guest is started again. A page that is just being migrated gets there when
 * our reference is dropped, a moment later, and who asked before is told that
 * there is none. So those who give pages back wait here. Pages whose migration
 * begins after that are no matter: they have another user, and a page on a free
 * list is replaced without leaving the pool.
 *
 * No migration waits for what a caller of this may hold, as mmap_lock or the
 * lock of an inode, and it only tries i_mmap_rwsem and the lock of the page.
 *
 * Context: sleeps. Pairs with the hold for reading in migrate_huge_page().
 */
void migrate_wait_in_flight(void)
{
	down_write(&in_flight);
	up_write(&in_flight);
}

/**
 * migrate_show_in_flight() - write the page that is being migrated
 * @m: the file
 *
 * Only the last one is named if several requests migrate at once.
 *
 * Context: task context.
 */
void migrate_show_in_flight(struct seq_file *m)
{
	int nr = atomic_read(&migrations);

	if (nr)
		seq_printf(m, "page_in_flight: %d, last pfn %#lx\n", nr,
			   READ_ONCE(last_migration_pfn));
	else
		seq_puts(m, "page_in_flight: none\n");
}
