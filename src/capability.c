// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be had on this kernel, and of whom: native (the kernel does it),
 * provided (the module does), or unavailable.
 *
 * Stable kernels carry backports, so the kernel is asked for the functions that
 * do the work, and not for its version.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>

#include "buddy.h"
#include "capability.h"
#include "symbols.h"

/**
 * struct capability - a line of the status
 * @name:      its key
 * @functions: with one of them the kernel does it; none: no kernel does
 * @without:   what is to be said of a kernel that does not
 * @with:      and of one that does
 * @ours:      whether the module does, where that depends on the kernel; NULL: not
 * @replaced:  what is to be said then
 * @both:      with our part, too, it is native if the kernel does it
 * @text:      what is said
 */
struct capability {
	const char *name;
	const char *functions[2];
	const char *without, *with;
	const bool *ours;
	const char *replaced;
	bool both;
	const char *text;
};

static struct capability capabilities[] __ro_after_init = {
	{
		/*
		 * 369fa227c219 ("mm: make alloc_contig_range handle free hugetlb
		 * pages", v5.13)
		 */
		.name = "free_pages",
		.functions = { "isolate_or_dissolve_huge_page",
			       "isolate_or_dissolve_huge_folio" },
		.without = "provided, the kernel does not replace them",
		.with = "provided, as the kernel's way lets counters move",
	},
	{
		/*
		 * ae37c7ff79f1 ("mm: make alloc_contig_range handle in-use hugetlb
		 * pages", v5.13) and, for a pool with free pages, 04f13d241b8b ("mm:
		 * replace free hugepage folios after migration", v6.14)
		 */
		.name = "inuse_pages",
		.functions = { "replace_free_hugepage_folios" },
		.without = "provided, the kernel moves none, or not while the pool has free ones",
		.with = "native, done by the module, as the kernel's way lets counters move",
	},
	{
		.name = "target_outside_range",
		.functions = { "replace_free_hugepage_folios" },
		.without = "provided, the kernel may migrate into the range",
		.with = "native",
	},
	{
		/*
		 * 42d0c3fbb581 ("mm: hugetlb: make the hugetlb migration strategy
		 * consistent", v6.10) keeps to the node for new pages only.
		 */
		.name = "same_node",
		.without = "provided, the kernel may take a free page of another node",
	},
	{
		/* The kernel's own replacement comes from alloc_pages(). */
		.name = "unzeroed_pages",
		.without = "unavailable, no functions for it, or each allocation is checked",
		.ours = &buddy_has_blocks,
		.replaced = "provided, replacements are not zeroed, see parameter free_blocks",
	},
	{
		.name = "busy_at_once",
		.without = "provided, what has to stay is -EBUSY before anything is allocated",
	},
	{
		.name = "bounded_wait",
		.without = "provided, no wait for a page that is being freed is endless",
	},
	{
		.name = "reasons",
		.without = "provided, in stats and by the tracepoint page",
	},
	{
		/*
		 * f41f2ed43ca5 ("mm: hugetlb: free the vmemmap pages associated with
		 * each HugeTLB page", v5.14)
		 */
		.name = "vmemmap_optimized_pages",
		.functions = { "hugetlb_vmemmap_restore",
			       "hugetlb_vmemmap_restore_folio" },
		.without = "unavailable, the kernel has none",
		.with = "native, left to the kernel, whose functions are not those that are known",
		.ours = &kernel_vmemmap_known,
		.replaced = "provided, with the kernel's functions for struct pages",
	},
	{
		/*
		 * 3bb64898f003 ("page_alloc: allow migration of smaller hugepages
		 * during contig_alloc", v7.0), of whose series page_is_unmovable() is
		 */
		.name = "gigantic_over_huge_pages",
		.functions = { "page_is_unmovable" },
		.without = "unavailable, no functions to search for a range",
		.with = "native, with one more search where the kernel finds nothing",
		.both = true,
		.ours = &kernel_second_pass_known,
		.replaced = "provided, if there is nothing else, see second_pass_attempts",
	},
	{
		.name = "gigantic_pages",
		.without = "unavailable, nothing can replace them, see give_up_gigantic",
	},
};

static bool __init is_native(const struct capability *capability)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(capability->functions); i++) {
		const char *function = capability->functions[i];

		if (function && symbols_kernel_has(function))
			return true;
	}
	return false;
}

/**
 * capability_probe() - find out what the kernel does by itself
 *
 * Context: module init, after symbols_resolve().
 */
void __init capability_probe(void)
{
	struct capability *capability;
	bool native, ours;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(capabilities); i++) {
		capability = &capabilities[i];
		native = is_native(capability);
		ours = capability->ours && *capability->ours;
		if (ours && !(native && capability->both))
			capability->text = capability->replaced;
		else if (native)
			capability->text = capability->with;
		else
			capability->text = capability->without;
	}
}

/**
 * capability_show() - write "name: native|provided|unavailable[, why]" lines
 * @m: the file
 *
 * Context: task context.
 */
void capability_show(struct seq_file *m)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(capabilities); i++)
		seq_printf(m, "%s: %s\n", capabilities[i].name,
			   capabilities[i].text);
}
