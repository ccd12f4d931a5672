// SPDX-License-Identifier: GPL-2.0-only
/*
 * hugecontig: alloc_contig_range() over HugeTLB pages, for kernels without it.
 *
 * This file strings the units together: what is redirected (redirect) to which
 * function (contig, isolate), once everything that the kernel does not promise
 * is found and checked (symbols, layout), and who switches it (control).
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/stringify.h>

#include "buddy.h"
#include "capability.h"
#include "contig.h"
#include "control.h"
#include "isolate.h"
#include "layout.h"
#include "migrate.h"
#include "redirect.h"
#include "second_pass.h"
#include "stats.h"
#include "symbols.h"

static replace_free_hugepage_folios_t replace_free_hugepage_folios_replacement;
static isolate_migratepages_block_t isolate_migratepages_block_replacement;
static void
move_hugetlb_state_replacement(struct compat_hugetlb_folio *old,
			       struct compat_hugetlb_folio *new,
			       compat_migrate_reason reason);
static hugetlb_vm_op_close_t hugetlb_vm_op_close_replacement;
static remove_inode_hugepages_t remove_inode_hugepages_replacement;
static int alloc_contig_range_replacement(unsigned long start,
					  unsigned long end, acr_flags_t flags,
					  gfp_t gfp);
static struct page *alloc_contig_pages_replacement(unsigned long nr_pages,
						   gfp_t gfp, int nid,
						   nodemask_t *nodemask);

enum {
	REPLACE_FREE_HUGEPAGE_FOLIOS,
	ISOLATE_MIGRATEPAGES_BLOCK,
	MOVE_HUGETLB_STATE,
	HUGETLB_VM_OP_CLOSE,
	REMOVE_INODE_HUGEPAGES,
	ALLOC_CONTIG_RANGE,
	ALLOC_CONTIG_PAGES,
	NR_REDIRECTS
};

static DEFINE_PER_CPU(long, replace_free_hugepage_folios_entered);
static DEFINE_PER_CPU(long, isolate_migratepages_block_entered);
static DEFINE_PER_CPU(long, move_hugetlb_state_entered);
static DEFINE_PER_CPU(long, hugetlb_vm_op_close_entered);
static DEFINE_PER_CPU(long, remove_inode_hugepages_entered);
static DEFINE_PER_CPU(long, alloc_contig_range_entered);
static DEFINE_PER_CPU(long, alloc_contig_pages_entered);

/*
 * A request is opened in alloc_contig_range(), and only then is there a need to
 * look at what the others are called for: compaction, say, is left alone
 * meanwhile. It comes after them, so that they are redirected as long as there is a
 * request, and what makes requests of its own comes last. Not every kernel has the
 * first one and the last.
 */
static struct redirect redirects[NR_REDIRECTS] = {
	[REPLACE_FREE_HUGEPAGE_FOLIOS] = {
		.name = "replace_free_hugepage_folios",
		.replacement = replace_free_hugepage_folios_replacement,
		.wanted = &contig_requests_open,
		.entered = &replace_free_hugepage_folios_entered,
	},
	[ISOLATE_MIGRATEPAGES_BLOCK] = {
		.name = "isolate_migratepages_block",
		.replacement = isolate_migratepages_block_replacement,
		.wanted = &contig_requests_open,
		.entered = &isolate_migratepages_block_entered,
	},
	[MOVE_HUGETLB_STATE] = {
		.name = "move_hugetlb_state",
		.replacement = move_hugetlb_state_replacement,
		.wanted = &contig_requests_open,
		.entered = &move_hugetlb_state_entered,
	},
	[HUGETLB_VM_OP_CLOSE] = {
		.name = "hugetlb_vm_op_close",
		.replacement = hugetlb_vm_op_close_replacement,
		.wanted = &contig_requests_open,
		.entered = &hugetlb_vm_op_close_entered,
	},
	[REMOVE_INODE_HUGEPAGES] = {
		.name = "remove_inode_hugepages",
		.replacement = remove_inode_hugepages_replacement,
		.wanted = &contig_requests_open,
		.entered = &remove_inode_hugepages_entered,
	},
	[ALLOC_CONTIG_RANGE] = {
		.name = __stringify(alloc_contig_frozen_range_noprof),
		.replacement = alloc_contig_range_replacement,
		.entered = &alloc_contig_range_entered,
	},
	[ALLOC_CONTIG_PAGES] = {
		.name = __stringify(alloc_contig_frozen_pages_noprof),
		.replacement = alloc_contig_pages_replacement,
		.entered = &alloc_contig_pages_entered,
	},
};

/* The last look of a request at its range, where the kernel has one of its own. */
static noinline int
replace_free_hugepage_folios_replacement(unsigned long start_pfn,
					 unsigned long end_pfn)
{
	struct contig_request *req = contig_current_request();
	int ret = 0;

	if (req && !req->observe) {
		atomic_long_inc(&redirects[REPLACE_FREE_HUGEPAGE_FOLIOS].calls);
		ret = contig_settle(req);
	}
	if (!req || req->observe || (!ret && req->for_kernel))
		ret = static_call(kernel_replace_free_hugepage_folios)
				(start_pfn, end_pfn);
	redirect_leave(&redirects[REPLACE_FREE_HUGEPAGE_FOLIOS]);
	return ret;
}

