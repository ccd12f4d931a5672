// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the type information (BTF) of the running kernel as data, to vouch for
 * what no header promises: fields of private structures and the prototypes of
 * functions that are not exported. Whatever is not known is refused.
 *
 * Used at module load only, by one thread.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "compat/btf.h"
#include "layout.h"

size_t layout_nr_migratepages __ro_after_init;
size_t layout_migrate_pfn __ro_after_init;
size_t layout_alloc_contig __ro_after_init;

static struct {
	const struct btf_type **types;	/* by type id; id 0 is void */
	u32 nr_types;
	const char *strings;
	u32 strings_size;
} btf;

/* A type as C spells it. */
struct spelling {
	char text[256];
	size_t length;
};

static const struct btf_type *type_by_id(u32 id)
{
	return id < btf.nr_types ? btf.types[id] : NULL;
}

/* The section ends with a NUL (checked in layout_open()). */
static const char *string_at(u32 offset)
{
	return offset < btf.strings_size ? btf.strings + offset : "";
}

static u32 type_kind(const struct btf_type *type)
{
	return BTF_INFO_KIND(type->info);
}

static const char *type_name(const struct btf_type *type)
{
	return string_at(type->name_off);
}

/* Bytes that follow struct btf_type, or -EINVAL for a kind not known here. */
static int type_extra_size(const struct btf_type *type)
{
	u32 vlen = BTF_INFO_VLEN(type->info);

	switch (type_kind(type)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
		return sizeof(u32);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return vlen * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return vlen * sizeof(struct btf_param);
	case BTF_KIND_VAR:
		return sizeof(struct btf_var);
	case BTF_KIND_DATASEC:
		return vlen * sizeof(struct btf_var_secinfo);
	case BTF_KIND_DECL_TAG:
		return sizeof(struct btf_decl_tag);
	default:
		return -EINVAL;
	}
}

/* Counts the types; stores where each begins if there is an array for it. */
static int index_types(const void *pos, const void *end)
{
	u32 id = 1;

	while (pos < end) {
		const struct btf_type *type = pos;
		int extra;

		if (end - pos < sizeof(*type))
			return -EINVAL;
		extra = type_extra_size(type);
		if (extra < 0 || end - pos < sizeof(*type) + extra)
			return -EINVAL;
		if (btf.types)
			btf.types[id] = type;
		pos += sizeof(*type) + extra;
		id++;
	}
	btf.nr_types = id;
	return 0;
}

/**
 * layout_open() - index the kernel's type information
 * @start: first byte of the .BTF section (__start_BTF)
 * @end:   the byte after it (__stop_BTF)
 *
 * Context: may sleep.
 * Return: 0; -EINVAL with a line in the log if the section is not understood;
 *         -ENOMEM.
 */
int layout_open(const void *start, const void *end)
{
	const struct btf_header *header = start;
	u64 size = end - start;
	const void *types;

	if (size < sizeof(*header) || header->magic != BTF_MAGIC ||
	    header->version != BTF_VERSION ||
	    (u64)header->hdr_len + header->type_off + header->type_len > size ||
	    (u64)header->hdr_len + header->str_off + header->str_len > size ||
	    !header->str_len)
		goto unknown;

	types = start + header->hdr_len + header->type_off;
	btf.strings = start + header->hdr_len + header->str_off;
	btf.strings_size = header->str_len;
	if (btf.strings[btf.strings_size - 1])
		goto unknown;

	if (index_types(types, types + header->type_len))
		goto unknown;
	btf.types = kvcalloc(btf.nr_types, sizeof(*btf.types), GFP_KERNEL);
	if (!btf.types)
		return -ENOMEM;
	return index_types(types, types + header->type_len);

unknown:
	pr_err("the kernel's type information (BTF) has an unknown format: this kernel is not supported\n");
	return -EINVAL;
}

/**
 * layout_close() - drop what layout_open() allocated
 *
 * Context: may sleep. Does nothing if nothing is open.
 */
void layout_close(void)
{
	kvfree(btf.types);
	btf.types = NULL;
}

static __printf(2, 3) void spell(struct spelling *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	out->length += vscnprintf(out->text + out->length,
				  sizeof(out->text) - out->length, fmt, args);
	va_end(args);
}

/* Deep enough for a pointer to a function that takes pointers to const. */
#define SPELLING_DEPTH	8

static void spell_type(struct spelling *out, u32 id, unsigned int depth);

static void spell_parameters(struct spelling *out, const struct btf_type *proto,
			     unsigned int depth)
{
	const struct btf_param *param = (const void *)(proto + 1);
	u32 vlen = BTF_INFO_VLEN(proto->info);
	u32 i;

	spell(out, "(");
	for (i = 0; i < vlen; i++) {
		if (i)
			spell(out, ", ");
		spell_type(out, param[i].type, depth);
	}
	spell(out, vlen ? ")" : "void)");
}

static void spell_pointer(struct spelling *out, const struct btf_type *pointer,
			  unsigned int depth)
{
	const struct btf_type *target = type_by_id(pointer->type);

	if (target && type_kind(target) == BTF_KIND_FUNC_PROTO) {
		spell_type(out, target->type, depth);
		spell(out, " (*)");
		spell_parameters(out, target, depth);
		return;
	}
	spell_type(out, pointer->type, depth);
	spell(out, out->length && out->text[out->length - 1] == '*' ? "*" : " *");
}

/* As the kernel's style has it, and not as the compiler names it. */
static const char *int_name(const struct btf_type *type)
{
	const char *name = type_name(type);

	return strcmp(name, "long unsigned int") ? name : "unsigned long";
}

