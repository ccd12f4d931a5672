/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HUGECONTIG_SYMBOLS_H
#define HUGECONTIG_SYMBOLS_H

#include <linux/hugetlb.h>
#include <linux/mmzone.h>
#include <linux/spinlock.h>
#include <linux/static_call.h>
#include <linux/swap.h>

#include "compat/compaction.h"
#include "compat/gfp.h"
#include "compat/hugetlb.h"
#include "compat/memory_hotplug.h"
#include "compat/migrate.h"
#include "compat/pageblock-flags.h"
#include "compat/rmap.h"

struct compact_control;

typedef isolate_result_t isolate_migratepages_block_t(struct compact_control *cc,
						      unsigned long low_pfn,
						      unsigned long end_pfn,
						      isolate_mode_t mode);
typedef void hugetlb_vm_op_close_t(struct vm_area_struct *vma);
typedef void remove_inode_hugepages_t(struct inode *inode, loff_t start,
				      loff_t end);
typedef int replace_free_hugepage_folios_t(unsigned long start_pfn,
					   unsigned long end_pfn);
typedef int isolate_free_page_t(struct page *page, unsigned int order);
typedef void putback_isolated_page_t(struct page *page, unsigned int order,
				     int migratetype);
typedef void prep_compound_page_t(struct page *page, unsigned int order);

/*
 * Functions of the kernel that are not exported, and the originals of what is
 * redirected. static_call(kernel_NAME)(...) is a direct call of symbol + 0:
 * nothing is called through a pointer, which kernels with IBT or kCFI forbid. Three
 * more are in compat/migrate.h, compat/pageblock-flags.h and compat/rmap.h.
 */
DECLARE_STATIC_CALL(kernel_isolate_migratepages_block,
		    isolate_migratepages_block_t);
DECLARE_STATIC_CALL(kernel_alloc_contig_range,
		    alloc_contig_frozen_range_noprof);
DECLARE_STATIC_CALL(kernel_isolate_hugetlb, folio_isolate_hugetlb);
DECLARE_STATIC_CALL(kernel_putback_hugetlb, folio_putback_hugetlb);
DECLARE_STATIC_CALL(kernel_move_hugetlb_state, move_hugetlb_state);
DECLARE_STATIC_CALL(kernel_hugetlb_vm_op_close, hugetlb_vm_op_close_t);
DECLARE_STATIC_CALL(kernel_remove_inode_hugepages, remove_inode_hugepages_t);
DECLARE_STATIC_CALL(kernel_hugetlb_fault_mutex_hash, hugetlb_fault_mutex_hash);
DECLARE_STATIC_CALL(kernel_rmap_walk, rmap_walk);
DECLARE_STATIC_CALL(kernel_vmemmap_restore, compat_vmemmap_restore_t);
DECLARE_STATIC_CALL(kernel_vmemmap_optimize, compat_vmemmap_optimize_t);
DECLARE_STATIC_CALL(kernel_replace_free_hugepage_folios,
		    replace_free_hugepage_folios_t);
DECLARE_STATIC_CALL(kernel_isolate_free_page, isolate_free_page_t);
DECLARE_STATIC_CALL(kernel_putback_isolated_page, putback_isolated_page_t);
DECLARE_STATIC_CALL(kernel_prep_compound_page, prep_compound_page_t);
DECLARE_STATIC_CALL(kernel_alloc_contig_pages,
		    alloc_contig_frozen_pages_noprof);
DECLARE_STATIC_CALL(kernel_lru_add_drain_all, lru_add_drain_all);
DECLARE_STATIC_CALL(kernel_dissolve_free_hugetlb, dissolve_free_hugetlb_folio);

/*
 * What some of them can be called only with: the two of vmemmap;
 * replace_free_hugepage_folios(), which since v6.14 is called before a range is tested;
 * the three after it; the next two, with the type of pageblocks and the lock of memory
 * hotplug; and the last one.
 */
extern bool kernel_vmemmap_known;
extern bool kernel_replaces_free_pages;
extern bool kernel_free_blocks_known;
extern bool kernel_second_pass_known;
extern bool kernel_dissolve_known;

/* Data of mm/hugetlb.c. */
extern spinlock_t *kernel_hugetlb_lock;
extern struct mutex **kernel_hugetlb_fault_mutex_table;
extern struct hstate *kernel_hstates;
extern int *kernel_hugetlb_max_hstate;

int symbols_resolve(void);
bool symbols_kernel_has(const char *name);
unsigned long symbols_address(const char *name);

#endif /* HUGECONTIG_SYMBOLS_H */
