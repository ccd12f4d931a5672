// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the kernel's symbols that are not exported, makes sure that each is
 * the one that is meant, and only then makes it callable.
 *
 * A kprobe finds kallsyms_lookup_name(), which finds everything else. Names
 * must be unique: a lookup returns the first of several functions of a name.
 * The kernel's BTF vouches for the prototypes (layout).
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/stringify.h>

#include "compat/kallsyms.h"
#include "compat/kprobes.h"
#include "layout.h"
#include "symbols.h"
#include "typeinfo.h"

DEFINE_STATIC_CALL_NULL(kernel_isolate_migratepages_block,
			isolate_migratepages_block_t);
DEFINE_STATIC_CALL_NULL(kernel_alloc_contig_range,
			alloc_contig_frozen_range_noprof);
DEFINE_STATIC_CALL_NULL(kernel_isolate_hugetlb, folio_isolate_hugetlb);
DEFINE_STATIC_CALL_NULL(kernel_putback_hugetlb, folio_putback_hugetlb);
DEFINE_STATIC_CALL_NULL(kernel_migrate_pages, migrate_pages);
DEFINE_STATIC_CALL_NULL(kernel_move_hugetlb_state, move_hugetlb_state);
DEFINE_STATIC_CALL_NULL(kernel_hugetlb_vm_op_close, hugetlb_vm_op_close_t);
DEFINE_STATIC_CALL_NULL(kernel_remove_inode_hugepages,
			remove_inode_hugepages_t);
DEFINE_STATIC_CALL_NULL(kernel_hugetlb_fault_mutex_hash,
			hugetlb_fault_mutex_hash);
DEFINE_STATIC_CALL_NULL(kernel_rmap_walk, rmap_walk);
DEFINE_STATIC_CALL_NULL(kernel_lock_anon_vma,
			folio_lock_anon_vma_read);
DEFINE_STATIC_CALL_NULL(kernel_vmemmap_restore, compat_vmemmap_restore_t);
DEFINE_STATIC_CALL_NULL(kernel_vmemmap_optimize, compat_vmemmap_optimize_t);
DEFINE_STATIC_CALL_NULL(kernel_replace_free_hugepage_folios,
			replace_free_hugepage_folios_t);
DEFINE_STATIC_CALL_NULL(kernel_isolate_free_page, isolate_free_page_t);
DEFINE_STATIC_CALL_NULL(kernel_putback_isolated_page,
			putback_isolated_page_t);
DEFINE_STATIC_CALL_NULL(kernel_prep_compound_page, prep_compound_page_t);
DEFINE_STATIC_CALL_NULL(kernel_alloc_contig_pages,
			alloc_contig_frozen_pages_noprof);
DEFINE_STATIC_CALL_NULL(kernel_lru_add_drain_all, lru_add_drain_all);
DEFINE_STATIC_CALL_NULL(kernel_dissolve_free_hugetlb,
			dissolve_free_hugetlb_folio);
DEFINE_STATIC_CALL_NULL(kernel_pfnblock_migratetype, get_pfnblock_migratetype);
DEFINE_STATIC_CALL_NULL(kernel_kallsyms_lookup_name, kallsyms_lookup_name);
DEFINE_STATIC_CALL_NULL(kernel_kallsyms_on_each_symbol,
			kallsyms_on_each_symbol);

spinlock_t *kernel_hugetlb_lock __ro_after_init;
struct mutex **kernel_hugetlb_fault_mutex_table __ro_after_init;
struct hstate *kernel_hstates __ro_after_init;
int *kernel_hugetlb_max_hstate __ro_after_init;
struct percpu_rw_semaphore *kernel_mem_hotplug_lock __ro_after_init;
bool kernel_vmemmap_known __ro_after_init = true;
bool kernel_free_blocks_known __ro_after_init = true;
bool kernel_second_pass_known __ro_after_init = true;
bool kernel_dissolve_known __ro_after_init = true;
bool kernel_replaces_free_pages __ro_after_init = true;

/* Is the lock of memory hotplug known? */
static bool mem_hotplug_known __ro_after_init = true;

static const void *btf_start __ro_after_init;
static const void *btf_stop __ro_after_init;