static noinline isolate_result_t
isolate_migratepages_block_replacement(struct compact_control *cc,
				       unsigned long low_pfn,
				       unsigned long end_pfn,
				       isolate_mode_t mode)
{
	struct contig_request *req = NULL;
	isolate_result_t result;
	unsigned long next;
	int error;

	/* Compaction passes through, for an allocation of a request as well. */
	if (compact_control_alloc_contig(cc))
		req = contig_current_request();
	if (req && req->observe)
		isolate_observe(req, low_pfn, end_pfn);
	if (req && !req->observe) {
		atomic_long_inc(&redirects[ISOLATE_MIGRATEPAGES_BLOCK].calls);
		error = isolate_block(req, cc, low_pfn, end_pfn, mode, &next);
		result = compat_isolate_result(cc, error, next);
	} else {
		result = static_call(kernel_isolate_migratepages_block)
				(cc, low_pfn, end_pfn, mode);
	}
	redirect_leave(&redirects[ISOLATE_MIGRATEPAGES_BLOCK]);
	return result;
}

static noinline void
move_hugetlb_state_replacement(struct compat_hugetlb_folio *old,
			       struct compat_hugetlb_folio *new,
			       compat_migrate_reason reason)
{
	struct contig_request *req = contig_current_request();

	static_call(kernel_move_hugetlb_state)(old, new, reason);
	if (req && req->migrating == FROM_COMPAT_HUGETLB_FOLIO(old)) {
		atomic_long_inc(&redirects[MOVE_HUGETLB_STATE].calls);
		migrate_keep_old(req);
	}
	redirect_leave(&redirects[MOVE_HUGETLB_STATE]);
}

/* munmap(), and all that ends in it, has freed what was mapped by now. */
static noinline void hugetlb_vm_op_close_replacement(struct vm_area_struct *vma)
{
	atomic_long_inc(&redirects[HUGETLB_VM_OP_CLOSE].calls);
	static_call(kernel_hugetlb_vm_op_close)(vma);
	migrate_wait_in_flight();
	redirect_leave(&redirects[HUGETLB_VM_OP_CLOSE]);
}

/* A hole is punched, a file is truncated, or it goes. */
static noinline void remove_inode_hugepages_replacement(struct inode *inode,
							loff_t start,
							loff_t end)
{
	atomic_long_inc(&redirects[REMOVE_INODE_HUGEPAGES].calls);
	static_call(kernel_remove_inode_hugepages)(inode, start, end);
	migrate_wait_in_flight();
	redirect_leave(&redirects[REMOVE_INODE_HUGEPAGES]);
}

static noinline int
alloc_contig_range_replacement(unsigned long start, unsigned long end,
			       acr_flags_t flags, gfp_t gfp)
{
	int ret;

	atomic_long_inc(&redirects[ALLOC_CONTIG_RANGE].calls);
	ret = contig_alloc_range(start, end, flags, gfp, 0, _RET_IP_);
	redirect_leave(&redirects[ALLOC_CONTIG_RANGE]);
	return ret;
}

static noinline struct page *
alloc_contig_pages_replacement(unsigned long nr_pages, gfp_t gfp, int nid,
			       nodemask_t *nodemask)
{
	struct contig_choice choice;
	struct page *page;

	atomic_long_inc(&redirects[ALLOC_CONTIG_PAGES].calls);
	contig_choice_begin(&choice);
	page = static_call(kernel_alloc_contig_pages)(nr_pages, gfp, nid,
						      nodemask);
	contig_choice_end(&choice);
	if (!page)
		page = second_pass_alloc(nr_pages, gfp, nid, nodemask, _RET_IP_);
	redirect_leave(&redirects[ALLOC_CONTIG_PAGES]);
	return page;
}

static int __init hugecontig_init(void)
{
	unsigned int first, end, i;
	int ret;

	ret = symbols_resolve();
	if (ret)
		return ret;
	ret = stats_init();
	if (ret)
		return ret;
	buddy_init();
	capability_probe();
	for (i = 0; i < NR_REDIRECTS; i++)
		redirects[i].original = symbols_address(redirects[i].name);
	first = kernel_replaces_free_pages ? REPLACE_FREE_HUGEPAGE_FOLIOS :
					     REPLACE_FREE_HUGEPAGE_FOLIOS + 1;
	end = kernel_second_pass_known ? NR_REDIRECTS : ALLOC_CONTIG_PAGES;
	ret = control_init(redirects + first, end - first);
	/* Something may have been redirected until another was refused. */
	if (ret) {
		redirect_wait_for_return();
		stats_exit();
	}
	return ret;
}

static void __exit hugecontig_exit(void)
{
	control_exit();
	redirect_wait_for_return();
	stats_exit();
}

module_init(hugecontig_init);
module_exit(hugecontig_exit);

MODULE_DESCRIPTION("alloc_contig_range() over HugeTLB pages");
MODULE_AUTHOR("The hugecontig developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(HUGECONTIG_VERSION);
