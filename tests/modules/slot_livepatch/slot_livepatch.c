// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the IPMODIFY slot of alloc_contig_range(), with a livepatch.
 *
 * For tests only: never install it.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/stringify.h>

#include "compat/gfp.h"

static int livepatch_alloc_contig_range(unsigned long start, unsigned long end,
					acr_flags_t flags, gfp_t gfp)
{
	return -EBUSY;
}

static struct klp_func funcs[] = {
	{
		.old_name = __stringify(alloc_contig_frozen_range_noprof),
		.new_func = livepatch_alloc_contig_range,
	},
	{ }
};

static struct klp_object objects[] = {
	{ .funcs = funcs },
	{ }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static int __init slot_livepatch_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit slot_livepatch_exit(void)
{
}

module_init(slot_livepatch_init);
module_exit(slot_livepatch_exit);

MODULE_DESCRIPTION("Test of hugecontig: a livepatch of alloc_contig_range()");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
