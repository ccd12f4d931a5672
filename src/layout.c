// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has the kernel's own type information (typeinfo) vouch for what no header promises:
 * fields of private structures and the prototypes of functions that are not exported.
 * Whatever is not known is refused.
 *
 * Used at module load only, by one thread.
 */
#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mmzone.h>
#include <linux/string.h>

#include "layout.h"
#include "typeinfo.h"

size_t layout_nr_migratepages __ro_after_init;
size_t layout_migrate_pfn __ro_after_init;
size_t layout_alloc_contig __ro_after_init;

/**
 * layout_check_prototype() - compare the prototype of a kernel function
 * @function:  name of the function, static ones included
 * @prototype: result and parameter types as C spells them, without names:
 *             "int (struct page *, unsigned long)"
 *
 * Context: between typeinfo_open() and typeinfo_close().
 * Return: 0 if they are the same; -EINVAL with a line in the log.
 */
int layout_check_prototype(const char *function, const char *prototype)
{
	struct typeinfo_text is;
	unsigned int matches;

	matches = typeinfo_prototype(function, &is);
	if (matches != 1) {
		pr_err("the kernel's type information (BTF) has %u functions %s instead of one: this kernel is not supported\n",
		       matches, function);
		return -EINVAL;
	}
	if (!strcmp(is.text, prototype))
		return 0;
	pr_err("prototype of %s is '%s', expected '%s': this kernel is not supported\n",
	       function, is.text, prototype);
	return -EINVAL;
}

/**
 * layout_has_prototype() - is this the prototype of a kernel function?
 * @function:  name of the function
 * @prototype: see layout_check_prototype()
 *
 * Context: between typeinfo_open() and typeinfo_close().
 * Return: true if there is one function of that name, and this is its prototype.
 */
bool layout_has_prototype(const char *function, const char *prototype)
{
	struct typeinfo_text is;

	return typeinfo_prototype(function, &is) == 1 &&
	       !strcmp(is.text, prototype);
}

static int resolve_member(const char *structure, const char *member,
			  const char *expected_type, size_t *offset)
{
	struct typeinfo_text type;
	unsigned int matches;

	matches = typeinfo_member(structure, member, &type, offset);
	if (matches != 1) {
		pr_err("the kernel's type information (BTF) has %u structures %s instead of one: this kernel is not supported\n",
		       matches, structure);
		return -EINVAL;
	}
	if (!strcmp(type.text, expected_type))
		return 0;
	pr_err("layout of struct %s is not known: no field '%s %s'; this kernel is not supported\n",
	       structure, expected_type, member);
	return -EINVAL;
}

/* Fields without a header: found by name, accepted with their type only. */
struct private_member {
	const char *structure, *member, *type;
	size_t *offset;
};

static const struct private_member private_members[] __initconst = {
	{ "compact_control", "nr_migratepages", "unsigned int",
	  &layout_nr_migratepages },
	{ "compact_control", "migrate_pfn", "unsigned long",
	  &layout_migrate_pfn },
	{ "compact_control", "alloc_contig", "bool", &layout_alloc_contig },
};

/* Fields that the headers show must be where they were in the build. */
struct header_member {
	const char *structure, *member, *type;
	size_t offset;
};

#define HEADER_MEMBER(structure, member, type) \
	{ #structure, #member, type, offsetof(struct structure, member) }

static const struct header_member header_members[] __initconst = {
	HEADER_MEMBER(hstate, order, "unsigned int"),
	HEADER_MEMBER(hstate, nr_huge_pages, "unsigned long"),
	HEADER_MEMBER(hstate, free_huge_pages, "unsigned long"),
	HEADER_MEMBER(hstate, resv_huge_pages, "unsigned long"),
	HEADER_MEMBER(hstate, nr_huge_pages_node, "unsigned int []"),
	HEADER_MEMBER(hstate, surplus_huge_pages_node, "unsigned int []"),
	/* The last one: with it the size of the structure is the same, too. */
	HEADER_MEMBER(hstate, name, "char []"),
	HEADER_MEMBER(zone, _watermark, "unsigned long []"),
	HEADER_MEMBER(zone, lowmem_reserve, "long int []"),
	HEADER_MEMBER(zone, free_area, "struct free_area []"),
	/* Behind the lists, of which there are as many if it is in the same place. */
	HEADER_MEMBER(zone, lock, "spinlock_t"),
	HEADER_MEMBER(pglist_data, node_zones, "struct zone []"),
	/* Behind the zones, so that these are as large. */
	HEADER_MEMBER(pglist_data, node_zonelists, "struct zonelist []"),
};

static int __init check_header_member(const struct header_member *expected)
{
	size_t offset;
	int ret;

	ret = resolve_member(expected->structure, expected->member,
			     expected->type, &offset);
	if (ret || offset == expected->offset)
		return ret;
	pr_err("layout of struct %s differs from the headers of the build: %s is at byte %zu, expected %zu; build the module for this kernel\n",
	       expected->structure, expected->member, offset,
	       expected->offset);
	return -EINVAL;
}

/**
 * layout_resolve() - find the fields of private structures
 *
 * Stable kernels and vendors move fields, so nothing is taken from the version.
 *
 * Context: between typeinfo_open() and typeinfo_close().
 * Return: 0; -EINVAL with a line in the log.
 */
int __init layout_resolve(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(private_members); i++)
		ret = resolve_member(private_members[i].structure,
				     private_members[i].member,
				     private_members[i].type,
				     private_members[i].offset);
	for (i = 0; !ret && i < ARRAY_SIZE(header_members); i++)
		ret = check_header_member(&header_members[i]);
	return ret;
}
