// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test only: memory failure marks a HugeTLB page in the instant in which its
 * migration has succeeded and it is nobody's any more.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/page-flags.h>
#include <linux/stringify.h>

#include "compat/hugetlb.h"

static unsigned long pfn;
module_param(pfn, ulong, 0);
MODULE_PARM_DESC(pfn, "of the head page to mark");

/* migrate_pages() is done with the page here, and returns it to where it was. */
static int mark(struct kprobe *probe, struct pt_regs *regs)
{
	struct folio *folio = (struct folio *)regs_get_kernel_argument(regs, 0);

	if (folio_pfn(folio) == pfn && !folio_mapped(folio))
		SetPageHWPoison(folio_page(folio, 0));
	return 0;
}

static struct kprobe probe = {
	.symbol_name = __stringify(folio_putback_hugetlb),
	.pre_handler = mark,
};

static int __init poison_migrated_init(void)
{
	return register_kprobe(&probe);
}

static void __exit poison_migrated_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(poison_migrated_init);
module_exit(poison_migrated_exit);

MODULE_DESCRIPTION("Test of hugecontig: marks a page that was migrated");
MODULE_LICENSE("GPL");
