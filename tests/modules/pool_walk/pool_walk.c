// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks the lists of the pool of 2 MiB pages, to compare them with its counters;
 * and all memory, for pages that are in no pool and belong to nobody.
 *
 * /sys/kernel/debug/pool_walk/pool has lines "NAME COUNTED FOUND": free pages of
 * each node, and of all; pages in use of all. Those agree while nobody faults or
 * frees. A line "bad N" counts pages that can not be where they are. The file
 * optimized has how many lack most of their struct pages, the file stale in how many
 * free ones there is something; and the file lost has the
 * pfns of compound pages of 2 MiB that nobody maps, caches or poisoned: while no range
 * is emptied, those that were lost.
 *
 * For tests only: never install it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/hugetlb.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "compat/hugetlb.h"
#include "compat/mm.h"
#include "compat/page_ref.h"
#include "../lookup.h"

static bool lose;
module_param(lose, bool, 0);
MODULE_PARM_DESC(lose, "Keep a page, for those who look for one that is lost");

static spinlock_t *lock;
static struct hstate *pool;
static struct dentry *directory;
static struct page *kept;

/* What the counters say, and what is there. */
struct numbers {
	unsigned long free_node[MAX_NUMNODES];
	unsigned long free;
	unsigned long in_use;
};

static struct numbers counted, found;
static unsigned long bad, optimized;
static DEFINE_MUTEX(walk_mutex);

static bool is_right(struct folio *folio, bool on_free_list)
{
	return PageHuge(folio_page(folio, 0)) && folio_order(folio) == pool->order &&
	       folio_test_hugetlb_freed(folio) == on_free_list &&
	       !folio_ref_count(folio) == on_free_list;
}

/* Is there anything in the first word of one of its small pages? */
static bool is_stale(struct folio *folio)
{
	const unsigned long *words = page_address(folio_page(folio, 0));
	long i;

	for (i = 0; i < folio_nr_pages(folio); i++)
		if (words[i * (PAGE_SIZE / sizeof(*words))])
			return true;
	return false;
}

static void walk_locked(void)
{
	struct folio *folio;
	int nid;

	for_each_online_node(nid) {
		list_for_each_entry(folio, &pool->hugepage_freelists[nid], lru) {
			found.free_node[nid]++;
			bad += !is_right(folio, true) ||
			       folio_nid(folio) != nid;
			optimized += folio_test_hugetlb_vmemmap_optimized(folio);
		}
		found.free += found.free_node[nid];
		counted.free_node[nid] = pool->free_huge_pages_node[nid];
	}
	list_for_each_entry(folio, &pool->hugepage_activelist, lru) {
		found.in_use++;
		bad += !is_right(folio, false);
		optimized += folio_test_hugetlb_vmemmap_optimized(folio);
	}
	counted.free = pool->free_huge_pages;
	counted.in_use = pool->nr_huge_pages - counted.free;
}

/* The caller holds walk_mutex. */
static void walk(void)
{
	memset(&found, 0, sizeof(found));
	bad = 0;
	optimized = 0;
	spin_lock_irq(lock);
	walk_locked();
	spin_unlock_irq(lock);
}

static int pool_show(struct seq_file *m, void *unused)
{
	int nid;

	mutex_lock(&walk_mutex);
	walk();
	for_each_online_node(nid)
		seq_printf(m, "free_node%d %lu %lu\n", nid,
			   counted.free_node[nid], found.free_node[nid]);
	seq_printf(m, "free %lu %lu\n", counted.free, found.free);
	seq_printf(m, "in_use %lu %lu\n", counted.in_use, found.in_use);
	seq_printf(m, "bad %lu\n", bad);
	mutex_unlock(&walk_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pool);

static int optimized_show(struct seq_file *m, void *unused)
{
	mutex_lock(&walk_mutex);
	walk();
	seq_printf(m, "%lu\n", optimized);
	mutex_unlock(&walk_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(optimized);

static int stale_show(struct seq_file *m, void *unused)
{
	unsigned long stale = 0;
	struct folio *folio;
	int nid;

	spin_lock_irq(lock);
	for_each_online_node(nid)
		list_for_each_entry(folio, &pool->hugepage_freelists[nid], lru)
			stale += is_stale(folio);
	spin_unlock_irq(lock);
	seq_printf(m, "%lu\n", stale);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stale);

static bool is_poisoned(struct page *page)
{
	unsigned long i;

	for (i = 0; i < 1UL << pool->order; i++)
		if (PageHWPoison(page + i))
			return true;
	return false;
}

static bool is_lost(struct page *page)
{
	return PageHead(page) && compound_order(page) == pool->order &&
	       !PageHuge(page) && !PageLRU(page) && !PageSlab(page) &&
	       !page->mapping && !is_poisoned(page);
}

static int lost_show(struct seq_file *m, void *unused)
{
	unsigned long pfn, end;
	struct page *page;
	int nid;

	for_each_online_node(nid) {
		end = node_end_pfn(nid);
		pfn = ALIGN(node_start_pfn(nid), 1UL << pool->order);
		for (; pfn < end; pfn += 1UL << pool->order) {
			page = pfn_to_online_page(pfn);
			if (page && is_lost(page))
				seq_printf(m, "%lu\n", pfn);
		}
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lost);

static int __init pool_walk_init(void)
{
	struct hstate *hstates = (void *)lookup("hstates");
	int *max_hstate = (void *)lookup("hugetlb_max_hstate");
	int i;

	lock = (void *)lookup("hugetlb_lock");
	if (!lock || !hstates || !max_hstate)
		return -ENOENT;
	for (i = 0; i < *max_hstate; i++)
		if (huge_page_size(&hstates[i]) == PMD_SIZE)
			pool = &hstates[i];
	if (!pool)
		return -ENODEV;
	if (lose) {
		kept = alloc_pages(GFP_KERNEL | __GFP_COMP, pool->order);
		if (!kept)
			return -ENOMEM;
	}
	directory = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("pool", 0400, directory, NULL, &pool_fops);
	debugfs_create_file("optimized", 0400, directory, NULL, &optimized_fops);
	debugfs_create_file("stale", 0400, directory, NULL, &stale_fops);
	debugfs_create_file("lost", 0400, directory, NULL, &lost_fops);
	return 0;
}

static void __exit pool_walk_exit(void)
{
	debugfs_remove(directory);
	if (kept)
		__free_pages(kept, pool->order);
}

module_init(pool_walk_init);
module_exit(pool_walk_exit);

MODULE_DESCRIPTION("Test of hugecontig: walks the lists of the pool");
MODULE_LICENSE("GPL");
