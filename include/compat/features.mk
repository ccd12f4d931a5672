# SPDX-License-Identifier: GPL-2.0-only
#
# What the headers of this kernel have, for the headers here. Stable kernels carry
# backports, so this is looked for, and not guessed from the version.
in_header = $(findstring $(2),$(file <$(srctree)/include/linux/$(1)))
open := (
header_has = $(if $(in_header),-D$(3))
features := \
	$(call header_has,mm_types.h,struct folio {,HAVE_FOLIO) \
	$(call header_has,rmap.h,rmap_walk$(open)struct folio,HAVE_RMAP_WALK_FOLIO) \
	$(call header_has,rmap.h,lock_anon_vma_read$(open)const,HAVE_RMAP_CONST_FOLIO) \
	$(call header_has,mm_types.h,memdesc_flags_t flags,HAVE_MEMDESC_FLAGS) \
	$(call header_has,migrate.h,new_folio_t,HAVE_NEW_FOLIO_T) \
	$(call header_has,migrate.h,unsigned int *ret_succeeded,HAVE_MIGRATE_SUCCEEDED) \
	$(call header_has,migrate.h,enum migrate_reason reason,HAVE_MIGRATE_REASON_ENUM) \
	$(call header_has,hugetlb.h,HPG_freed,HAVE_HPG_FLAGS) \
	$(call header_has,hugetlb.h,HPG_cma,HAVE_HPG_CMA) \
	$(call header_has,hugetlb.h,isolate_hugetlb$(open)struct folio,HAVE_HUGETLB_FOLIOS) \
	$(call header_has,hugetlb.h,dissolve_free_hugetlb_folio,HAVE_DISSOLVE_HUGETLB_FOLIO) \
	$(call header_has,hugetlb.h,folio_isolate_hugetlb,HAVE_FOLIO_ISOLATE_HUGETLB) \
	$(call header_has,page-flags.h,PG_slab$(comma),HAVE_PG_SLAB) \
	$(call header_has,page-flags.h,PGTY_hugetlb,HAVE_PGTY_HUGETLB) \
	$(call header_has,page-flags.h,page_has_movable_ops,HAVE_PAGE_HAS_MOVABLE_OPS) \
	$(call header_has,page-flags.h,PGTY_large_kmalloc,HAVE_LARGE_KMALLOC) \
	$(call header_has,pageblock-flags.h,get_pfnblock_migratetype,HAVE_PFNBLOCK_MIGRATETYPE) \
	$(call header_has,pageblock-flags.h,get_pfnblock_flags_mask$(open)const,HAVE_PFNBLOCK_CONST_PAGE) \
	$(call header_has,gfp.h,alloc_contig_range_noprof,HAVE_ALLOC_CONTIG_RANGE_NOPROF) \
	$(call header_has,gfp.h,alloc_contig_frozen_range_noprof,HAVE_ALLOC_CONTIG_FROZEN_RANGE)

# The module needs all of these, and does not know a kernel that has renamed one. "make
# clean" has no configuration.
lacks = $(error hugecontig: this kernel lacks $(1), which the module needs)
needs = $(if $(in_header),,$(call lacks,$(2) in <linux/$(1)>))
# Some options have no prompt: the user turns on those that come before, or are named.
# Without COMPACTION the compiler inlines isolate_migratepages_block().
needed_configs := X86_64 HUGETLBFS COMPACTION CONTIG_ALLOC MIGRATION KPROBES KALLSYMS_ALL \
	FUNCTION_TRACER DYNAMIC_FTRACE DYNAMIC_FTRACE_WITH_REGS DEBUG_INFO_BTF
brings_CONTIG_ALLOC := $() (of CONFIG_MEMORY_HOTPLUG or CONFIG_CMA)
ifdef CONFIG_MODULES
$(call needs,gfp.h,alloc_contig_range)
$(call needs,hugetlb.h,isolate_hugetlb)
$(call needs,hugetlb.h,move_hugetlb_state)
$(call needs,hugetlb.h,hugetlb_fault_mutex_hash)
$(call needs,migrate.h,migrate_pages)
$(call needs,rmap.h,rmap_walk)
$(foreach config,$(needed_configs),\
	$(if $(CONFIG_$(config)),,$(call lacks,CONFIG_$(config)$(brings_$(config)))))
endif
