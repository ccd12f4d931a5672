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
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/page_ref.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/rwsem.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "compat/hugetlb.h"
#include "contig.h"
#include "hugetlb.h"
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

/* A page more of the pool. The caller holds hugetlb_lock. */
static void count_huge_page(struct hstate *h, int nid)
{
	h->nr_huge_pages++;
	h->nr_huge_pages_node[nid]++;
}

/* Makes the caller's reference, if it is the only one, a page of the supply. */
static bool try_leave_pool(struct page *page)
{
	bool frozen;

	spin_lock_irq(kernel_hugetlb_lock);
	frozen = page_ref_freeze(page, 1);
	if (frozen) {
		list_del(&page->lru);
		supply_unmake_huge(page);
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
	count_huge_page(huge_page_hstate(compound_order(page)),
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
	supply_make_huge(target);
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
	get_page(req->migrating);
	req->kept = true;
}

static struct anon_vma *lock_anon_vma(struct page *page)
{
	return static_call(kernel_page_lock_anon_vma_read)(page);
}

static bool note_fault_mutex(struct page *page, struct vm_area_struct *vma,
			     unsigned long address, void *mutex)
{
	u32 hash = static_call(kernel_hugetlb_fault_mutex_hash)
			(vma->vm_file->f_mapping, page->index);

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
static bool trylock_faults(struct page *page, struct mutex **mutex)
{
	struct rmap_walk_control walk = {
		.arg = mutex,
		.rmap_one = note_fault_mutex,
		.anon_lock = lock_anon_vma,
	};

	/* Stable: the page is isolated, so its first fault is over. */
	if (!PageAnon(page))
		return true;
	/* The walk asks for it: the page stays mapped, or stays unmapped. */
	if (!trylock_page(page))
		return false;
	static_call(kernel_rmap_walk)(page, &walk);
	unlock_page(page);
	return !*mutex || mutex_trylock(*mutex);
}

/*
 * The user has the target now. It takes the old page's place in the pool, whose
 * counters do not change: for none of them there is a moment at which both
 * pages or none of them is counted.
 */
static enum busy_reason retire_migrated(struct contig_request *req,
					struct hstate *h, int nid)
{
	if (WARN_ON_ONCE(!req->kept)) {
		/* The old page is where hugetlb frees pages to: count both. */
		spin_lock_irq(kernel_hugetlb_lock);
		count_huge_page(h, nid);
		spin_unlock_irq(kernel_hugetlb_lock);
		return BUSY_RACED;
	}
	if (!leave_pool(req, req->migrating))
		return BUSY_PINNED;
	return supply_put(req->migrating) ? BUSY_NONE : BUSY_POISONED;
}

/*
 * Migrates a page in use to the spare. The page is on a list of our own: on
 * the list of alloc_contig_range() reclaim would take it for a page of the
 * LRU and unmap it with no regard for HugeTLB.
 */
static int migrate_isolated(struct contig_request *req, struct page *old,
			    struct hstate *h, int nid,
			    struct list_head *isolated)
{
	struct mutex *fault_mutex = NULL;
	int ret = -EAGAIN;

	if (supply_fits(req->spare, h, nid) &&
	    trylock_faults(old, &fault_mutex)) {
		req->migrating = old;
		req->kept = false;
		/* Not MIGRATE_SYNC: it waits for the lock of the page. */
		ret = static_call(kernel_migrate_pages)(isolated, get_target,
							put_target,
							(unsigned long)req,
							MIGRATE_SYNC_LIGHT,
							MR_CONTIG_RANGE);
		if (fault_mutex)
			mutex_unlock(fault_mutex);
	}
	/* Those that can not be migrated at all are no longer on the list. */
	if (!list_empty(isolated))
		static_call(kernel_putback_active_hugepage)(old);
	return ret;
}

/**
 * migrate_huge_page() - move the content of a HugeTLB page elsewhere
 * @req: request of the current task
 * @old: head page; there need be no reference to it
 * @h:   what size it is thought to be of
 * @nid: node that it is thought to be on
 *
 * Context: may sleep; no locks held.
 * Return: %BUSY_NONE if the page is out of the way, or why it is not:
 *         %BUSY_NO_MEMORY, %BUSY_ISOLATED_BY_OTHER, %BUSY_RACED for all that
 *         migrate_pages() does not tell apart; or, its content being elsewhere,
 *         %BUSY_PINNED or %BUSY_POISONED.
 */
enum busy_reason migrate_huge_page(struct contig_request *req, struct page *old,
				   struct hstate *h, int nid)
{
	LIST_HEAD(isolated);
	int ret;

	if (!supply_fill(&req->spare, h, nid, req->gfp))
		return BUSY_NO_MEMORY;
	down_read(&in_flight);
	if (static_call(kernel_isolate_hugetlb)(old, &isolated)) {
		up_read(&in_flight);
		return BUSY_ISOLATED_BY_OTHER;
	}
	/* There is a reference to it: it stays what it is now. */
	h = huge_page_hstate(compound_order(old));
	nid = page_to_nid(old);
	atomic_inc(&migrations);
	WRITE_ONCE(last_migration_pfn, page_to_pfn(old));
	ret = migrate_isolated(req, old, h, nid, &isolated);
	atomic_dec(&migrations);
	up_read(&in_flight);
	if (ret)
		return BUSY_RACED;
	stats_count(STATS_INUSE_MIGRATED);
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
