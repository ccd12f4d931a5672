// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test only: as long as this is loaded, a free page of the pool is one whose free is
 * not over. Nobody refers to it, and it is on no list: so is a page whose free has
 * been deferred, for an instant. Nobody may take a page of the pool meanwhile, whose
 * counters have one more.
 */
#include <linux/hugetlb.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "compat/hugetlb.h"
#include "compat/mm.h"
#include "../lookup.h"

static unsigned long pfn;
module_param(pfn, ulong, 0444);
MODULE_PARM_DESC(pfn, "of the page");

static spinlock_t *lock;
static struct hstate *sizes;
static struct folio *half_freed;

static int __init half_freed_init(void)
{
	struct page *page = pfn_to_online_page(pfn);
	int ret = -EINVAL;

	lock = (void *)lookup("hugetlb_lock");
	sizes = (void *)lookup("hstates");
	if (!lock || !sizes || !page)
		return -ENOENT;
	spin_lock_irq(lock);
	if (PageHuge(page)) {
		half_freed = page_folio(page);
		if (folio_test_hugetlb_freed(half_freed)) {
			list_del_init(&half_freed->lru);
			folio_clear_hugetlb_freed(half_freed);
			ret = 0;
		}
	}
	spin_unlock_irq(lock);
	return ret;
}

static void __exit half_freed_exit(void)
{
	struct hstate *h = sizes;

	while (huge_page_order(h) != folio_order(half_freed))
		h++;
	spin_lock_irq(lock);
	folio_set_hugetlb_freed(half_freed);
	list_add(&half_freed->lru, &h->hugepage_freelists[folio_nid(half_freed)]);
	spin_unlock_irq(lock);
}

module_init(half_freed_init);
module_exit(half_freed_exit);

MODULE_DESCRIPTION("Test of hugecontig: a page whose free is not over");
MODULE_LICENSE("GPL");