static void spell_type(struct spelling *out, u32 id, unsigned int depth)
{
	const struct btf_type *type = type_by_id(id);

	if (!id) {
		spell(out, "void");
		return;
	}
	if (!type || !depth) {
		spell(out, "?");
		return;
	}
	switch (type_kind(type)) {
	case BTF_KIND_INT:
		spell(out, "%s", int_name(type));
		break;
	case BTF_KIND_TYPEDEF:
		spell(out, "%s", type_name(type));
		break;
	case BTF_KIND_FWD:
	case BTF_KIND_STRUCT:
		spell(out, "struct %s", type_name(type));
		break;
	case BTF_KIND_ENUM:
		spell(out, "enum %s", type_name(type));
		break;
	case BTF_KIND_CONST:
		spell(out, "const ");
		spell_type(out, type->type, depth - 1);
		break;
	case BTF_KIND_PTR:
		spell_pointer(out, type, depth - 1);
		break;
	case BTF_KIND_ARRAY:
		spell_type(out, ((const struct btf_array *)(type + 1))->type,
			   depth - 1);
		spell(out, " []");
		break;
	default:
		spell(out, "?");
	}
}

static const struct btf_type *find_type(u32 kind, const char *name,
					unsigned int *matches)
{
	const struct btf_type *found = NULL;
	u32 id;

	*matches = 0;
	for (id = 1; id < btf.nr_types; id++) {
		const struct btf_type *type = btf.types[id];

		if (type_kind(type) != kind || strcmp(type_name(type), name))
			continue;
		found = type;
		(*matches)++;
	}
	return found;
}

/* Returns how many functions of that name there are: it is spelled if there is one. */
static unsigned int spell_prototype(struct spelling *out, const char *function)
{
	const struct btf_type *func, *proto;
	unsigned int matches;

	func = find_type(BTF_KIND_FUNC, function, &matches);
	proto = func ? type_by_id(func->type) : NULL;
	if (!proto || type_kind(proto) != BTF_KIND_FUNC_PROTO)
		return 0;
	spell_type(out, proto->type, SPELLING_DEPTH);
	spell(out, " ");
	spell_parameters(out, proto, SPELLING_DEPTH);
	return matches;
}

/**
 * layout_check_prototype() - compare the prototype of a kernel function
 * @function:  name of the function, static ones included
 * @prototype: result and parameter types as C spells them, without names:
 *             "int (struct page *, unsigned long)"
 *
 * Context: between layout_open() and layout_close().
 * Return: 0 if they are the same; -EINVAL with a line in the log.
 */
int layout_check_prototype(const char *function, const char *prototype)
{
	struct spelling is = { .length = 0 };
	unsigned int matches;

	matches = spell_prototype(&is, function);
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
 * Context: between layout_open() and layout_close().
 * Return: true if there is one function of that name, and this is its prototype.
 */
bool layout_has_prototype(const char *function, const char *prototype)
{
	struct spelling is = { .length = 0 };

	return spell_prototype(&is, function) == 1 && !strcmp(is.text, prototype);
}

static int resolve_member(const char *structure, const char *member,
			  const char *expected_type, size_t *offset)
{
	const struct btf_type *type;
	const struct btf_member *m;
	unsigned int matches;
	u32 i, bits;

	type = find_type(BTF_KIND_STRUCT, structure, &matches);
	if (matches != 1) {
		pr_err("the kernel's type information (BTF) has %u structures %s instead of one: this kernel is not supported\n",
		       matches, structure);
		return -EINVAL;
	}
	m = (const void *)(type + 1);
	for (i = 0; i < BTF_INFO_VLEN(type->info); i++, m++) {
		struct spelling is = { .length = 0 };

		if (strcmp(string_at(m->name_off), member))
			continue;
		spell_type(&is, m->type, SPELLING_DEPTH);
		bits = m->offset;
		if (BTF_INFO_KFLAG(type->info)) {
			if (BTF_MEMBER_BITFIELD_SIZE(m->offset))
				break;
			bits = BTF_MEMBER_BIT_OFFSET(m->offset);
		}
		if (strcmp(is.text, expected_type))
			break;
		*offset = bits / BITS_PER_BYTE;
		return 0;
	}
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
struct hstate_member {
	const char *member, *type;
	size_t offset;
};

#define HSTATE_MEMBER(member, type) \
	{ #member, type, offsetof(struct hstate, member) }

static const struct hstate_member hstate_members[] __initconst = {
	HSTATE_MEMBER(order, "unsigned int"),
	HSTATE_MEMBER(nr_huge_pages, "unsigned long"),
	HSTATE_MEMBER(nr_huge_pages_node, "unsigned int []"),
	/* The last one: with it the size of the structure is the same, too. */
	HSTATE_MEMBER(name, "char []"),
};

/**
 * layout_resolve() - find the fields of private structures
 *
 * Stable kernels and vendors move fields, so nothing is taken from the version.
 *
 * Context: between layout_open() and layout_close().
 * Return: 0; -EINVAL with a line in the log.
 */
int __init layout_resolve(void)
{
	unsigned int i;
	size_t offset;
	int ret;

	for (i = 0; i < ARRAY_SIZE(private_members); i++) {
		ret = resolve_member(private_members[i].structure,
				     private_members[i].member,
				     private_members[i].type,
				     private_members[i].offset);
		if (ret)
			return ret;
	}
	for (i = 0; i < ARRAY_SIZE(hstate_members); i++) {
		ret = resolve_member("hstate", hstate_members[i].member,
				     hstate_members[i].type, &offset);
		if (ret)
			return ret;
		if (offset != hstate_members[i].offset) {
			pr_err("layout of struct hstate differs from the headers of the build: %s is at byte %zu, expected %zu; build the module for this kernel\n",
			       hstate_members[i].member, offset,
			       hstate_members[i].offset);
			return -EINVAL;
		}
	}
	return 0;
}