/**
 * struct symbol - a symbol of the kernel
 * @name:      its name
 * @prototype: of a function, for layout_check_prototype(); NULL for data
 * @key:       static call of a function
 * @tramp:     trampoline of @key
 * @data:      where the address of data goes
 * @redirect:  is redirected: the compiler must not have cloned it, or some
 *             callers would still reach the clone
 * @has:       of one that can be done without: whether this and all others with
 *             the same are there, and what they are thought to be. One that would be
 *             redirected may be missing, but not be anything else
 * @address:   symbol + 0
 * @matches:   how many symbols have the name
 * @clone:     a clone of the compiler (name.isra.0 ...), or an empty string
 */
struct symbol {
	const char *name;
	const char *prototype;
	struct static_call_key *key;
	void *tramp;
	const void **data;
	bool redirect;
	bool *has;
	unsigned long address;
	unsigned int matches;
	char clone[64];
};

/*
 * The function that kernel_CALL calls; FUNC may be a macro for its name in this
 * kernel. The prototype is one argument of many, with commas and line breaks.
 */
#define SYMBOL_FUNCTION(call, func, ...) \
	.name = __stringify(func), .prototype = __stringify(__VA_ARGS__), \
	.key = &STATIC_CALL_KEY(kernel_##call), \
	.tramp = STATIC_CALL_TRAMP_ADDR(kernel_##call)

#define SYMBOL_DATA(variable, pointer) \
	.name = #variable, .data = (const void **)&(pointer)

static struct symbol symbols[] __ro_after_init = {
	{ SYMBOL_FUNCTION(isolate_migratepages_block, isolate_migratepages_block,
			  isolate_result_t (struct compact_control *,
					    unsigned long,
					    unsigned long,
					    isolate_mode_t)),
	  .redirect = true },
	{ SYMBOL_FUNCTION(alloc_contig_range, alloc_contig_frozen_range_noprof,
			  int (unsigned long, unsigned long,
			       acr_flags_t, gfp_t)),
	  .redirect = true },
	{ SYMBOL_FUNCTION(replace_free_hugepage_folios,
			  replace_free_hugepage_folios,
			  int (unsigned long, unsigned long)),
	  .redirect = true, .has = &kernel_replaces_free_pages },
	{ SYMBOL_FUNCTION(move_hugetlb_state, move_hugetlb_state,
			  void (struct compat_hugetlb_folio *,
				struct compat_hugetlb_folio *,
				compat_migrate_reason)),
	  .redirect = true },
	{ SYMBOL_FUNCTION(hugetlb_vm_op_close, hugetlb_vm_op_close,
			  void (struct vm_area_struct *)),
	  .redirect = true },
	{ SYMBOL_FUNCTION(remove_inode_hugepages, remove_inode_hugepages,
			  void (struct inode *, loff_t, loff_t)),
	  .redirect = true },
	{ SYMBOL_FUNCTION(isolate_hugetlb, folio_isolate_hugetlb,
			  compat_isolate_hugetlb_result
			  (struct compat_hugetlb_folio *, struct list_head *)) },
	{ SYMBOL_FUNCTION(putback_hugetlb, folio_putback_hugetlb,
			  void (struct compat_hugetlb_folio *)) },
	{ SYMBOL_FUNCTION(migrate_pages, migrate_pages,
			  COMPAT_MIGRATE_PAGES_PROTOTYPE) },
	{ SYMBOL_FUNCTION(hugetlb_fault_mutex_hash, hugetlb_fault_mutex_hash,
			  u32 (struct address_space *, pgoff_t)) },
	{ SYMBOL_FUNCTION(rmap_walk, rmap_walk,
			  void (struct compat_rmap_folio *,
				struct rmap_walk_control *)) },
	{ SYMBOL_FUNCTION(lock_anon_vma, folio_lock_anon_vma_read,
			  COMPAT_LOCK_ANON_VMA_PROTOTYPE) },
	{ SYMBOL_FUNCTION(vmemmap_restore, compat_vmemmap_restore,
			  int (const struct hstate *,
			       struct compat_hugetlb_folio *)),
	  .has = &kernel_vmemmap_known },
	{ SYMBOL_FUNCTION(vmemmap_optimize, compat_vmemmap_optimize,
			  void (const struct hstate *,
				struct compat_hugetlb_folio *)),
	  .has = &kernel_vmemmap_known },
	{ SYMBOL_FUNCTION(isolate_free_page, __isolate_free_page,
			  int (struct page *, unsigned int)),
	  .has = &kernel_free_blocks_known },
	{ SYMBOL_FUNCTION(putback_isolated_page, __putback_isolated_page,
			  void (struct page *, unsigned int, int)),
	  .has = &kernel_free_blocks_known },
	{ SYMBOL_FUNCTION(prep_compound_page, prep_compound_page,
			  void (struct page *, unsigned int)),
	  .has = &kernel_free_blocks_known },
	{ SYMBOL_FUNCTION(alloc_contig_pages, alloc_contig_frozen_pages_noprof,
			  struct page * (unsigned long, gfp_t, int,
					 nodemask_t *)),
	  .redirect = true, .has = &kernel_second_pass_known },
	{ SYMBOL_FUNCTION(pfnblock_migratetype, get_pfnblock_migratetype,
			  COMPAT_PFNBLOCK_MIGRATETYPE_PROTOTYPE),
	  .has = &kernel_second_pass_known },
	{ SYMBOL_FUNCTION(lru_add_drain_all, lru_add_drain_all, void (void)),
	  .has = &kernel_second_pass_known },
	{ SYMBOL_DATA(mem_hotplug_lock, kernel_mem_hotplug_lock),
	  .has = &mem_hotplug_known },
	{ SYMBOL_FUNCTION(dissolve_free_hugetlb, dissolve_free_hugetlb_folio,
			  int (struct compat_dissolve_folio *)),
	  .has = &kernel_dissolve_known },
	{ SYMBOL_DATA(hugetlb_lock, kernel_hugetlb_lock) },
	{ SYMBOL_DATA(hugetlb_fault_mutex_table,
		      kernel_hugetlb_fault_mutex_table) },
	{ SYMBOL_DATA(hstates, kernel_hstates) },
	{ SYMBOL_DATA(hugetlb_max_hstate, kernel_hugetlb_max_hstate) },
	{ SYMBOL_DATA(__start_BTF, btf_start) },
	{ SYMBOL_DATA(__stop_BTF, btf_stop) },
};

/* Called to find the others, so before their prototypes can be checked. */
static struct symbol lookup_name __initdata = {
	SYMBOL_FUNCTION(kallsyms_lookup_name, kallsyms_lookup_name,
			unsigned long (const char *)),
};

static struct symbol on_each_symbol __initdata = {
	SYMBOL_FUNCTION(kallsyms_on_each_symbol, kallsyms_on_each_symbol,
			COMPAT_KALLSYMS_ON_EACH_PROTOTYPE),
};

static void __init make_callable(const struct symbol *symbol)
{
	__static_call_update(symbol->key, symbol->tramp,
			     (void *)symbol->address);
}

static int __init missing(const struct symbol *symbol)
{
	if (symbol->clone[0])
		pr_err("symbol %s not found, the compiler made %s of it: this kernel is not supported\n",
		       symbol->name, symbol->clone);
	else
		pr_err("symbol %s not found: this kernel is not supported\n",
		       symbol->name);
	return -ENOENT;
}

/*
 * The one symbol that kallsyms can not find. The probe is never armed: ftrace
 * of 5.10 keeps a record of what was armed while kernel.ftrace_enabled is 0, and
 * warns when later its last user goes.
 */
static int __init resolve_lookup_name(void)
{
	struct kprobe probe = {
		.symbol_name = lookup_name.name,
		.flags = KPROBE_FLAG_DISABLED,
	};

	if (register_kprobe(&probe))
		return missing(&lookup_name);
	unregister_kprobe(&probe);
	lookup_name.address = compat_kprobe_function(&probe);
	make_callable(&lookup_name);
	return 0;
}

static int __init resolve_on_each_symbol(void)
{
	on_each_symbol.address =
		static_call(kernel_kallsyms_lookup_name)(on_each_symbol.name);
	if (!on_each_symbol.address)
		return missing(&on_each_symbol);
	make_callable(&on_each_symbol);
	return 0;
}

/* A clone may be called instead of the function; its .cold part never is. */
static void __init note_symbol(struct symbol *symbol, const char *name,
			       unsigned long address)
{
	size_t length = strlen(symbol->name);

	if (strncmp(name, symbol->name, length))
		return;
	if (!name[length]) {
		symbol->address = address;
		symbol->matches++;
		return;
	}
	if (name[length] == '.' && strcmp(name + length, ".cold"))
		strscpy(symbol->clone, name, sizeof(symbol->clone));
}

static COMPAT_KALLSYMS_CALLBACK(__init note_name, data, name, addr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(symbols); i++)
		note_symbol(&symbols[i], name, addr);
	return 0;
}

/* Not there, or not what is meant, is no reason to refuse the kernel. */
static bool __init may_lack(const struct symbol *symbol)
{
	return symbol->has && !(symbol->redirect && symbol->matches);
}

static int __init check_names(void)
{
	const struct symbol *symbol;

	static_call(kernel_kallsyms_on_each_symbol)(note_name, NULL);
	for (symbol = symbols; symbol < symbols + ARRAY_SIZE(symbols);
	     symbol++) {
		if (may_lack(symbol))
			continue;
		if (!symbol->matches)
			return missing(symbol);
		if (symbol->matches > 1) {
			pr_err("symbol %s is ambiguous, the kernel has %u: this kernel is not supported\n",
			       symbol->name, symbol->matches);
			return -EINVAL;
		}
		if (symbol->redirect && symbol->clone[0]) {
			pr_err("symbol %s has a clone %s that would not be redirected: this kernel is not supported\n",
			       symbol->name, symbol->clone);
			return -EINVAL;
		}
	}
	return 0;
}

static int __init check_prototypes(void)
{
	const struct symbol *symbol;
	int ret;

	ret = layout_check_prototype(lookup_name.name, lookup_name.prototype);
	if (!ret)
		ret = layout_check_prototype(on_each_symbol.name,
					     on_each_symbol.prototype);
	for (symbol = symbols;
	     !ret && symbol < symbols + ARRAY_SIZE(symbols); symbol++)
		if (symbol->prototype && !may_lack(symbol))
			ret = layout_check_prototype(symbol->name,
						     symbol->prototype);
	return ret;
}

/* All of those that belong together, or none: what was taken has to be given back. */
static void __init note_lacking(void)
{
	const struct symbol *symbol;

	for (symbol = symbols; symbol < symbols + ARRAY_SIZE(symbols); symbol++)
		if (symbol->has &&
		    (symbol->matches != 1 ||
		     (symbol->prototype &&
		      !layout_has_prototype(symbol->name, symbol->prototype))))
			*symbol->has = false;
	if (COMPAT_HAS_MEM_HOTPLUG && !mem_hotplug_known)
		kernel_second_pass_known = false;
}

static int __init check_types(void)
{
	int ret;

	ret = typeinfo_open(btf_start, btf_stop);
	if (!ret)
		ret = check_prototypes();
	if (!ret)
		ret = layout_resolve();
	if (!ret)
		note_lacking();
	typeinfo_close();
	return ret;
}

/**
 * symbols_resolve() - find all symbols and check them
 *
 * All or nothing: after an error nothing that uses a symbol may be called.
 *
 * Context: module init, may sleep.
 * Return: 0; -ENOENT for a missing symbol, -EINVAL for one that is ambiguous,
 *         cloned, of another prototype or layout; -ENOMEM. One line in the log
 *         names it.
 */
int __init symbols_resolve(void)
{
	const struct symbol *symbol;
	int ret;

	ret = resolve_lookup_name();
	if (!ret)
		ret = resolve_on_each_symbol();
	if (!ret)
		ret = check_names();
	if (ret)
		return ret;

	for (symbol = symbols; symbol < symbols + ARRAY_SIZE(symbols); symbol++)
		if (symbol->data)
			*symbol->data = (const void *)symbol->address;
	ret = check_types();
	if (ret)
		return ret;

	for (symbol = symbols; symbol < symbols + ARRAY_SIZE(symbols); symbol++)
		if (symbol->key && (!symbol->has || *symbol->has))
			make_callable(symbol);
	return 0;
}

/**
 * symbols_kernel_has() - does this kernel have a symbol?
 * @name: of a function that the module can do without
 *
 * Context: module init, once kallsyms_lookup_name() was found.
 * Return: true if it has at least one of that name.
 */
bool __init symbols_kernel_has(const char *name)
{
	return static_call(kernel_kallsyms_lookup_name)(name);
}

/**
 * symbols_address() - where a function begins
 * @name: one of the functions that symbols_resolve() found
 *
 * Context: any, after symbols_resolve().
 * Return: address of symbol + 0, 0 if there is none.
 */
unsigned long symbols_address(const char *name)
{
	const struct symbol *symbol;

	for (symbol = symbols; symbol < symbols + ARRAY_SIZE(symbols); symbol++)
		if (!strcmp(symbol->name, name))
			return symbol->address;
	return 0;
}
